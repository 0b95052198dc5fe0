/** Parts as HTML: figures, tables, lists of numbers and verdicts. */

import { escaped } from "../escape.ts";
import type { Bars, Cell, Curves, Numbers, Part, Points, Verdict } from "../part.ts";
import { planeOf } from "../plane.ts";
import type { Drawing } from "../svg.ts";
import { columnsOf, numericColumns, type Tabular, tabular } from "../tabular.ts";
import { cellText, howMany, intervalText } from "../values.ts";

const wideWidth = 728;
const narrowWidth = 358;
const mostRows = 1000;

/** What an outcome is called; no colour carries meaning alone. */
export const outcomeWords = { good: "✓ Good:", bad: "✗ Bad:", open: "? Open:" };

/** A part as an element of a page. */
export function partHtml(part: Part, drawing: Drawing): string {
  switch (part.kind) {
    case "verdict":
      return verdictHtml(part);
    case "numbers":
      return `<div class="part">${heading(part.title)}${numbersHtml(part)}</div>`;
    case "table":
      return `<div class="part">${heading(part.title)}${tableHtml(tabular(part), part.title)}</div>`;
    default:
      return figureHtml(part, drawing);
  }
}

function heading(title: string): string {
  return title === "" ? "" : `<h3>${text(title)}</h3>`;
}

function verdictHtml({ title, outcome, text: words }: Verdict): string {
  const name = title === "" ? "" : ` <span class="name">${text(title)}</span>`;
  return `<div class="verdict ${outcome}"><p><strong>${outcomeWords[outcome]}</strong>${name}</p><p>${text(words)}</p></div>`;
}

function numbersHtml({ entries }: Numbers): string {
  if (entries.length === 0) return `<p class="note">nothing to show</p>`;
  const items = entries.map(({ label, value, unit, interval }) => {
    const measured = unit === undefined ? "" : ` <span class="unit">${text(unit)}</span>`;
    const between = interval === undefined ? "" : ` <span class="interval">(${intervalText(interval)})</span>`;
    return `<dt>${text(label)}</dt><dd>${cellHtml(value)}${measured}${between}</dd>`;
  });
  return `<dl>${items.join("")}</dl>`;
}

/** A drawing for wide and one for narrow screens, and what it shows as a table. */
function figureHtml(part: Bars | Curves | Points, drawing: Drawing): string {
  const table = tabular(part);
  const caption = part.title === "" ? "" : `<figcaption>${text(part.title)}</figcaption>`;
  const note = part.kind === "bars" ? undefined : planeOf(part).note;
  const noted = note === undefined ? "" : `<p class="note">${escaped(note)}</p>`;
  if (table.rows.length === 0) return `<figure class="part">${caption}<p class="note">nothing to show</p></figure>`;
  return (
    `<figure class="part">${caption}` +
    `<div class="wide">${drawing.svg(part, wideWidth)}</div><div class="narrow">${drawing.svg(part, narrowWidth)}</div>` +
    `${noted}<details><summary>These values as a table</summary>${tableHtml(table, part.title)}</details></figure>`
  );
}

/** A table in a box that scrolls by itself; a long one is cut, and says so. */
function tableHtml({ header, rows }: Tabular, title: string): string {
  if (rows.length === 0) return `<p class="note">nothing to show</p>`;
  const columns = Array.from({ length: columnsOf({ header, rows }) }, (_, c) => c);
  const right = numericColumns({ header, rows });
  const side = (c: number) => (right.includes(c) ? ` class="right"` : "");
  const head = columns.map((c) => `<th scope="col"${side(c)}>${text(header[c] ?? "")}</th>`);
  const body = rows.slice(0, mostRows).map((row) => {
    const cells = columns.map((c) => {
      const content = cellHtml(row[c] ?? null);
      return c === 0 && !right.includes(0) ? `<th scope="row">${content}</th>` : `<td${side(c)}>${content}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  const more = rows.length > mostRows ? `<p class="note">… and ${howMany(rows.length - mostRows, "more row")}</p>` : "";
  return (
    `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(title === "" ? "table" : title)}">` +
    `<table><thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>${more}`
  );
}

function cellHtml(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "string" ? text(cell) : escaped(cellText(cell));
}

/** Text of any script, whose direction does not reach beyond it. */
export function text(words: string): string {
  return /^[ -~‖∇σ₁λ/]*$/u.test(words) ? escaped(words) : `<bdi>${escaped(words)}</bdi>`;
}

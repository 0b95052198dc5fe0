/** A report as lines for a terminal: verdicts, numbers and tables; bars, curves and points are for a page. */

import type { Cell, Part, ReportDocument, TablePart, Verdict } from "../report/part.ts";
import { rough } from "./numbers.ts";
import { bad, good, strong } from "./style.ts";
import { table } from "./table.ts";
import { indent, padded, widthOf, wrap } from "./text.ts";

/** Lines of at most `width` columns, except where a table of numbers is wider. */
export function documentLines({ title, lead, sections }: ReportDocument, width: number): string[] {
  const told = sections.map(({ question, parts }) => {
    const lines = parts.flatMap((part) => partLines(part, width - 2));
    return lines.length === 0 ? [] : ["", ...wrap(question, width).map(strong), ...indent(lines, 2)];
  });
  return [...wrap(title, width).map(strong), ...wrap(lead, width), ...told.flat()];
}

function partLines(part: Part, width: number): string[] {
  if (part.kind === "verdict") return verdictLines(part, width);
  if (part.kind === "table") return tableLines(part, width);
  if (part.kind === "numbers")
    return part.entries.flatMap(({ label, value, unit = "" }) =>
      wrap(`${label}: ${cellText(value)}${unit === "" ? "" : ` ${unit}`}`, width),
    );
  return [];
}

function verdictLines({ outcome, text }: Verdict, width: number): string[] {
  const dress = { good, bad, open: (line: string) => line }[outcome];
  return wrap(text, width).map(dress);
}

/** A table whose last column is broken into lines where it is text and too wide. */
function tableLines({ header, rows }: TablePart, width: number): string[] {
  const cells = [header, ...rows.map((row) => row.map(cellText))];
  const last = header.length - 1;
  const isNumber = header.map((_, c) => c > 0 && rows.every((row) => typeof row[c] !== "string"));
  const right = header.flatMap((_, c) => (isNumber[c] ? [c] : []));
  const before = header
    .slice(0, last)
    .reduce((sum, _, c) => sum + 2 + Math.max(...cells.map((row) => widthOf(row[c]))), 0);
  if (isNumber[last] || width - before < narrowest) return table(cells, { right });
  const broken = cells.flatMap((row) =>
    wrap(row[last], width - before).map((line, k) => [
      ...row.slice(0, last).map((cell) => (k === 0 ? cell : padded("", 0))),
      line,
    ]),
  );
  return table(broken, { right });
}

const narrowest = 20;

function cellText(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "number" ? rough(cell) : cell;
}

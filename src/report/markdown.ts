/** Reports as Markdown: headings, tables, and charts of characters. */

import type { Part, ReportDocument, Section } from "./part.ts";
import { columnsOf, numericColumns, type Tabular, tabular } from "./tabular.ts";
import { chartLines } from "./text/chart.ts";
import { cellText, clean, howMany, quantityText } from "./values.ts";

const chartWidth = 72;
const mostRows = 1000;
const words = { good: "✓ good", bad: "✗ bad", open: "? open" };

/** A part as Markdown; ends with one line end. */
export function partMarkdown(part: Part): string {
  if (part.kind === "verdict") {
    const title = part.title.trim() === "" ? "" : ` ${inline(part.title)}:`;
    return `> **${words[part.outcome]}** —${title} ${inline(part.text)}\n`;
  }
  const title = part.title.trim() === "" ? [] : [`**${inline(part.title)}**`];
  return `${[...title, body(part)].join("\n\n")}\n`;
}

/** A section under a heading of the second level. */
export function sectionMarkdown({ name, question, parts }: Section): string {
  return [`## ${inline(name)}\n`, `${paragraph(question)}\n`, ...parts.map(partMarkdown)].join("\n");
}

/** A whole report under a heading of the first level. */
export function documentMarkdown({ title, lead, sections }: ReportDocument): string {
  const opening = [`# ${inline(title)}\n`, ...(lead === "" ? [] : [`${paragraph(lead)}\n`])];
  return [...opening, ...sections.map(sectionMarkdown)].join("\n");
}

function body(part: Exclude<Part, { kind: "verdict" }>): string {
  if (part.kind === "curves" || part.kind === "points") return fenced(chartLines(part, chartWidth));
  if (part.kind !== "numbers") return tableText(tabular(part));
  const rows = part.entries.map((entry) => [entry.label, quantityText(entry)]);
  return tableText({ header: ["", "value"], rows });
}

function tableText({ header, rows }: Tabular): string {
  if (rows.length === 0) return "nothing to show";
  const columns = Array.from({ length: columnsOf({ header, rows }) }, (_, c) => c);
  const right = numericColumns({ header, rows });
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const shown = rows.slice(0, mostRows);
  const lines = [
    line(columns.map((c) => inline(header[c] ?? ""))),
    line(columns.map((c) => (right.includes(c) ? "---:" : "---"))),
    ...shown.map((row) => line(columns.map((c) => ((row[c] ?? null) === null ? "" : inline(cellText(row[c])))))),
  ];
  const more = rows.length - shown.length;
  return lines.join("\n") + (more > 0 ? `\n\n… and ${howMany(more, "more row")}` : "");
}

/** Text in which nothing is markup. */
function inline(text: string): string {
  return clean(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\\`*_[\]~|$#!]/g, "\\$&")
    .trim();
}

/** The same at the beginning of a line, where more is markup. */
function paragraph(text: string): string {
  return inline(text)
    .replace(/^[-+=]/, "\\$&")
    .replace(/^(\d+)([.)])/, "$1\\$2");
}

/** Lines between fences that are longer than any row of backquotes in them. */
function fenced(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, ...lines, fence].join("\n");
}

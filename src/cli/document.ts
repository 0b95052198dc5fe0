/** A report as lines for a terminal: verdicts, numbers and tables; bars, curves and points are for a page. */

import type { Cell, Part, ReportDocument, TablePart, Verdict } from "../report/part.ts";
import { rough } from "./numbers.ts";
import { bad, good, strong } from "./style.ts";
import { table } from "./table.ts";
import { indent, wrap } from "./text.ts";

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
  if (part.kind === "table") return tableLines(part);
  if (part.kind !== "numbers") return [];
  return part.entries.flatMap(({ label, value, unit = "" }) => hanging(`${label}: ${cellText(value)} ${unit}`, width));
}

function verdictLines({ title, outcome, text }: Verdict, width: number): string[] {
  const dress = { good, bad, open: (line: string) => line }[outcome];
  return hanging(`${title}: ${text}`, width).map(dress);
}

/** A paragraph whose first line stands out. */
function hanging(text: string, width: number): string[] {
  const [first, ...rest] = wrap(text.trimEnd(), width - 2);
  return [first, ...indent(rest, 2)];
}

function tableLines({ header, rows }: TablePart): string[] {
  const right = header.flatMap((_, c) => (c > 0 && rows.every((row) => typeof row[c] !== "string") ? [c] : []));
  return table([header, ...rows.map((row) => row.map(cellText))], { right });
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "number" ? rough(cell) : cell;
}

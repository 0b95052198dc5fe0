/** Any part as one table, for those who read numbers: what the drawings show is all in it. */

import type { Bars, Cell, Curves, Numbers, Part, Points, TablePart, Verdict } from "./part.ts";

/** A header and rows; every part has this form. */
export type Tabular = Pick<TablePart, "header" | "rows">;

/** The part as a table. Columns that nothing has are left out. */
export function tabular(part: Part): Tabular {
  switch (part.kind) {
    case "numbers":
      return ofNumbers(part);
    case "table":
      return part;
    case "bars":
      return ofBars(part);
    case "curves":
      return ofCurves(part);
    case "points":
      return ofPoints(part);
    case "verdict":
      return ofVerdict(part);
  }
}

/** The columns (from 0) that stand to the right: those of numbers. */
export function numericColumns({ header, rows }: Tabular): number[] {
  return Array.from({ length: columnsOf({ header, rows }) }, (_, c) => c).filter((c) => {
    const cells = rows.map((row) => row[c] ?? null);
    return cells.some((cell) => typeof cell === "number") && cells.every((cell) => typeof cell !== "string");
  });
}

/** How many columns a table has: a row may be longer than the header. */
export function columnsOf({ header, rows }: Tabular): number {
  return rows.reduce((most, row) => Math.max(most, row.length), header.length);
}

function ofNumbers({ entries }: Numbers): Tabular {
  return withoutEmpty(
    ["", "value", "unit", "from", "to"],
    entries.map(({ label, value, unit, interval }) => [label, value, unit, interval?.[0], interval?.[1]]),
  );
}

function ofBars({ measure, bars }: Bars): Tabular {
  return withoutEmpty(
    ["", "", measure, "from", "to"],
    bars.map(({ label, series, value, interval }) => [label, series, value, interval?.[0], interval?.[1]]),
  );
}

function ofCurves({ x, y, lines }: Curves): Tabular {
  const rows = lines.flatMap(({ label, points }) => points.map(([px, py]) => [label, px, py]));
  return { header: ["", x, y], rows };
}

function ofPoints({ x, y, groups }: Points): Tabular {
  return withoutEmpty(
    ["", "", x, y],
    groups.flatMap(({ label, points }) => points.map((point) => [label, point.label, point.x, point.y])),
  );
}

function ofVerdict({ outcome, text }: Verdict): Tabular {
  return { header: ["", ""], rows: [[outcome, text]] };
}

/** The table without columns that no row has a value in, but the first. */
function withoutEmpty(header: readonly string[], rows: readonly (readonly (Cell | undefined)[])[]): Tabular {
  const kept = header.map((_, c) => c).filter((c) => c === 0 || rows.some((row) => row[c] !== undefined));
  return { header: kept.map((c) => header[c]), rows: rows.map((row) => kept.map((c) => row[c] ?? null)) };
}

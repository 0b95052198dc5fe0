/** A table as lines of text, cut where it is too wide, and told row by row where it is wider still. */

import { columnsOf, numericColumns, type Tabular } from "../tabular.ts";
import { cellText, clean, howMany } from "../values.ts";
import { table } from "./columns.ts";
import { cut, folded, widthOf } from "./layout.ts";
import { faint } from "./style.ts";

const mostRows = 100;
const leastCut = 10;
const gap = 2;

/** Lines of at most `width` columns; of a long table the first 100 rows, and how many more there are. */
export function tableLines({ header, rows }: Tabular, width: number): string[] {
  if (rows.length === 0) return ["nothing to show"];
  const shown = rows.slice(0, mostRows);
  const count = columnsOf({ header, rows: shown });
  const columns = Array.from({ length: count }, (_, c) => c);
  const texts = [
    columns.map((c) => clean(header[c] ?? "").trim()),
    ...shown.map((row) => columns.map((c) => (row[c] === null || row[c] === undefined ? "" : cellText(row[c]).trim()))),
  ];
  const right = numericColumns({ header, rows: shown });
  const widths = columns.map((c) => Math.max(...texts.map((row) => widthOf(row[c]))));
  const more = rows.length > mostRows ? [`… and ${howMany(rows.length - mostRows, "more row")}`] : [];
  const narrow = narrowed(widths, right, width);
  if (narrow === undefined) return [...records(texts, width), ...more];
  const cells = texts.map((row) => row.map((text, c) => cut(text, narrow[c])));
  const named = texts[0].some((text) => text !== "") ? cells : cells.slice(1);
  const style = (cell: string, _: number, row: number) => (row === 0 && named === cells ? faint(cell) : cell);
  return [...table(named, { right, style }).map((line) => line.trimEnd()), ...more];
}

/** Widths of columns that fit side by side: the widest texts are cut; undefined where nothing can be cut any more. */
function narrowed(widths: readonly number[], right: readonly number[], width: number): number[] | undefined {
  const out = [...widths];
  for (;;) {
    const over = out.reduce((sum, w) => sum + w, 0) + gap * (out.length - 1) - width;
    if (over <= 0) return out;
    const cuttable = out.map((w, c) => (right.includes(c) ? 0 : w));
    const widest = Math.max(...cuttable);
    if (widest <= leastCut) return undefined;
    const next = Math.max(leastCut, ...cuttable.filter((w) => w < widest));
    const at = cuttable.indexOf(widest);
    out[at] = Math.max(next < widest ? next : widest - 1, widest - over, leastCut);
  }
}

/** Every row as lines of "header: cell". */
function records([header, ...rows]: readonly (readonly string[])[], width: number): string[] {
  return rows.flatMap((row, r) => [
    ...(r === 0 ? [] : [""]),
    ...row.flatMap((text, c) => {
      if (text === "") return [];
      return folded(header[c] === "" ? text : `${header[c]}: ${text}`, width);
    }),
  ]);
}

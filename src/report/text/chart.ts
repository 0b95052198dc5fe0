/** Curves and points as a small chart of characters, with its axes and the names of its symbols. */

import type { Curves, Points } from "../part.ts";
import { type Axis, placeOn, planeOf, type Series } from "../plane.ts";
import { numberText } from "../values.ts";
import { flow, folded, padded, widthOf } from "./layout.ts";
import { type Place, raster } from "./raster.ts";
import { tableLines } from "./table.ts";

const symbols = ["●", "○", "■", "□", "▲", "△", "◆", "◇"];
const referenceSymbol = "·";
const brailleSymbol = "⠿";
const mostColumns = 64;
const leastColumns = 4;
const height = 12;
const mostNames = 30;

/** Lines of at most `width` columns. */
export function chartLines(part: Curves | Points, width: number): string[] {
  const plane = planeOf(part);
  const { x, y, series, joined, note } = plane;
  const notes = note === undefined ? [] : folded(note, width);
  if (series.every(({ points }) => points.length === 0)) return ["nothing to show", ...notes];
  const ends = [y.high, y.low].map(numberText);
  const margin = Math.max(...ends.map(widthOf));
  const columns = Math.max(leastColumns, Math.min(mostColumns, width - margin - 2));
  const grid = raster(columns, height);
  const symbolOf = symbolsFor(series, joined);
  const place = (point: { readonly x: number; readonly y: number }): Place => [
    placeOn(x, point.x),
    placeOn(y, point.y),
  ];
  for (const one of [...series].sort((a, b) => Number(b.reference) - Number(a.reference)))
    grid.draw(one.points.map(place), joined, symbolOf(one));
  const frame = grid.lines().map((line, r) => {
    const end = r === 0 ? ends[0] : r === height - 1 ? ends[1] : "";
    return `${padded(end, margin, "right")} ${end === "" ? "│" : "┤"}${line}`;
  });
  const legend = series.map((one) => `${symbolOf(one) ?? brailleSymbol} ${one.label}`);
  return [
    ...folded(`${nameOf(y)} ↑`, width),
    ...frame,
    `${" ".repeat(margin + 1)}└${"─".repeat(columns)}`,
    xEnds(x, margin + 2, columns),
    ...folded(`${nameOf(x)} →`, width),
    ...flow(legend, "   ", width).flatMap((line) => folded(line, width)),
    ...namedPoints(series, symbolOf, width),
    ...notes,
  ];
}

/** Which symbol draws a series: of one curve beside references the finer dots. */
function symbolsFor(series: readonly Series[], joined: boolean): (one: Series) => string | undefined {
  const own = series.filter(({ reference }) => !reference);
  return (one) => {
    if (one.reference) return referenceSymbol;
    if (joined && own.length === 1) return undefined;
    return symbols[own.indexOf(one) % symbols.length];
  };
}

/** The points that have names, one a line; none where they are many. */
function namedPoints(
  series: readonly Series[],
  symbolOf: (one: Series) => string | undefined,
  width: number,
): string[] {
  const rows = series.flatMap((one) =>
    one.points.flatMap(({ label, x, y }) => (label === undefined ? [] : [[`${symbolOf(one)} ${label}`, x, y]])),
  );
  return rows.length === 0 || rows.length > mostNames ? [] : tableLines({ header: [], rows }, width);
}

function nameOf({ name, log }: Axis): string {
  return log ? `${name} (powers of ten)` : name;
}

function xEnds({ low, high }: Axis, margin: number, columns: number): string {
  const [left, right] = [numberText(low), numberText(high)];
  const between = columns - widthOf(left) - widthOf(right);
  return " ".repeat(margin) + (between > 0 ? left + " ".repeat(between) + right : left);
}

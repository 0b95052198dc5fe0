/** Bars as lines of text: a label, the value with its interval, and a bar of block characters. */

import type { Bars } from "../part.ts";
import { endsOf, fits } from "../plane.ts";
import { tabular } from "../tabular.ts";
import { clean, howMany, intervalText, numberText } from "../values.ts";
import { cut, folded, padded, widthOf } from "./layout.ts";
import { tableLines } from "./table.ts";

const mostBars = 60;
const leastBar = 8;
const gap = 2;
const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Lines of at most `width` columns; of many bars the first 60, and how many more there are. */
export function barLines(part: Bars, width: number): string[] {
  const { measure, bars, whole = 0 } = part;
  if (bars.length === 0) return ["nothing to show"];
  const shown = bars.slice(0, mostBars);
  const names = shown.map(({ label, series }) => clean(series === undefined ? label : `${label}, ${series}`));
  const texts = shown.map(({ value, interval }) =>
    interval === undefined ? numberText(value) : `${numberText(value)} (${intervalText(interval)})`,
  );
  const value = Math.max(...texts.map(widthOf));
  const label = Math.min(Math.max(...names.map(widthOf)), Math.max(leastBar, width - value - leastBar - 2 * gap));
  const room = width - label - value - 2 * gap;
  if (label + gap + value > width) return tableLines(tabular(part), width);
  const [low, high] = endsOf([0, whole, ...shown.map((bar) => bar.value).filter((x) => fits(x))]);
  const lines = shown.map((bar, k) => {
    const drawn = fits(bar.value) && room >= leastBar ? barOf(bar.value, low, high, room) : "";
    return [padded(cut(names[k], label), label), padded(texts[k], value, "right"), drawn].join("  ").trimEnd();
  });
  const more = bars.length > mostBars ? [`… and ${howMany(bars.length - mostBars, "more bar")}`] : [];
  return [...folded(clean(measure), width), ...lines, ...more];
}

/** A bar from 0 to the value, in `room` columns from `low` to `high`. */
function barOf(value: number, low: number, high: number, room: number): string {
  const zero = Math.round((room * -low) / (high - low));
  const length = (room * Math.abs(value)) / (high - low);
  if (value < 0) {
    const cells = Math.min(zero, Math.max(1, Math.round(length)));
    return " ".repeat(zero - cells) + "█".repeat(cells);
  }
  const parts = Math.min(8 * (room - zero), Math.max(value > 0 ? 1 : 0, Math.round(8 * length)));
  return " ".repeat(zero) + "█".repeat(parts >> 3) + eighths[parts & 7];
}

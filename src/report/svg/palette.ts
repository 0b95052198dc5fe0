/** Colours and symbols of series: a page may give the colours other values, in the dark. */

import type { SymbolType } from "@observablehq/plot";

/** Contrast with white of at least 4.5; told apart without red and green. */
const colours = ["#1f5c99", "#b3541e", "#3d7a52", "#7a4a94", "#7d6608", "#5a6570"];
const symbols: readonly SymbolType[] = ["circle", "square", "triangle", "diamond2", "cross", "star"];

/** Text, axes and whiskers. */
export const ink = "var(--ink, #1d2329)";
/** What a reference line is drawn with. */
export const faintInk = "var(--faint, #5f6b76)";
/** The grid behind. */
export const gridInk = "var(--line, #d9dee3)";

/** The colour of a series by its number. */
export function colourOf(series: number): string {
  const k = series % colours.length;
  return `var(--series-${k + 1}, ${colours[k]})`;
}

/** The symbol of a series by its number: no colour carries meaning alone. */
export function symbolOf(series: number): SymbolType {
  return symbols[series % symbols.length];
}

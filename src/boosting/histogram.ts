/** Sums of slopes by bin, and the split that they favour. */

import type { YieldToEventLoop } from "../run.ts";
import type { Binned } from "./bins.ts";
import type { BoostingSettings } from "./settings.ts";

/** First and second derivatives of every example's loss by its score. */
export interface Slopes {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** By feature and bin: Σg, Σh and the number of examples. */
export type Histogram = Float64Array;

/** A question that a node may ask. */
export interface Split {
  readonly feature: number;
  /** Bins up to this one go left. */
  readonly bin: number;
  /** What ½·gain is taken from the loss by. */
  readonly gain: number;
}

const perBin = 3;
const perFeature = 256 * perBin;
/** A leaf of less curvature has no value that could be trusted. */
const leastCurvature = 1e-3;

/** The sums of some rows. */
export async function histogramOf(
  { columns }: Binned,
  { first, second }: Slopes,
  rows: Uint32Array,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Histogram> {
  const sums = new Float64Array(columns.length * perFeature);
  const [g, h] = [gathered(first, rows), gathered(second, rows)];
  for (const [feature, column] of columns.entries()) {
    addTo(sums.subarray(feature * perFeature, (feature + 1) * perFeature), column, rows, g, h);
    await yieldToEventLoop();
  }
  return sums;
}

function gathered(values: Float64Array, rows: Uint32Array): Float64Array {
  const out = new Float64Array(rows.length);
  for (let k = 0; k < rows.length; k++) out[k] = values[rows[k]];
  return out;
}

function addTo(sums: Float64Array, column: Uint8Array, rows: Uint32Array, g: Float64Array, h: Float64Array): void {
  for (let k = 0; k < rows.length; k++) {
    const at = column[rows[k]] * perBin;
    sums[at] += g[k];
    sums[at + 1] += h[k];
    sums[at + 2]++;
  }
}

/** The sums of what is left of a whole without a part, in the place of the whole's. */
export function subtract(whole: Histogram, part: Histogram): Histogram {
  for (let k = 0; k < whole.length; k++) whole[k] -= part[k];
  return whole;
}

/** The split of the greatest gain, of the first feature and the lowest border where several are equal; undefined where none gains anything. */
export function bestSplit(sums: Histogram, { borders }: Binned, settings: BoostingSettings): Split | undefined {
  let best: Split | undefined;
  borders.forEach(({ length }, feature) => {
    const found = bestOf(sums.subarray(feature * perFeature, (feature + 1) * perFeature), length, settings);
    if (found && found.gain > (best?.gain ?? 0)) best = { feature, ...found };
  });
  return best;
}

/** The best border of one feature. */
function bestOf(sums: Float64Array, borders: number, { l2, leastRows }: BoostingSettings) {
  const [g, h, n] = totals(sums, borders);
  const whole = (g * g) / (h + l2);
  let best: Omit<Split, "feature"> | undefined;
  for (let bin = 0, [gl, hl, nl] = [0, 0, 0]; bin < borders; bin++) {
    const own = sums[bin * perBin + 2];
    gl += sums[bin * perBin];
    hl += sums[bin * perBin + 1];
    nl += own;
    // After an empty bin the question is the same as before it.
    if (own === 0 || nl < leastRows) continue;
    if (n - nl < leastRows) break;
    if (Math.min(hl, h - hl) + l2 < leastCurvature) continue;
    const gain = (gl * gl) / (hl + l2) + (g - gl) ** 2 / (h - hl + l2) - whole;
    if (gain > (best?.gain ?? 0)) best = { bin, gain };
  }
  return best;
}

function totals(sums: Float64Array, borders: number): [number, number, number] {
  let [g, h, n] = [0, 0, 0];
  for (let at = 0; at <= borders * perBin; at += perBin) {
    g += sums[at];
    h += sums[at + 1];
    n += sums[at + 2];
  }
  return [g, h, n];
}

/** The ratings that data have: what a made-up profile may look like. */

import type { Interactions, Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { YieldToEventLoop } from "../../run.ts";

/** Ratings as they occur. */
export interface Scale {
  readonly least: number;
  readonly most: number;
  /** The rating of the data that is nearest to a number; of two as near the lower one. */
  nearest(x: number): number;
}

const rowsPerPiece = 1 << 16;

/** The ratings that interactions have; throws `bad-input` where there are none. */
export async function scaleOf({ ratings }: Interactions, yieldToEventLoop: YieldToEventLoop): Promise<Scale> {
  if (ratings.length === 0) throw new LetheError("bad-input", "there are no interactions to attack", "give some");
  const distinct = new Set<number>();
  for (let row = 0; row < ratings.length; row++) {
    distinct.add(ratings[row]);
    if (row % rowsPerPiece === 0) await yieldToEventLoop();
  }
  const values = Float64Array.from(distinct).sort();
  return {
    least: values[0],
    most: values[values.length - 1],
    nearest(x) {
      let [low, high] = [0, values.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (x - values[middle] <= values[middle + 1] - x) high = middle;
        else low = middle + 1;
      }
      return values[low];
    },
  };
}

/** How ratings are spread. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and standard deviation of the ratings of some rows, or of all. */
export function spreadOf({ ratings }: Interactions, rows?: Rows): Spread {
  const count = rows?.length ?? ratings.length;
  const at = (k: number) => ratings[rows ? rows[k] : k];
  let sum = 0;
  for (let k = 0; k < count; k++) sum += at(k);
  const mean = sum / count;
  let squares = 0;
  for (let k = 0; k < count; k++) squares += (at(k) - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / count) };
}

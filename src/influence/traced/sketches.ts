/** Random maps of the parameters to few numbers that keep inner products on average: E SᵀS = I. */

import { keyedUniform, randomOf } from "../../numeric/random.ts";
import type { Objective } from "../../objective/objective.ts";
import { type PlaceKeys, placeKeysOf } from "../../objective/place-keys.ts";

/** How S is drawn: a normal number of variance 1/size for every entry, or one entry ±1 a column, at a place drawn for it. */
export type Projection = "count" | "gaussian";

/** A map S to `size` numbers. */
export interface Sketch {
  readonly size: number;
  /** Adds value·(the column of a parameter) to `out` from `at` on. */
  add(place: number, value: number, out: Float64Array, at: number): void;
}

/** What draws the sketches of checkpoints, each by itself, keyed by a seed and outside ids. */
export function sketchesOf(objective: Objective, projection: Projection, size: number, seed: number) {
  const keys = placeKeysOf(objective);
  const draw = projection === "count" ? countSketch : gaussianSketch;
  return (checkpoint: number): Sketch => draw(keys, size, seed, checkpoint);
}

/** Every parameter goes to one place, with a sign (Charikar, Chen & Farach-Colton 2002). Cost: O(1) a parameter. */
function countSketch({ rows, columns }: PlaceKeys, size: number, seed: number, checkpoint: number): Sketch {
  const stream = randomOf(seed, "count sketch", checkpoint).integer(2 ** 53);
  return {
    size,
    add(place, value, out, at) {
      const drawn = 2 * keyedUniform(stream, rows[place], columns[place], 0);
      out[at + Math.floor((drawn % 1) * size)] += drawn < 1 ? -value : value;
    },
  };
}

/** Columns are kept once they are drawn. Cost: O(size) a parameter. */
function gaussianSketch({ rows, columns }: PlaceKeys, size: number, seed: number, checkpoint: number): Sketch {
  const drawn = new Map<number, Float64Array>();
  const columnOf = (place: number) => {
    const known = drawn.get(place);
    if (known) return known;
    const stream = randomOf(seed, "gaussian sketch", checkpoint, rows[place], columns[place]);
    const column = Float64Array.from({ length: size }, () => stream.normal() / Math.sqrt(size));
    drawn.set(place, column);
    return column;
  };
  return {
    size,
    add(place, value, out, at) {
      const column = columnOf(place);
      for (let n = 0; n < size; n++) out[at + n] += value * column[n];
    },
  };
}

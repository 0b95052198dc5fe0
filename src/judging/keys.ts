/** Which models a training pool has trained, so that no estimator is judged by the trainings that it was fitted to. */

import type { Rows } from "../data/interactions.ts";
import type { OpenTrainings } from "../method/trainings.ts";

/** A key of a set of rows (ascending): 64 bits that the same rows have, and others hardly. */
export function rowsKey(rows: Rows): string {
  let [a, b] = [0x9e3779b9 ^ rows.length, 0x85ebca6b];
  for (const row of rows) {
    a = Math.imul(a ^ row, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b ^ row ^ (a >>> 7), 0xc2b2ae35);
    b ^= b >>> 13;
  }
  return `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}`;
}

/** The same trainings, which put the key of every set of rows that was left out to `keys`, and count what was trained. */
export function recorded(
  open: OpenTrainings,
  keys: Set<string>,
  count: (trained: number) => void = () => {},
): OpenTrainings {
  return async (model, measures, run, options) => {
    const trainings = await open(model, measures, run, options);
    return {
      ...trainings,
      without(rows) {
        keys.add(rowsKey(rows));
        return trainings.without(rows);
      },
      async close() {
        count(trainings.trained());
        await trainings.close();
      },
    };
  };
}

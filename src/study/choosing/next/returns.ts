/** Rows that are removed and added again just as they were: they stay where they are. */

import type { Dataset } from "../../../data/dataset.ts";
import { complement, type Rows } from "../../../data/interactions.ts";

/** Rows of the model that go, and rows of what is added that come, both ascending and less those that return. */
export interface ComingAndGoing {
  readonly comes: Rows;
  readonly goes: Rows;
}

/** Takes the rows that return out of both: those of the same user, item, rating, and time where both sides have times. */
export function withoutReturns(from: Dataset, add: Dataset | undefined, remove: Rows): ComingAndGoing {
  if (add === undefined) return { comes: new Uint32Array(0), goes: remove };
  const timed = from.interactions.times !== undefined && add.interactions.times !== undefined;
  const going = new Map<string, number[]>();
  for (const row of remove.toReversed()) {
    const key = keyOf(from, row, timed);
    const same = going.get(key);
    if (same) same.push(row);
    else going.set(key, [row]);
  }
  const [stays, returned] = [new Set<number>(), new Set<number>()];
  if (going.size > 0)
    for (let row = 0; row < add.interactions.size; row++) {
      const stay = going.get(keyOf(add, row, timed))?.pop();
      if (stay === undefined) continue;
      stays.add(stay);
      returned.add(row);
    }
  return {
    comes: complement(Uint32Array.from(returned), add.interactions.size),
    goes: remove.filter((row) => !stays.has(row)),
  };
}

/** No id has a control character. */
function keyOf({ interactions, userIds, itemIds }: Dataset, row: number, timed: boolean): string {
  const { users, items, ratings, times } = interactions;
  const words = [userIds.list[users[row]], itemIds.list[items[row]], ratings[row]];
  return [...words, ...(timed ? [times?.[row]] : [])].join("\n");
}

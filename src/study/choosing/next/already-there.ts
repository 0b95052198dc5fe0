/** New rows that a model has already, for a request that is sent twice. */

import type { Dataset } from "../../../data/dataset.ts";
import type { Interactions, Rows } from "../../../data/interactions.ts";
import type { Duplicates } from "../../../data/reading.ts";
import { LetheError } from "../../../errors.ts";
import type { YieldToEventLoop } from "../../../run.ts";
import { oneRowAPair } from "./joined.ts";

/** Rows to add that are new, and how many were there. */
export interface NewRows {
  readonly dataset: Dataset;
  readonly alreadyThere: number;
}

const rowsPerTurn = 4096;

/**
 * Leaves out rows of the same user, item, rating, and time where both sides have times; of equal rows as many as are there. Where repeats of a pair
 * mean one row, those among the new ones become one before. Throws `bad-input` for a known pair whose numbers would be added up: nothing tells whether
 * they were.
 */
export async function withoutKnown(
  there: Dataset,
  add: Dataset,
  duplicates: Duplicates,
  yieldToEventLoop: YieldToEventLoop,
): Promise<NewRows> {
  const come =
    duplicates === "error"
      ? add
      : oneRowAPair({ dataset: add, rowWas: new Int32Array(add.interactions.size) }, duplicates).dataset;
  const taken = new Set<number>();
  const fresh: number[] = [];
  for (let row = 0; row < come.interactions.size; row++) {
    if (row % rowsPerTurn === 0) await yieldToEventLoop();
    const pair = rowsOfPair(there, come, row);
    const same = pair.find((one) => !taken.has(one) && isSame(there.interactions, one, come.interactions, row));
    if (same !== undefined) taken.add(same);
    else if (pair.length > 0 && duplicates === "sum") throw summed(come, row);
    else fresh.push(row);
  }
  const interactions = come.interactions.select(Uint32Array.from(fresh));
  return { dataset: { ...come, interactions }, alreadyThere: taken.size };
}

/** The rows that are there of the user and item of a new one. */
function rowsOfPair(there: Dataset, { interactions, userIds, itemIds }: Dataset, row: number): Rows {
  const user = there.userIds.find(userIds.list[interactions.users[row]]);
  const item = there.itemIds.find(itemIds.list[interactions.items[row]]);
  if (user === undefined || item === undefined) return new Uint32Array(0);
  const { byUser, items } = there.interactions;
  return byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]).filter((one) => items[one] === item);
}

function isSame(there: Interactions, one: number, come: Interactions, row: number): boolean {
  const timed = there.times !== undefined && come.times !== undefined;
  return there.ratings[one] === come.ratings[row] && (!timed || there.times?.[one] === come.times?.[row]);
}

function summed({ interactions, userIds, itemIds }: Dataset, row: number): LetheError {
  const user = JSON.stringify(userIds.list[interactions.users[row]]);
  const item = JSON.stringify(itemIds.list[interactions.items[row]]);
  return new LetheError(
    "bad-input",
    `\`idempotent\`: user ${user} and item ${item} are there with another number, and numbers of a pair are added up in this model: nothing tells whether this was done already`,
    "give the pair its new sum with `change`, or leave `idempotent` out and add every file once",
    "add",
  );
}

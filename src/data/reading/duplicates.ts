/** Repeated pairs: rows of the same user and item. */

import { type Interactions, interactionsOf, type Rows } from "../interactions.ts";

/** Rows whose pair a later row repeats, ascending: leaving them out keeps the last row of every pair. */
export function repeatedRows(interactions: Interactions): Rows {
  const earlier: number[] = [];
  forEachRepeat(interactions, (row) => earlier.push(row));
  return Uint32Array.from(earlier).sort();
}

/** One row a pair, where the last of its rows stands: with that row's rating, or with the sum of all. */
export function merged(
  interactions: Interactions,
  repeated: Rows,
  by: "keep" | "last" | "sum" | "error",
): Interactions {
  if (by !== "last" && by !== "sum") return interactions;
  if (by === "last") return interactions.without(repeated);
  const ratings = interactions.ratings.slice();
  // Earlier rows come first, so that a rating is passed on from row to row.
  forEachRepeat(interactions, (earlier, later) => {
    ratings[later] += ratings[earlier];
  });
  return interactionsOf({ ...interactions, ratings }).without(repeated);
}

/** The first row, in the order of the set, that repeats an earlier one, with that earlier row; undefined when none does. */
export function firstRepeat(
  interactions: Interactions,
): { readonly earlier: number; readonly later: number } | undefined {
  let first: { earlier: number; later: number } | undefined;
  forEachRepeat(interactions, (earlier, later) => {
    if (first === undefined || later < first.later) first = { earlier, later };
  });
  return first;
}

function forEachRepeat(interactions: Interactions, visit: (earlier: number, later: number) => void): void {
  const { byUser, items, itemCount, userCount } = interactions;
  // The user who touched the item last, plus one, and the row of it.
  const lastUser = new Uint32Array(itemCount);
  const lastRow = new Uint32Array(itemCount);
  for (let user = 0; user < userCount; user++)
    for (let at = byUser.start[user]; at < byUser.start[user + 1]; at++) {
      const row = byUser.rows[at];
      const item = items[row];
      if (lastUser[item] === user + 1) visit(lastRow[item], row);
      lastUser[item] = user + 1;
      lastRow[item] = row;
    }
}

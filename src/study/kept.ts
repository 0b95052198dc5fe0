/** Which users and items are kept when a model is stored, and the data set of those that are. */

import { type Dataset, idsOf } from "../data/dataset.ts";
import { type Interactions, interactionsOf } from "../data/interactions.ts";

/** Old indices of the rows that are kept, and the new index of each old one. */
export interface Kept {
  readonly old: readonly number[];
  readonly next: Uint32Array;
}

/** Keeps the rows that have data, and those that something else needs. */
export function keptRows(start: Uint32Array, needed: (row: number) => boolean = () => false): Kept {
  const old: number[] = [];
  const next = new Uint32Array(start.length - 1);
  for (let r = 0; r < next.length; r++)
    if (start[r + 1] > start[r] || needed(r)) {
      next[r] = old.length;
      old.push(r);
    }
  return { old, next };
}

/** Interactions, ids and titles of what is kept; the very interactions where nothing goes. */
export function keptDataset(dataset: Dataset, interactions: Interactions, users: Kept, items: Kept): Dataset {
  if (users.old.length === interactions.userCount && items.old.length === interactions.itemCount)
    return { ...dataset, interactions };
  const itemIds = items.old.map((i) => dataset.itemIds.list[i]);
  const stillThere = new Set(itemIds);
  return {
    interactions: interactionsOf({
      userCount: users.old.length,
      itemCount: items.old.length,
      users: interactions.users.map((u) => users.next[u]),
      items: interactions.items.map((i) => items.next[i]),
      ratings: interactions.ratings,
      times: interactions.times,
    }),
    userIds: idsOf(users.old.map((u) => dataset.userIds.list[u])),
    itemIds: idsOf(itemIds),
    itemInfo: new Map([...dataset.itemInfo].filter(([id]) => stillThere.has(id))),
  };
}

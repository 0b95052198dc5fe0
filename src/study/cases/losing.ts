/** Who loses all their data when rows go. */

import type { Index, Rows } from "../../data/interactions.ts";
import type { NamedModel } from "../store/model.ts";

/** Outside ids. */
export interface Losing {
  readonly users: string[];
  readonly items: string[];
}

/** The users and items all of whose interactions are among the rows. */
export function losingAll({ dataset, trained: { interactions } }: NamedModel, rows: Rows): Losing {
  const { byUser, byItem, users, items } = interactions;
  return {
    users: emptied(byUser, users, rows).map((user) => dataset.userIds.list[user]),
    items: emptied(byItem, items, rows).map((item) => dataset.itemIds.list[item]),
  };
}

function emptied({ start }: Index, side: Uint32Array, rows: Rows): number[] {
  const gone = new Uint32Array(start.length - 1);
  for (const row of rows) gone[side[row]]++;
  return [...gone.keys()].filter((k) => gone[k] > 0 && gone[k] === start[k + 1] - start[k]);
}

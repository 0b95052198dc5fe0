/** In which order users and items stand when a model gets other rows. */

import type { Dataset, Ids } from "../../../data/dataset.ts";
import { LetheError } from "../../../errors.ts";
import type { Positions } from "../../../exchange/model/manifest.ts";
import { type Kept, orderOf } from "../../store/compaction.ts";

/** The order of both sides, and how many positions a side has whose rows are known by theirs. */
export interface NextOrder {
  readonly sides: Readonly<Record<"user" | "item", Kept>>;
  readonly positions: Positions | undefined;
}

/** Users and items in order of first appearance, then those without rows; a side that is known by positions in the order of these. */
export function nextOrder({ interactions, userIds, itemIds }: Dataset, positions: Positions | undefined): NextOrder {
  const rows = Uint32Array.from(interactions.users.keys());
  const sideOf = (what: "user" | "item", ids: Ids, keys: Uint32Array) =>
    positions?.[`${what}s`] === undefined ? orderOf(ids.list, rows, keys) : byPosition(what, ids.list);
  const sides = {
    user: sideOf("user", userIds, interactions.users),
    item: sideOf("item", itemIds, interactions.items),
  };
  return {
    sides,
    positions: positions && { ...grown(positions, "users", userIds), ...grown(positions, "items", itemIds) },
  };
}

function byPosition(what: "user" | "item", ids: readonly string[]): Kept {
  const wrong = ids.find((id) => !/^(0|[1-9]\d{0,8})$/.test(id));
  if (wrong !== undefined)
    throw new LetheError(
      "bad-input",
      `the ${what}s of this model are known by the positions of their rows, and ${what} ${JSON.stringify(wrong)} is no position`,
      "write new ids as whole numbers from 0, as the system that the model was imported from counts its rows",
      "add",
    );
  const old = [...ids.keys()].sort((a, b) => Number(ids[a]) - Number(ids[b]));
  const next = new Uint32Array(old.length);
  old.forEach((key, k) => {
    next[key] = k;
  });
  return { old, next };
}

function grown(positions: Positions, side: "users" | "items", ids: Ids): Positions {
  const count = positions[side];
  return count === undefined ? {} : { [side]: ids.list.reduce((most, id) => Math.max(most, Number(id) + 1), count) };
}

/** Shared by the rules that choose whole users or items: their rows, which of them have any, and an order by outside ids. */

import type { Index, Interactions } from "../data/interactions.ts";
import type { NamedTrained } from "./request.ts";

/** Users or items, as a rule looks at them. */
export interface Side {
  readonly what: "users" | "items";
  readonly index: Index;
  readonly ids: readonly string[];
  readonly keys: Uint32Array;
}

/** The users, or the items, of a model. */
export function sideOf({ trained, dataset }: NamedTrained, what: Side["what"]): Side {
  const { interactions, keys } = trained;
  return what === "users"
    ? { what, index: interactions.byUser, ids: dataset.userIds.list, keys: keys.users }
    : { what, index: interactions.byItem, ids: dataset.itemIds.list, keys: keys.items };
}

/** All rows of some users or items, ascending. */
export function rowsOfAll({ start, rows }: Index, groups: Iterable<number>): Uint32Array {
  const parts = Array.from(groups, (group) => rows.subarray(start[group], start[group + 1]));
  const out = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out.sort();
}

/** The users or items that have a row, ascending. */
export function presentIn({ start }: Index): Uint32Array {
  return Uint32Array.from({ length: start.length - 1 }, (_, group) => group).filter(
    (group) => start[group + 1] > start[group],
  );
}

/** An order of users or items by the keys of their outside ids, and by the ids where two have the same key. */
export function byId({ keys, ids }: Pick<Side, "keys" | "ids">): (a: number, b: number) => number {
  return (a, b) => keys[a] - keys[b] || (ids[a] < ids[b] ? -1 : 1);
}

/** An order of the rows of one pair: by rating, then by time. Rows that agree in both are the same event. */
export function byEvent({ ratings, times }: Interactions): (a: number, b: number) => number {
  return (a, b) => ratings[a] - ratings[b] || (times ? times[a] - times[b] : 0) || a - b;
}

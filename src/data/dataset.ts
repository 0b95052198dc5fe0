/** Interactions together with the outside names of their users and items. */

import { LetheError } from "../errors.ts";
import type { Interactions } from "./interactions.ts";
import { nearIds } from "./likeness.ts";

/** Outside ids of one side, kept both ways: index → id and id → index. Ids are strings; numbers are written in decimal. */
export interface Ids {
  readonly size: number;
  readonly list: readonly string[];
  /** The index of an outside id, or undefined when it is unknown. */
  find(id: string | number): number | undefined;
}

/** What an items file knows about an item. */
export interface ItemInfo {
  readonly title: string;
  readonly genres: readonly string[];
}

/** A set of interactions with its id tables, and titles by outside item id where an items file gave them. */
export interface Dataset {
  readonly interactions: Interactions;
  readonly userIds: Ids;
  readonly itemIds: Ids;
  readonly itemInfo: ReadonlyMap<string, ItemInfo>;
}

/** An id table; throws `bad-input` on a repeated id. */
export function idsOf(list: readonly string[]): Ids {
  const places = new Map<string, number>();
  for (let k = 0; k < list.length; k++) {
    if (places.has(list[k]))
      throw new LetheError("bad-input", `the id ${JSON.stringify(list[k])} occurs twice in a table`);
    places.set(list[k], k);
  }
  return { size: list.length, list, find: (id) => places.get(String(id)) };
}

/** The index of an outside id; throws `unknown-id` when the model has no data of it. */
export function indexOf(ids: Ids, id: string | number, what: "user" | "item"): number {
  const index = ids.find(id);
  if (index === undefined)
    throw unknownId(
      String(id),
      what,
      nearIds(ids.list, String(id)).map((near) => JSON.stringify(near)),
    );
  return index;
}

/** The error for an id that the model does not have; `near` are words for those that look like it. */
export function unknownId(
  id: string,
  what: "user" | "item",
  near: readonly string[],
  advice = "write the id as the model has it",
): LetheError {
  const missing = `no ${what} ${JSON.stringify(id)} in this model`;
  if (near.length === 0) return new LetheError("unknown-id", `${missing}: never seen, or already forgotten`);
  return new LetheError("unknown-id", `${missing}; it has ${near.slice(0, mostNear).join(", ")}`, advice);
}

/** Names beyond these help nobody. */
const mostNear = 5;

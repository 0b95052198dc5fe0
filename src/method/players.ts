/** Whose part is asked about: single interactions, users, items, named groups of interactions, or units of the model itself. */

import type { Index, Interactions, Rows } from "../data/interactions.ts";

/** What kinds of players there are. */
export type PlayerKind = "interactions" | "users" | "items" | "groups" | "units";

/** Players: each is a set of rows that would go together. */
export interface Players {
  readonly kind: PlayerKind;
  readonly count: number;
  /** Where every player is one row: those rows, in the players' order. */
  readonly single?: Rows | undefined;
  /** Rows of player k, ascending. */
  rows(k: number): Rows;
}

/** Every row by itself. */
export function interactionPlayers(rows: Rows): Players {
  return { kind: "interactions", count: rows.length, single: rows, rows: (k) => rows.subarray(k, k + 1) };
}

/** All rows of each of these users; default: of every user, by index. */
export function userPlayers({ byUser, userCount }: Interactions, users?: ArrayLike<number>): Players {
  return { kind: "users", ...grouped(byUser, users, userCount) };
}

/** All rows of each of these items; default: of every item, by index. */
export function itemPlayers({ byItem, itemCount }: Interactions, items?: ArrayLike<number>): Players {
  return { kind: "items", ...grouped(byItem, items, itemCount) };
}

/** Sets of rows, in their order. */
export function groupPlayers(groups: readonly Rows[]): Players {
  return { kind: "groups", count: groups.length, rows: (k) => groups[k] };
}

/** Parts of the model itself, by index; they have no rows. */
export function unitPlayers(count: number): Players {
  const none = new Uint32Array(0);
  return { kind: "units", count, rows: () => none };
}

function grouped({ start, rows }: Index, chosen: ArrayLike<number> | undefined, all: number) {
  const of = (k: number) => (chosen === undefined ? k : chosen[k]);
  return { count: chosen?.length ?? all, rows: (k: number) => rows.subarray(start[of(k)], start[of(k) + 1]) };
}

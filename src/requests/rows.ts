/** What rules that choose users share. */

import type { Interactions } from "../data/interactions.ts";

/** All rows of some users, ascending. */
export function rowsOfUsers({ byUser }: Interactions, users: Iterable<number>): Uint32Array {
  const rows: number[] = [];
  for (const user of users) for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) rows.push(byUser.rows[k]);
  return Uint32Array.from(rows).sort();
}

/** The users that have a row, ascending. */
export function presentUsers({ byUser, userCount }: Interactions): Uint32Array {
  const all = Uint32Array.from({ length: userCount }, (_, user) => user);
  return all.filter((user) => byUser.start[user + 1] > byUser.start[user]);
}

/** Held-out rows that a model of the others can know something of. */

import type { Interactions } from "../interactions.ts";

/** The rows whose user and item have rows to train on. */
export function knownTo(train: Interactions, held: Interactions): Interactions {
  const has = ({ start }: Interactions["byUser"], k: number) => start[k + 1] > start[k];
  const rows = Uint32Array.from(held.users.keys()).filter(
    (row) => has(train.byUser, held.users[row]) && has(train.byItem, held.items[row]),
  );
  return held.select(rows);
}

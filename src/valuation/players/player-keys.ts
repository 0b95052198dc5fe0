/** Numbers that belong to a player's outside ids, so that what is drawn for it does not depend on inner indices. */

import type { Players } from "../../method/players.ts";
import { keyedUniform } from "../../numeric/random.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

const purpose = 0x706c6179;

/** Two integers a player: of a user or an item its own key, of a row those of its pair, of several rows a sum over their pairs; of nobody's rows the player's place. */
export function keysOfPlayers(
  { interactions, keys }: Pick<TrainedModel, "interactions" | "keys">,
  { kind, rows: rowsOf }: Players,
): (k: number) => readonly [number, number] {
  const { users, items } = interactions;
  const pairOf = (row: number) => [keys.users[users[row]], keys.items[items[row]]] as const;
  return (k) => {
    const rows = rowsOf(k);
    if (rows.length === 0) return [k, 0];
    const [user, item] = pairOf(rows[0]);
    if (kind === "users") return [user, 0];
    if (kind === "items") return [0, item];
    if (rows.length === 1) return [user, item];
    let sum = 0;
    // Sums of integers are the same in any order.
    for (const row of rows) sum = (sum + Math.floor(2 ** 32 * keyedUniform(0, ...pairOf(row), purpose))) >>> 0;
    return [sum, rows.length];
  };
}

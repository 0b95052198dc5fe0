/** Players as what a batch is made of: rows, or users with their whole lists where the loss reads these. */

import { LetheError } from "../../errors.ts";
import type { Players } from "../../method/players.ts";
import type { Objective } from "../../objective/objective.ts";

/** The units of each player. Throws `unsupported` for a player that is a part of a list which the loss reads as a whole. */
export function unitsOfPlayers({ settings, interactions }: Objective, players: Players): Uint32Array[] {
  const { users, byUser } = interactions;
  const all = Array.from({ length: players.count }, (_, k) => players.rows(k));
  if (settings.loss.form !== "listwise") return all.map((rows) => rows.slice());
  return all.map((rows) => {
    const lists = new Set(Array.from(rows, (row) => users[row]));
    const whole = [...lists].reduce((sum, user) => sum + byUser.start[user + 1] - byUser.start[user], 0);
    if (whole === rows.length) return Uint32Array.from(lists);
    throw new LetheError(
      "unsupported",
      `the loss ${settings.loss.name} reads the whole list of a user, and a player is a part of one`,
      "ask about users",
    );
  });
}

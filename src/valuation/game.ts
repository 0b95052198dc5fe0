/** A game: what any set of players is worth together. */

import type { Rows } from "../data/interactions.ts";
import type { Players } from "../method/players.ts";
import type { Measured, Trainings } from "../method/trainings.ts";

/** Players 0 … count − 1, and what every measure is worth with some of them. */
export interface Game {
  readonly players: number;
  readonly measures: number;
  /** How many sets may be asked about at the same time. */
  readonly width: number;
  /** `present[k]` is 1 where player k is there, else 0. The same set gives the same bytes. */
  value(present: Uint8Array): Promise<Measured>;
}

/**
 * The game of training: a set of players is worth what the model measures that was trained without the rows of all others. Rows of no player
 * always stay. Each set is trained once.
 */
export function trainingGame(players: Players, measures: number, trainings: Trainings): Game {
  const known = new Map<string, Promise<Measured>>();
  return {
    players: players.count,
    measures,
    width: trainings.width,
    value(present) {
      const key = present.join("");
      const found = known.get(key) ?? trainings.without(rowsOfAbsent(players, present));
      known.set(key, found);
      return found;
    },
  };
}

/** The rows of those who are not there, ascending, each once. */
export function rowsOfAbsent(players: Players, present: Uint8Array): Rows {
  const rows = new Set<number>();
  for (let k = 0; k < players.count; k++) if (present[k] === 0) for (const row of players.rows(k)) rows.add(row);
  return Uint32Array.from(rows).sort();
}

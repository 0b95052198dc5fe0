/** A game: what any set of players is worth together. */

import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { Players } from "../../method/players.ts";
import type { Measured, Trainings } from "../../method/trainings.ts";

/** Players 0 … count − 1, and what every measure is worth with some of them. */
export interface Game {
  readonly players: number;
  readonly measures: number;
  /** How many sets may be asked about at the same time. */
  readonly width: number;
  /** `present[k]` is 1 where player k is there, else 0; it is read before this returns. The same set gives the same bytes. */
  value(present: Uint8Array): Promise<Measured>;
}

/** With more players than this a set hardly comes twice, but for nobody and everybody. */
const rememberedPlayers = 1024;

/**
 * The game of training: a set of players is worth what the model measures that was trained without the rows of all others. Rows of no player
 * always stay. Each set is trained once. Memory: O(rows of the players), and O(measures) a set of up to 1,024 players.
 */
export function trainingGame(players: Players, measures: number, trainings: Trainings): Game {
  const known = new Map<string, Promise<Measured>>();
  const absent = absentRows(players);
  return {
    players: players.count,
    measures,
    width: trainings.width,
    value(present) {
      const key = keyOf(present);
      if (key === undefined) return trainings.without(absent(present));
      const found = known.get(key) ?? trainings.without(absent(present));
      known.set(key, found);
      return found;
    },
  };
}

/** The rows of those who are not there, ascending, each once: a row that several players share leaves with the first of them. */
export function absentRows({ count, single, rows }: Players): (present: Uint8Array) => Rows {
  const all = single ?? Uint32Array.from({ length: count }, (_, k) => k).reduce(longest(rows), new Uint32Array(0));
  const marks = new Uint8Array(all.reduce((most, row) => Math.max(most, row + 1), 0));
  return (present) => {
    marks.fill(0);
    for (let k = 0; k < count; k++) {
      if (present[k] === 1) continue;
      if (single) marks[single[k]] = 1;
      else for (const row of rows(k)) marks[row] = 1;
    }
    return marked(marks);
  };
}

/** Keeps, of two lists of rows, a list that ends with the larger row. */
function longest(rows: Players["rows"]): (most: Rows, k: number) => Rows {
  return (most, k) => {
    const own = rows(k);
    return (own.at(-1) ?? -1) > (most.at(-1) ?? -1) ? own : most;
  };
}

function marked(marks: Uint8Array): Rows {
  const out = new Uint32Array(marks.reduce((sum, mark) => sum + mark, 0));
  let at = 0;
  for (let row = 0; row < marks.length; row++) if (marks[row] === 1) out[at++] = row;
  return out;
}

/** A set in 16 players a character; undefined where it is not worth remembering. */
function keyOf(present: Uint8Array): string | undefined {
  if (present.length > rememberedPlayers) return extremeKeyOf(present);
  let key = "";
  for (let from = 0; from < present.length; from += 16) {
    let word = 0;
    for (let k = from; k < Math.min(from + 16, present.length); k++) word |= present[k] << (k - from);
    key += String.fromCharCode(word);
  }
  return key;
}

function extremeKeyOf(present: Uint8Array): string | undefined {
  if (present.every((one) => one === present[0])) return present[0] === 1 ? "everybody" : "nobody";
  return undefined;
}

/** What a game is worth with nobody and with everybody. */
export interface Ends {
  readonly none: Measured;
  readonly all: Measured;
}

/** Asks about nobody and everybody. */
export async function endsOf(game: Game): Promise<Ends> {
  const none = await game.value(new Uint8Array(game.players));
  const all = await game.value(new Uint8Array(game.players).fill(1));
  return { none, all };
}

/** Throws `bad-input` where nobody is to be valued. */
export function requirePlayers({ count }: Pick<Players, "count">): void {
  if (count === 0) throw new LetheError("bad-input", "there are no players to value", "name at least one player");
}

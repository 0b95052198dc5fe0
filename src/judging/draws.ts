/** Players drawn by seed and outside ids: samples of them, and the subsets that judge. */

import { LetheError } from "../errors.ts";
import type { Players } from "../method/players.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { absentRows } from "../valuation/game.ts";
import { rowsKey } from "./keys.ts";

/** Who is asked about. */
export interface Asked {
  readonly model: TrainedModel;
  readonly players: Players;
}

/** A subset: 1 where a player is there, and the rows of those who are not. */
export interface Subset {
  readonly present: Uint8Array;
  readonly absent: Uint32Array;
}

/** All players in an order that belongs to the seed, the purpose and their outside ids. */
export function drawnOrder(asked: Asked, seed: number, ...purpose: readonly (string | number)[]): Uint32Array {
  const stream = randomOf(seed, "judging", ...purpose).integer(2 ** 53);
  const { users, items } = idsOfPlayers(asked);
  const numbers = Float64Array.from(users, (user, k) => keyedUniform(stream, user, items[k], 0));
  return Uint32Array.from(numbers.keys()).sort((a, b) => numbers[a] - numbers[b] || a - b);
}

/** Keys of the user and the item that a player is; where there is no such thing, its place. */
function idsOfPlayers({ model: { interactions, keys }, players }: Asked) {
  const { kind, count } = players;
  const of = (column: Uint32Array, side: Uint32Array, wanted: readonly string[], place: boolean) =>
    Uint32Array.from({ length: count }, (_, k) => {
      const [row] = players.rows(k);
      if (row === undefined) return k;
      if (wanted.includes(kind)) return side[column[row]];
      return place ? k : 0;
    });
  return {
    users: of(interactions.users, keys.users, ["interactions", "users"], kind === "groups" || kind === "units"),
    items: of(interactions.items, keys.items, ["interactions", "items"], false),
  };
}

/** Some players, ascending; all of them where there are no more. */
export function sampleOf(asked: Asked, size: number, seed: number, purpose: string): Uint32Array {
  return drawnOrder(asked, seed, purpose).slice(0, size).sort();
}

/** How many subsets, with which share of the players, by which seed. */
export interface SubsetSettings {
  readonly subsets: number;
  readonly share: number;
  readonly seed: number;
}

const attempts = 50;

/**
 * Different subsets of as many players each, none of which has a key in `taken`: such are drawn again. Throws `unsupported` where so many are not
 * found.
 */
export function subsetsOf(
  asked: Asked,
  { subsets, share, seed }: SubsetSettings,
  taken: ReadonlySet<string>,
): readonly Subset[] {
  const { players } = asked;
  const size = Math.round(share * players.count);
  const seen = new Set(taken);
  const absentOf = absentRows(players);
  return Array.from({ length: subsets }, (_, n) => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const present = new Uint8Array(players.count);
      for (const k of drawnOrder(asked, seed, "subset", n, attempt).subarray(0, size)) present[k] = 1;
      const absent = absentOf(present);
      const key = rowsKey(absent);
      if (seen.has(key)) continue;
      seen.add(key);
      return { present, absent };
    }
    throw new LetheError(
      "unsupported",
      `of ${players.count} players there are no ${subsets} subsets of ${size} that no estimator was fitted to`,
      "ask about more players, or for fewer subsets",
    );
  });
}

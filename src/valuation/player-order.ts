/** Who plays a game: an order of players that outside ids decide, and their values among those of all. */

import type { SolveStatus } from "../linear/solver.ts";
import type { Estimate } from "../method/estimator.ts";
import type { Players } from "../method/players.ts";
import type { TrainedModel } from "../training/trained-model.ts";

/** All players by the keys of their outside ids, then by rating, so that draws do not depend on inner indices. */
export function inOrderOfIds({ interactions, keys }: TrainedModel, players: Players): Uint32Array {
  const { items, users, ratings } = interactions;
  const all = Uint32Array.from({ length: players.count }, (_, k) => k);
  const leastOf = (of: (row: number) => number) =>
    Float64Array.from(all, (k) => players.rows(k).reduce((least, row) => Math.min(least, of(row)), Number.MAX_VALUE));
  const by = [
    leastOf((row) => keys.items[items[row]]),
    leastOf((row) => keys.users[users[row]]),
    leastOf((row) => ratings[row]),
  ];
  const first = (a: number, b: number) => by.find((key) => key[a] !== key[b]);
  return all.sort((a, b) => {
    const key = first(a, b);
    return key === undefined ? a - b : key[a] - key[b];
  });
}

/** Values of some players (measures × them) as values of all: 0 for those who change nothing. */
export function spreadOver(found: Estimate, of: ArrayLike<number>, count: number, measures: number): Estimate {
  const statuses = new Array<SolveStatus>(measures * count).fill("converged");
  const places = Uint32Array.from({ length: measures * of.length }, (_, n) => {
    return Math.floor(n / of.length) * count + of[n % of.length];
  });
  const wide = (values: Float64Array) => {
    const out = new Float64Array(measures * count);
    for (let n = 0; n < places.length; n++) out[places[n]] = values[n];
    return out;
  };
  for (let n = 0; n < places.length; n++) statuses[places[n]] = found.statuses[n];
  const { standardErrors } = found;
  return { ...found, values: wide(found.values), statuses, standardErrors: standardErrors && wide(standardErrors) };
}

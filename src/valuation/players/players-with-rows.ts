/** Who plays: players who have rows, in an order that outside ids decide; and their values among those of all players. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import type { Estimate } from "../../method/estimator.ts";
import { groupPlayers, interactionPlayers, type Players } from "../../method/players.ts";
import { keyedUniform } from "../../numeric/random.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { setsUpTo } from "../games/sets.ts";
import { keysOfPlayers } from "./player-keys.ts";

const purpose = 0x706c6179;
const playersPerTurn = 1024;

/** Players who have rows, by a number that belongs to their outside ids, then by rating: draws do not depend on inner indices. */
export async function thoseWithRows(model: TrainedModel, players: Players, run: RunContext): Promise<Uint32Array> {
  const { ratings } = model.interactions;
  const keysOf = keysOfPlayers(model, players);
  const [by, least] = [new Float64Array(players.count), new Float64Array(players.count)];
  const those: number[] = [];
  for (let k = 0; k < players.count; k++) {
    if (k % playersPerTurn === 0) await run.yieldToEventLoop();
    const rows = players.rows(k);
    if (rows.length === 0) continue;
    by[k] = keyedUniform(0, ...keysOf(k), purpose);
    // What says the same pair may say another rating.
    least[k] = rows.reduce((low, row) => Math.min(low, ratings[row]), Number.POSITIVE_INFINITY);
    those.push(k);
  }
  return Uint32Array.from(those).sort((a, b) => by[a] - by[b] || least[a] - least[b] || a - b);
}

/** Some of the players, in this order. */
export function chosenPlayers(players: Players, order: Uint32Array): Players {
  const { single } = players;
  if (single) return interactionPlayers(order.map((k) => single[k]));
  return groupPlayers(Array.from(order, (k) => players.rows(k)));
}

/** Where the values of those who play stand among all: player `order[k]`, or the set of such players. */
export interface Places {
  readonly count: number;
  readonly of: ArrayLike<number>;
  readonly sets?: readonly (readonly number[])[];
}

/** Places of single players, or of the sets of up to `size` players. */
export function placesOf(players: number, order: Uint32Array, size?: number): Places {
  if (size === undefined) return { count: players, of: order };
  const sets = setsUpTo(players, size);
  const at = new Map(sets.map((set, place) => [set.join(), place]));
  const named = setsUpTo(order.length, size).map((set) => set.map((k) => order[k]).sort((a, b) => a - b));
  return { count: sets.length, of: named.map((set) => at.get(set.join()) as number), sets };
}

/** An estimate of those who play as one of all players: whoever has no rows has the value `nobody`, NaN where that is not defined. */
export function spread(found: Estimate, { count, of, sets }: Places, measures: number, nobody = 0): Estimate {
  const wide = (values: Float64Array) => {
    const out = new Float64Array(measures * count).fill(nobody);
    for (let m = 0; m < measures; m++)
      for (let k = 0; k < of.length; k++) out[m * count + of[k]] = values[m * of.length + k];
    return out;
  };
  const statuses = new Array<SolveStatus>(measures * count).fill(Number.isNaN(nobody) ? "breakdown" : "converged");
  for (let m = 0; m < measures; m++)
    for (let k = 0; k < of.length; k++) statuses[m * count + of[k]] = found.statuses[m * of.length + k];
  return {
    ...found,
    values: wide(found.values),
    statuses,
    ...(found.standardErrors && { standardErrors: wide(found.standardErrors) }),
    ...(sets && { sets }),
  };
}

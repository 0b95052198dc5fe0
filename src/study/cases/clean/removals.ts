/** What the held-out error becomes when the most suspicious go, and when as many go at random. */

import { drawnOrder } from "../../../judging/draws.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { SolveStatus } from "../../../linear/solver.ts";
import { worseStatus } from "../../../linear/status.ts";
import { measuredBy } from "../../../method/measure.ts";
import type { Players } from "../../../method/players.ts";
import { trainInTurn } from "../../../method/trainings.ts";
import { absentRows } from "../../../valuation/games/game.ts";
import type { Removed } from "./cleaned.ts";
import { errorOn, type Trial } from "./held.ts";
import { pairedInterval } from "./paired.ts";
import type { Suspicion } from "./suspicion.ts";

/** The curve, and where it begins. */
export interface Removals {
  /** Errors of all groups with nobody removed. */
  readonly whole: Float64Array;
  readonly curve: readonly Removed[];
  readonly status: SolveStatus;
}

/** Rows of the first players of an order, ascending. */
export function rowsOfFirst(players: Players, order: Uint32Array, count: number): Uint32Array {
  const present = new Uint8Array(players.count).fill(1);
  for (const k of order.subarray(0, count)) present[k] = 0;
  return absentRows(players)(present);
}

/** How many players a share is: one at least, and not all. */
export function playersIn(share: number, { count }: Players): number {
  return Math.max(1, Math.min(count - 1, Math.round(share * count)));
}

/** Trains without the most suspicious share by share, and without as many at random, `draws` times each. */
export async function removals(
  trial: Trial,
  { players, order }: Suspicion,
  { shares, draws, seed }: { readonly shares: readonly number[]; readonly draws: number; readonly seed: number },
  run: RunContext,
): Promise<Removals> {
  const { model, measures, judging, choosing, pooling } = trial;
  const whole = await measuredBy(measures, (pairs) => model.scores(pairs), run);
  const orders: Uint32Array[] = [];
  for (let n = 0; n < draws; n++) orders.push(await drawnOrder({ model, players }, seed, ["clean", n], run));
  const quiet = { ...run, onProgress: undefined };
  const trainings = await trainInTurn(model, measures, quiet);
  let status: SolveStatus = "converged";
  const without = async (rows: Uint32Array) => {
    const found = await trainings.without(rows);
    status = worseStatus(status, found.status);
    const step = trainings.trained();
    run.onProgress?.({ phase: "removals", step, fraction: step / (shares.length * (1 + draws)) });
    return found.values;
  };
  try {
    const curve: Removed[] = [];
    for (const share of shares) {
      const count = playersIn(share, players);
      const rows = rowsOfFirst(players, order, count);
      const after = await without(rows);
      let random = 0;
      for (const drawn of orders)
        random += errorOn(trial, await without(rowsOfFirst(players, drawn, count)), judging) / draws;
      curve.push({
        ...{ share, players: count, rows: rows.length, random },
        choosing: errorOn(trial, after, choosing),
        judging: errorOn(trial, after, judging),
        difference: errorOn(trial, after, judging) - errorOn(trial, whole, judging),
        interval: pairedInterval(whole, after, pooling, judging),
      });
    }
    return { whole, curve, status };
  } finally {
    await trainings.close();
  }
}

/** Memorization: what every player is worth to the fit of its own rows, by any estimator. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { Estimate, PreparedEstimator } from "./estimator.ts";
import { fitOf } from "./own-fit.ts";
import { groupPlayers, interactionPlayers, type Players } from "./players.ts";

/** Who is told how far asking one by one is, and whether to go on; by itself every question listens to the run that it was prepared with. */
type OwnRun = Pick<RunContext, "yieldToEventLoop" | "onProgress">;

/** What each player contributed to the fit of its own rows: by the estimator's own way, where it has one, else one by one (survey, Eq. 4). */
export function ownOf(
  estimator: PreparedEstimator,
  model: TrainedModel,
  players: Players,
  run?: OwnRun,
): Promise<Estimate> {
  return estimator.own?.(players) ?? ownOneByOne(estimator, model, players, run);
}

/** One player after another, each with a measure of its own. A player without rows was never there, and is worth 0. */
export async function ownOneByOne(
  estimator: Pick<PreparedEstimator, "estimate">,
  model: TrainedModel,
  players: Players,
  run?: OwnRun,
): Promise<Estimate> {
  const values = new Float64Array(players.count);
  const standardErrors = new Float64Array(players.count).fill(Number.NaN);
  const statuses = new Array<SolveStatus>(players.count).fill("converged");
  const notes = new Set<string>();
  let [residual, evaluations, draws] = [0, 0, false];
  for (let k = 0; k < players.count; k++) {
    const rows = players.rows(k);
    await run?.yieldToEventLoop();
    if (rows.length === 0) continue;
    const one = players.single ? interactionPlayers(rows) : groupPlayers([rows]);
    const found = await estimator.estimate([fitOf(model, rows)], one);
    [values[k], statuses[k]] = [found.values[0], found.statuses[0]];
    if (found.standardErrors) {
      draws = true;
      standardErrors[k] = found.standardErrors[0];
    }
    residual = Math.max(residual, found.residual);
    evaluations += found.evaluations;
    for (const note of found.notes ?? []) notes.add(note);
    run?.onProgress?.({ phase: "players", step: k + 1, fraction: (k + 1) / players.count });
  }
  return {
    ...{ values, statuses, residual, evaluations, notes: [...notes] },
    ...(draws ? { standardErrors } : {}),
  };
}

/** Values of single rows, those that are NaN filled in one by one. */
export async function filledIn(
  values: Float64Array,
  rows: Rows,
  oneByOne: (players: Players) => Promise<Estimate>,
): Promise<Estimate> {
  const missing = Uint32Array.from(values.keys()).filter((k) => Number.isNaN(values[k]));
  const rest = await oneByOne(interactionPlayers(missing.map((k) => rows[k])));
  const filled = values.slice();
  const statuses = new Array<SolveStatus>(values.length).fill("converged");
  missing.forEach((k, n) => {
    filled[k] = rest.values[n];
    statuses[k] = rest.statuses[n];
  });
  return { ...rest, values: filled, statuses };
}

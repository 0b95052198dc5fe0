/** What every player is worth to the fit of its own rows: memorization, by any estimator. */

import type { SolveStatus } from "../linear/solver.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { Estimate, EstimateRun, PreparedEstimator } from "./estimator.ts";
import { fitOf } from "./own-fit.ts";
import { groupPlayers, interactionPlayers, type Players } from "./players.ts";

/** By the estimator itself where it has a way, else one player after another. */
export async function ownFits(
  model: TrainedModel,
  prepared: PreparedEstimator,
  players: Players,
  run: EstimateRun,
): Promise<Estimate> {
  if (prepared.own) return prepared.own(players);
  const values = new Float64Array(players.count);
  const standardErrors = new Float64Array(players.count).fill(Number.NaN);
  const statuses = new Array<SolveStatus>(players.count).fill("converged");
  const notes = new Set<string>();
  let [residual, evaluations, draws] = [0, 0, false];
  for (let k = 0; k < players.count; k++) {
    const rows = players.rows(k);
    await run.yieldToEventLoop();
    // A player without rows was never there.
    if (rows.length === 0) continue;
    const one = players.single ? interactionPlayers(rows) : groupPlayers([rows]);
    const found = await prepared.estimate([fitOf(model, rows)], one);
    [values[k], statuses[k]] = [found.values[0], found.statuses[0]];
    if (found.standardErrors) {
      draws = true;
      standardErrors[k] = found.standardErrors[0];
    }
    residual = Math.max(residual, found.residual);
    evaluations += found.evaluations;
    for (const note of found.notes ?? []) notes.add(note);
    run.onProgress?.({ phase: "players", step: k + 1, fraction: (k + 1) / players.count });
  }
  return {
    ...{ values, statuses, residual, evaluations, notes: [...notes] },
    ...(draws ? { standardErrors } : {}),
  };
}

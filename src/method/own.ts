/** Memorization: what every player contributed to the fit of its own rows, by any estimator. */

import type { Rows } from "../data/interactions.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { Estimate, PreparedEstimator } from "./estimator.ts";
import { fitOf } from "./own-fit.ts";
import { groupPlayers, interactionPlayers, type Players } from "./players.ts";

/** What each player contributed to the fit of its own rows: by the estimator's own way, where it has one, else one by one (survey, Eq. 4). */
export function ownOf(estimator: PreparedEstimator, model: TrainedModel, players: Players): Promise<Estimate> {
  return estimator.own?.(players) ?? ownOneByOne(estimator, model, players);
}

/** One player after another, each with a measure of its own. A player without rows has contributed nothing. */
export async function ownOneByOne(
  estimator: PreparedEstimator,
  model: TrainedModel,
  players: Players,
): Promise<Estimate> {
  const values = new Float64Array(players.count);
  const statuses = new Array<SolveStatus>(players.count).fill("converged");
  let [residual, evaluations] = [0, 0];
  const notes = new Set<string>();
  for (let k = 0; k < players.count; k++) {
    const rows = players.rows(k);
    if (rows.length === 0) continue;
    const found = await estimator.estimate([fitOf(model, rows)], groupPlayers([rows]));
    values[k] = found.values[0];
    statuses[k] = found.statuses[0];
    residual = Math.max(residual, found.residual);
    evaluations += found.evaluations;
    for (const note of found.notes ?? []) notes.add(note);
  }
  return { values, statuses, residual, evaluations, ...(notes.size > 0 ? { notes: [...notes] } : {}) };
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

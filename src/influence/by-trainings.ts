/** Leave-one-out where somebody else trains: several players at a time, and no training twice. */

import type { SolveStatus } from "../linear/solver.ts";
import type { Estimate, EstimateRun, PreparedEstimator } from "../method/estimator.ts";
import { type Measure, measuredBy } from "../method/measure.ts";
import { fitOf } from "../method/own-fit.ts";
import { groupPlayers, type Players } from "../method/players.ts";
import type { Measured, OpenTrainings } from "../method/trainings.ts";
import type { TrainedModel } from "../training/trained-model.ts";

/**
 * An estimator that takes each player away once, in trainings that are opened for all of them. When the run's time is over the players that
 * are left have NaN and the status "step-limit", and a note says so.
 */
export function byTrainings(model: TrainedModel, run: EstimateRun, open: OpenTrainings): PreparedEstimator {
  const removed = async (measures: readonly Measure[], players: Players) => {
    const before = await measuredBy(measures, (pairs) => model.scores(pairs), run);
    return { before, after: await withoutEach(model, measures, players, run, open) };
  };
  return {
    async estimate(measures, players) {
      const { before, after } = await removed(measures, players);
      return estimateOf(players, after, measures.length, (k, m) => before[m] - (after.get(k)?.values[m] ?? Number.NaN));
    },
    async own(players) {
      // A player without rows has no fit of its own.
      const some = Array.from({ length: players.count }, (_, k) => k).filter((k) => players.rows(k).length > 0);
      const measures = some.map((k) => fitOf(model, players.rows(k)));
      const { before, after } = await removed(measures, groupPlayers(some.map((k) => players.rows(k))));
      const byPlayer = new Map(Array.from(after, ([place, found]) => [some[place], found]));
      const placeOf = new Map(some.map((k, place) => [k, place]));
      return estimateOf(players, byPlayer, 1, (k) => {
        const place = placeOf.get(k) as number;
        return before[place] - (byPlayer.get(k)?.values[place] ?? Number.NaN);
      });
    },
    close: () => {},
  };
}

/** What the model measures without each player that has rows, by player; some are missing where the time was over. */
async function withoutEach(
  model: TrainedModel,
  measures: readonly Measure[],
  players: Players,
  run: EstimateRun,
  open: OpenTrainings,
): Promise<ReadonlyMap<number, Measured>> {
  const found = new Map<number, Measured>();
  const trainings = await open(model, measures, run);
  let next = 0;
  const work = async () => {
    while (next < players.count && (run.secondsLeft?.() ?? 1) > 0) {
      const k = next++;
      if (players.rows(k).length === 0) continue;
      found.set(k, await trainings.without(players.rows(k)));
      run.onProgress?.({ phase: "players", step: found.size, fraction: found.size / players.count });
      await run.yieldToEventLoop();
    }
  };
  try {
    await Promise.all(Array.from({ length: trainings.width }, work));
  } finally {
    // Where one failed, the others begin nothing more.
    next = players.count;
    await trainings.close();
  }
  return found;
}

function estimateOf(
  players: Players,
  found: ReadonlyMap<number, Measured>,
  measures: number,
  worth: (player: number, measure: number) => number,
): Estimate {
  const values = new Float64Array(measures * players.count);
  const statuses = new Array<SolveStatus>(values.length).fill("converged");
  let missing = 0;
  for (let k = 0; k < players.count; k++) {
    // A player without rows was never there.
    if (players.rows(k).length === 0) continue;
    const status = found.get(k)?.status;
    if (status === undefined) missing++;
    for (let m = 0; m < measures; m++) {
      values[m * players.count + k] = worth(k, m);
      statuses[m * players.count + k] = status ?? "step-limit";
    }
  }
  const note = `the time was over: ${missing} of ${players.count} players were not taken away`;
  return { values, statuses, residual: 0, evaluations: found.size, ...(missing > 0 ? { notes: [note] } : {}) };
}

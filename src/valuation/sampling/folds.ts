/** Players dealt to folds, again and again: each fold is left out of one training. */

import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { Estimate, EstimateRun } from "../../method/estimator.ts";
import { randomOf } from "../../numeric/random.ts";
import { summaryOf } from "./moments.ts";
import { shuffled } from "./shuffling.ts";

/** How often, and in how many folds. */
export interface Folding {
  readonly folds: number;
  readonly repeats: number;
  readonly seed: number;
}

/** A model that was trained without the players of a fold, measured. */
export interface Fold {
  readonly values: Float64Array;
  readonly status: SolveStatus;
}

/** What is to be told: of the numbers of a model, which one each value is about, and how many values there are a player. */
export interface Told {
  readonly players: number;
  readonly measures: number;
  /** The number that the value of a measure and a player is about. */
  place(measure: number, player: number): number;
}

/**
 * mean over repeats of (mean over the models that have seen a player − the model that has not), with standard errors over repeats. Players are dealt to
 * folds of equal size; no more folds than players, and two at least, of which one is empty for a single player.
 */
export async function overFolds(
  { players, measures, place }: Told,
  { folds, repeats, seed }: Folding,
  run: EstimateRun,
  train: (players: readonly number[], repeat: number) => Promise<Fold>,
): Promise<Estimate> {
  const count = Math.max(2, Math.min(folds, players));
  const samples: Float64Array[] = [];
  let status: SolveStatus = "converged";
  const late = () => samples.length > 0 && run.secondsLeft !== undefined && run.secondsLeft() <= 0;
  while (players > 0 && samples.length < repeats && !late()) {
    const repeat = samples.length;
    const foldOf = dealt(players, count, seed, repeat);
    const models: Fold[] = [];
    for (let fold = 0; fold < count; fold++) {
      await run.yieldToEventLoop();
      models.push(
        await train(
          [...foldOf.keys()].filter((k) => foldOf[k] === fold),
          repeat,
        ),
      );
      status = worseStatus(status, models[fold].status);
      run.onProgress?.({
        phase: "folds",
        step: repeat * count + fold + 1,
        fraction: (repeat + (fold + 1) / count) / repeats,
      });
    }
    const sample = new Float64Array(measures * players);
    for (let m = 0; m < measures; m++)
      for (let k = 0; k < players; k++) {
        const each = models.map(({ values }) => values[place(m, k)]);
        const without = each[foldOf[k]];
        sample[m * players + k] = each.reduce((sum, x) => sum + (x - without), 0) / (count - 1);
      }
    samples.push(sample);
  }
  return {
    ...summaryOf(samples, measures * players),
    statuses: new Array<SolveStatus>(measures * players).fill(status),
    residual: 0,
    evaluations: samples.length * count,
    notes:
      players > 0 && samples.length < repeats ? [`${samples.length} of ${repeats} repeats: the time was over`] : [],
  };
}

/** The fold of every player: places 0, 1, 2 … of a random order, modulo the number of folds. */
function dealt(players: number, folds: number, seed: number, repeat: number): Uint32Array {
  const order = shuffled(players, randomOf(seed, "folds", repeat));
  const foldOf = new Uint32Array(players);
  order.forEach((k, at) => {
    foldOf[k] = at % folds;
  });
  return foldOf;
}

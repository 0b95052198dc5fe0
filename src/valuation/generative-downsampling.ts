/** Generative Downsampling: how much better a generative model knows those that it has seen. */

import { LetheError } from "../errors.ts";
import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import type { Measure } from "../method/measure.ts";
import { method } from "../method/method.ts";
import { historyDensity } from "../method/needs.ts";
import type { Players } from "../method/players.ts";
import { trainInTurn } from "../method/trainings.ts";
import { randomOf } from "../numeric/random.ts";
import { refit } from "../training/refit.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { absentRows, requirePlayers } from "./games/game.ts";
import { type Histories, historiesOf } from "./history/history-density.ts";
import { importanceWeighted, lowerBound } from "./history/log-density.ts";
import { placesOf, spread, thoseWithRows } from "./players/players-with-rows.ts";
import { type Folding, overFolds } from "./sampling/folds.ts";

/** How histories are weighed. */
interface Weighing {
  readonly density: string;
  readonly draws: number;
}

/**
 * log p(x | trained with the player) − log p(x | trained without it), x the histories of the player's users, by repeated folds (van den Burg and Williams
 * 2021, Eq. 4 and Algorithm 1; survey §4.2). `own` is that, in nats; `estimate` the same difference of any measure. Cost: folds × repeats trainings.
 */
export const generativeDownsampling = method({
  name: "generative-downsampling",
  summary: "how much likelier a generative model finds those that it has seen, by training on all but one fold of them",
  source: "van den Burg and Williams (2021), Algorithm 1; survey, §4.2",
  needs: [historyDensity],
  settings: {
    folds: { summary: "folds, each left out of a training", standard: 10, least: 2, whole: true },
    repeats: { summary: "times that players are dealt to folds anew", standard: 3, least: 1, whole: true },
    trainings: {
      summary: "trainings at most; fewer repeats are made where they would not do",
      standard: 4096,
      least: 2,
      whole: true,
    },
    density: {
      summary: "log p by importance weights, or its lower bound",
      standard: "importance",
      choices: ["importance", "elbo"],
    },
    draws: { summary: "codes drawn a history, the same for all models", standard: 64, least: 1, whole: true },
    seed: { summary: "of folds and codes", standard: 1, least: 0, whole: true },
  },
  cost: "a pool",
  properties: {
    ...{ family: "retraining", kin: "downsampling" },
    ...{ full: "O(KT)", further: "O(K)", space: "O(n + p)", storage: "O(Kp)" },
    traits: ["estimates leave-one-out", "generative models", "high upfront cost", "amortizable"],
  },
  make({ folds, repeats, trainings, seed, ...weighing }): Estimator {
    const folding = (players: number): Folding => {
      const each = Math.max(2, Math.min(folds, players));
      if (trainings < each)
        throw new LetheError(
          "bad-input",
          `\`trainings\` is ${trainings}; one repeat takes ${each}`,
          `set \`trainings\` to ${each} at least, or use fewer \`folds\``,
        );
      return { folds, repeats: Math.min(repeats, Math.floor(trainings / each)), seed };
    };
    return {
      prepare: async (model, run) => ({
        estimate: (measures, players) => ofMeasures(model, measures, players, folding, run),
        own: (players) => ofOwn(model, players, folding, weighing, run),
        close: () => {},
      }),
    };
  },
});

/** The same difference of measures, of models that somebody may remember. */
async function ofMeasures(
  model: TrainedModel,
  measures: readonly Measure[],
  players: Players,
  folding: (players: number) => Folding,
  run: EstimateRun,
): Promise<Estimate> {
  requirePlayers(players);
  const of = await thoseWithRows(model, players, run);
  const told = { players: of.length, measures: measures.length, place: (m: number) => m };
  const found = await overFolds(told, folding(of.length), run, async (fold, repeat) => {
    const opened = await (run.openTrainings ?? trainInTurn)(model, measures, run, { seed: model.seed + 1 + repeat });
    try {
      return await opened.without(rowsOf(players, of, fold));
    } finally {
      await opened.close();
    }
  });
  return spread(found, placesOf(players.count, of), measures.length);
}

/** log p of every player's histories under models that need not have seen them. */
async function ofOwn(
  model: TrainedModel,
  players: Players,
  folding: (players: number) => Folding,
  weighing: Weighing,
  run: EstimateRun,
): Promise<Estimate> {
  requirePlayers(players);
  const of = await thoseWithRows(model, players, run);
  const settings = folding(of.length);
  const histories = historiesOf((model.smooth as Smooth).objective);
  const users = Array.from(of, (k) => [
    ...new Set(Array.from(players.rows(k), (row) => model.interactions.users[row])),
  ]);
  const told = { players: of.length, measures: 1, place: (_: number, k: number) => k };
  const found = await overFolds(told, settings, run, async (fold, repeat) => {
    const left = await refit(model, rowsOf(players, of, fold), model.seed + 1 + repeat, {
      ...run,
      onProgress: undefined,
    });
    const { params, status } = left.smooth as Smooth;
    const values = new Float64Array(of.length);
    for (const [k, those] of users.entries())
      for (const user of those) {
        await run.yieldToEventLoop();
        const noises = noisesOf(model, user, weighing.draws, settings.seed);
        values[k] += logDensity(histories, params, user, noises, weighing.density) / those.length;
      }
    return { values, status: left.trainer.toOptimum || status === "breakdown" ? status : "converged" };
  });
  return spread(found, placesOf(players.count, of), 1);
}

/** log p of a user's history, or its lower bound, in nats. */
export function logDensity(
  histories: Histories,
  params: Float64Array,
  user: number,
  noises: readonly Float64Array[],
  density: string,
): number {
  const { belief, draws } = histories.of(params, user, noises);
  return density === "elbo" ? lowerBound(belief, draws) : importanceWeighted(belief, draws);
}

/** ε of a user: keyed by the outside id, the same for every model. */
function noisesOf({ smooth, keys }: TrainedModel, user: number, draws: number, seed: number): Float64Array[] {
  const latent = Number((smooth as Smooth).objective.settings.model.latent);
  const stream = randomOf(seed, "history density", keys.users[user]);
  return Array.from({ length: draws }, () => Float64Array.from({ length: latent }, () => stream.normal()));
}

/** The rows of the players of a fold. */
function rowsOf(players: Players, of: Uint32Array, fold: readonly number[]) {
  const present = new Uint8Array(players.count).fill(1);
  for (const place of fold) present[of[place]] = 0;
  return absentRows(players)(present);
}

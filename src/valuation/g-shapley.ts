/** G-Shapley: in place of trainings on the players before, one pass of gradient steps in the order in which they come. */

import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import { type Measure, measuredBy } from "../method/measure.ts";
import { method } from "../method/method.ts";
import { rowTerms } from "../method/needs.ts";
import type { Players } from "../method/players.ts";
import { randomOf } from "../numeric/random.ts";
import { optimizerStateOf } from "../training/batches/optimizer-state.ts";
import { unitOrder } from "../training/batches/order.ts";
import { type Recipe, standardRecipe } from "../training/batches/recipe.ts";
import { type Step, stepOf } from "../training/batches/step.ts";
import { startOf } from "../training/batches/train.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { type Game, requirePlayers } from "./games/game.ts";
import { chosenPlayers, placesOf, spread, thoseWithRows } from "./players/players-with-rows.ts";
import { drawInto, type Sampler } from "./sampling/drawing.ts";
import { moments } from "./sampling/moments.ts";
import { checkSampling, estimateOf, rulesOf, type Sampling, samplingSettings } from "./sampling/sampling-settings.ts";
import { shuffled } from "./sampling/shuffling.ts";
import { shapleyProperties } from "./shapley.ts";

const plain: Recipe = { ...standardRecipe, optimizer: "sgd", redraw: false };

/**
 * Mean over drawn orders of what the measure gains by the step of a player, in one pass of stochastic gradient descent from the model's start, one step a
 * player, on its rows (Ghorbani and Zou 2019, Algorithm 2). Rows of no player make the first steps of every pass, always in the same order.
 */
export const gShapley = method({
  name: "g-shapley",
  summary: "what the measure gains by a player's gradient step, on average over orders of one pass",
  source: "Ghorbani and Zou (2019), Algorithm 2",
  needs: [rowTerms],
  settings: {
    rate: {
      summary: "learning rate of the steps; 0: that of the model's own training by SGD, else 0.05",
      standard: 0,
      least: 0,
    },
    ...samplingSettings,
    trainings: { ...samplingSettings.trainings, summary: "passes at most, one an order", standard: 200 },
  },
  cost: "a pool",
  properties: {
    ...shapleyProperties,
    full: "O(K(n + p))",
    further: "O(Kn)",
    storage: "O(p)",
    traits: [
      "assumes differentiable",
      "group influence",
      "hyperparameter sensitive",
      "high upfront cost",
      "amortizable",
    ],
  },
  make: ({ rate, ...sampling }): Estimator => ({
    prepare: async (model, run) => ({
      async estimate(measures, players) {
        requirePlayers(players);
        checkSampling(sampling);
        const playing = await thoseWithRows(model, players, run);
        const pass = await passOf(model, chosenPlayers(players, playing), rateOf(model, rate), run);
        const found = await drawn(pass, measures, sampling, run);
        return spread(found, placesOf(players.count, playing), measures.length);
      },
      close: () => {},
    }),
  }),
});

function rateOf({ trainer: { recipe } }: TrainedModel, rate: number): number {
  if (rate > 0) return rate;
  return recipe?.optimizer === "sgd" ? recipe.learningRate : 0.05;
}

/** One pass of steps that can be begun again and again. */
interface Pass {
  readonly players: number;
  /** Where a pass stands before the first player. */
  begin(): { readonly params: Float64Array; readonly step: (player: number) => void };
  scores(params: Float64Array): Parameters<typeof measuredBy>[1];
}

async function passOf(model: TrainedModel, players: Players, rate: number, run: EstimateRun): Promise<Pass> {
  const { objective } = model.smooth as Smooth;
  const opened = (from: Float64Array): { readonly params: Float64Array; readonly make: Step } => {
    const state = optimizerStateOf(objective, plain, from);
    return { params: state.params, make: stepOf(objective, state) };
  };
  const first = opened(startOf(objective, { seed: model.seed }));
  const named = new Set(Array.from({ length: players.count }, (_, k) => [...players.rows(k)]).flat());
  for (const row of unitOrder(objective, model.seed, 0)) {
    if (named.has(row)) continue;
    await run.yieldToEventLoop();
    first.make(Uint32Array.of(row), rate);
  }
  return {
    players: players.count,
    begin() {
      const { params, make } = opened(first.params);
      return { params, step: (player) => make(players.rows(player), rate) };
    },
    scores: (params) => (pairs) => objective.serving.at(params, pairs).scores,
  };
}

/** A pass is asked for once, as a whole, and answers by its steps. */
const wholePass = { values: new Float64Array(0), status: "converged" } as const;
const nobody = new Uint8Array(0);

async function drawn(
  pass: Pass,
  measures: readonly Measure[],
  sampling: Sampling,
  run: EstimateRun,
): Promise<Estimate> {
  const { players } = pass;
  const game: Game = { players, measures: measures.length, width: 1, value: async () => wholePass };
  const sampler: Sampler<Float64Array> = {
    cost: 1,
    async draw(unit, ask) {
      if ((await ask(nobody)) === undefined) return undefined;
      const order = shuffled(players, randomOf(sampling.seed, "orders", unit));
      const out = new Float64Array(measures.length * players);
      const { params, step } = pass.begin();
      let before = await measuredBy(measures, pass.scores(params), run);
      for (const k of order) {
        step(k);
        const after = await measuredBy(measures, pass.scores(params), run);
        after.forEach((value, m) => {
          out[m * players + k] = value - before[m];
        });
        before = after;
      }
      return out;
    },
  };
  const tally = moments(measures.length * players);
  const drawing = await drawInto(game, sampler, tally, rulesOf(sampling, game, run), run);
  return estimateOf(tally, drawing, "orders of one pass");
}

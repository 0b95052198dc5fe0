/** Training by gradient boosting: trees on features of users and items. */

import { trainBooster } from "../boosting/boost.ts";
import type { Booster, TreeExamples } from "../boosting/ensemble.ts";
import { boosted } from "../boosting/ensemble.ts";
import { genreColumns, orderedByIds, pairFeatures } from "../boosting/features.ts";
import { foldedFeatures } from "../boosting/folds.ts";
import type { BoostingPlan } from "../boosting/settings.ts";
import { points } from "../objective/examples.ts";
import { drawNegatives } from "../objective/negatives.ts";
import { finish, finishYielding, type Steps } from "../run.ts";
import type { TrainedModel, Trainer, TrainingData } from "./trained-model.ts";

/** The name of the trainer, and of what it makes. */
export const boostingName = "boosting";

/** A trainer of boosted trees. Its seed is that of the negatives alone: nothing else is drawn. */
export function boosting(plan: BoostingPlan): Trainer {
  return {
    name: boostingName,
    settings: { ...plan.settings, ...(plan.sampling ? { sampling: { ...plan.sampling } } : {}) },
    toOptimum: false,
    boosting: plan,
    async train(data, seed, run) {
      const examples = await finishYielding(examplesOf(data, plan), run.yieldToEventLoop);
      const booster = await trainBooster(examples, plan.settings, run);
      return boostedModel({ plan, data, seed, booster, examples });
    },
  };
}

/** The trainer as the catalogue lists it: it minimises no objective, and is made from settings of its own. */
export const boostingEntry = {
  name: boostingName,
  summary: "gradient boosting: every tree is grown on what those before it left",
};

/** What a model of boosted trees is made of. */
export interface BoostedParts {
  readonly plan: BoostingPlan;
  readonly data: TrainingData;
  readonly seed: number;
  readonly origin?: TrainedModel["origin"] | undefined;
  readonly booster: Booster;
  /** What it has learned from, where that is at hand; else it is made again when somebody asks. */
  readonly examples?: TreeExamples | undefined;
}

/** A model of boosted trees on the interactions that it was trained on. */
export function boostedModel(parts: BoostedParts): TrainedModel {
  const { plan, seed, booster, origin = "trained" } = parts;
  const { interactions, keys } = parts.data;
  const known = genreColumns(plan.genres, keys);
  const served = pairFeatures(orderedByIds(interactions, keys), booster.loss, known);
  let { examples } = parts;
  return {
    kind: boostingName,
    unit: booster.loss === "squared" ? "rating" : "score",
    ...{ interactions, keys, trainer: boosting(plan), seed, origin },
    scores: (pairs) => boosted(booster, served.of(pairs)),
    trees: {
      booster,
      featureNames: served.names,
      featuresOf: (users, items) => served.of({ users, items }),
      get examples() {
        examples ??= finish(examplesOf(parts.data, plan));
        return examples;
      },
    },
    underIndices: (data) => boostedModel({ ...parts, data, examples }),
  };
}

/** The rows with their ratings, or with 1 and their negatives with 0. */
export function* examplesOf(
  { interactions, keys }: TrainingData,
  { settings, sampling, genres }: BoostingPlan,
): Steps<TreeExamples> {
  const perRow = sampling?.perRow ?? 0;
  const negatives = sampling
    ? drawNegatives(interactions, keys, { ...sampling, semantics: "honest" })
    : new Uint32Array(0);
  yield;
  const rows = Uint32Array.from({ length: interactions.size }, (_, row) => row);
  const { pairs, labels, owners } = points({ interactions, negatives, perRow }, rows);
  const features = yield* foldedFeatures(
    interactions,
    keys,
    settings.loss,
    { ...pairs, owners },
    genreColumns(genres, keys),
  );
  return { features, labels, owners };
}

/** Boosted trees without some rows, in the splits that they have. */

import { baseOf, inOrder } from "../boosting/boost.ts";
import type { TreeEnsemble } from "../boosting/ensemble.ts";
import { leavesOf } from "../boosting/leaves.ts";
import { refitLeaves } from "../boosting/refit-leaves.ts";
import type { BoostingPlan } from "../boosting/settings.ts";
import type { Rows } from "../data/interactions.ts";
import { finishYielding } from "../run.ts";
import { boostedModel, examplesOf } from "./boosting.ts";
import { dataWithout } from "./refit.ts";
import type { TrainedModel, TrainRun } from "./trained-model.ts";

/** A model of boosted trees. */
export interface BoostedModel extends TrainedModel {
  readonly trees: TreeEnsemble;
  readonly trainer: TrainedModel["trainer"] & { readonly boosting: BoostingPlan };
}

/** Whether a model is one. */
export function isBoosted(model: TrainedModel): model is BoostedModel {
  return model.trees !== undefined && model.trainer.boosting !== undefined;
}

/**
 * The same splits, with the features, negatives, base score and leaves of what remains, summed in the order of training: where training again chooses
 * these splits, it is that model to the byte. Throws `bad-input` where training would.
 */
export async function inTheSameSplits(model: BoostedModel, rows: Rows, run: TrainRun): Promise<TrainedModel> {
  const { booster } = model.trees;
  const { boosting: plan } = model.trainer;
  const data = dataWithout(model, rows);
  const examples = await finishYielding(examplesOf(data, plan), run.yieldToEventLoop);
  const { order } = await inOrder(examples, plan.settings, run.yieldToEventLoop);
  baseOf(examples.labels, booster.loss);
  const leaves = await finishYielding(leavesOf(booster.trees, examples.features), run.yieldToEventLoop);
  const refit = refitLeaves({ booster, examples }, leaves, order, "recomputed");
  const again = await finishYielding(refit, run.yieldToEventLoop);
  run.onRows?.(order.length * booster.trees.length);
  return boostedModel({ plan, data, seed: model.seed, booster: again, examples });
}

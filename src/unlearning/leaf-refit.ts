/** LeafRefit: a booster forgets in its leaves, and keeps its splits. */

import { method, type Need } from "../method/method.ts";
import { inTheSameSplits, isBoosted } from "../training/boosting-leaves.ts";
import { refit } from "../training/refit.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { conclude, type Found, unchanged } from "./conclude.ts";
import type { Unlearner } from "./unlearner.ts";

const leavesToRefit: Need = {
  name: "trees whose leaves can be fitted again",
  unmet: (model) => (isBoosted(model) ? undefined : `${model.shards ? "a model in shards" : model.kind} has none`),
};

/**
 * Features, base score and every leaf again from what remains, in the splits that the model has (after Sharchilev et al. 2018). The splits have seen the forgotten rows. With `check` the
 * model is also trained again: where that chooses the same splits, the result is the retrained model to the byte, and exact. Cost: a pass over the examples a tree; with `check` a training.
 */
export const leafRefitting = method({
  name: "leaf-refit",
  summary: "fits the leaves of a booster again on the retained data; its splits stay",
  source: "Sharchilev, Ustinovskiy, Serdyukov and de Rijke (2018), LeafRefit",
  needs: [leavesToRefit],
  settings: {
    check: { summary: "also train again, and say whether that chooses the same splits", standard: false },
  },
  cost: "a training",
  make: ({ check }): Unlearner => ({
    guarantee: "approximate",
    forget: (model, forgetSet, context, options = {}) =>
      conclude(model, forgetSet, context, options, async (run) => {
        if (forgetSet.length === 0 || !isBoosted(model)) return unchanged(model);
        const left = await inTheSameSplits(model, forgetSet, run);
        if (!check) return told(left, "the splits were chosen with the forgotten interactions");
        return compared(left, await refit(model, forgetSet, model.seed, run));
      }),
  }),
});

/** What training again proves. */
function compared(left: TrainedModel, again: TrainedModel): Found {
  const [ours, theirs] = [splitsOf(left), splitsOf(again)];
  const others = ours.filter((splits, t) => splits !== theirs[t]).length;
  if (others > 0)
    return told(left, `training again chooses other splits in ${others} of ${ours.length} trees: retrain is exact`);
  return {
    model: left,
    guarantee: "exact",
    caveats: ["training again chooses the same splits: this is the retrained model"],
  };
}

function told(model: TrainedModel, caveat: string): Found {
  return { model, guarantee: "approximate", caveats: [caveat] };
}

/** The questions of every tree, as text that can be compared. */
function splitsOf({ trees }: TrainedModel): string[] {
  const questions = trees?.booster.trees.map(({ feature, threshold, left, right }) => [
    feature,
    threshold,
    left,
    right,
  ]);
  return (questions ?? []).map((parts) => parts.map((part) => part.join()).join(";"));
}

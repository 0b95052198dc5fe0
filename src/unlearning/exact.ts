/** Exact forgetting: to the optimum of what remains from where the model stands; of a sharded model, its members that were hit train again. */

import type { Rows } from "../data/interactions.ts";
import { method, type Need } from "../method/method.ts";
import { minimise } from "../training/minimise.ts";
import { askedOr } from "../training/tolerance.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { conclude, type Found, movedTo, unchanged } from "./conclude.ts";
import { byMembers } from "./members.ts";
import type { Unlearner } from "./unlearner.ts";

const objectiveOrMembers: Need = {
  name: "an objective to minimise, or members that train apart",
  unmet: ({ smooth, refitMembers, kind }) => (smooth || refitMembers ? undefined : `${kind} has neither`),
};

/**
 * Deletes the rows and minimises what remains: with closed forms by warm, accelerated block relaxation and Newton, else by Newton's method.
 * Where the optimum is unique the result is the retrained model, whatever the seed; the certificate says whether that is proved. Cost: about
 * ten to forty passes over the ratings, O(ratings · factors) each, plus one building of the blocks, O(ratings · factors²); of a sharded model
 * the training of the members that held the rows.
 */
export const exact = method({
  name: "exact",
  summary: "re-optimises to the optimum of the retained data; equals retraining, and certified",
  source: "definition; acceleration by Anderson (1965)",
  needs: [objectiveOrMembers],
  settings: {},
  cost: "a training",
  make: (): Unlearner => ({
    guarantee: "certified",
    forget: (model, forgetSet, context, options = {}) =>
      conclude(model, forgetSet, context, options, async (run) => {
        if (forgetSet.length === 0) return unchanged(model);
        if (model.refitMembers) return byMembers(model, forgetSet, { ...run, tolerance: options.tolerance });
        return reoptimised(model, forgetSet, (retain, params) =>
          minimise(retain, params, run, askedOr(options, model.smooth)),
        );
      }),
  }),
});

async function reoptimised(
  model: TrainedModel,
  forgetSet: Rows,
  work: (retain: Smooth["objective"], params: Float64Array) => ReturnType<typeof minimise>,
): Promise<Found> {
  const { objective, params } = model.smooth as Smooth;
  const retain = objective.without(forgetSet);
  const { params: found, status } = await work(retain, params);
  const caveats = status === "converged" ? [] : [`the minimisation ended with ${status}: nothing is certified`];
  return {
    model: movedTo(model, retain, found),
    guarantee: status === "converged" ? "certified" : "approximate",
    caveats,
  };
}

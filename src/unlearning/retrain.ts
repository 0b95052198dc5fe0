/** The reference: train from scratch on what remains, from another seed where training draws its start. */

import { method } from "../method/method.ts";
import { dataWithout, refit } from "../training/refit.ts";
import { askedOr } from "../training/tolerance.ts";
import { conclude } from "./conclude.ts";
import type { Unlearner } from "./unlearner.ts";

/** Trains a new model on the retained rows by the model's own trainer; the default seed is another than the model's, so that agreement means something. */
export const retrain = method({
  name: "retrain",
  summary: "trains again on the retained data, from another seed where one is drawn by; never sees the forgotten rows",
  source: "definition",
  needs: [],
  settings: {},
  cost: "a training",
  make: (): Unlearner => ({
    guarantee: "exact",
    forget: (model, forgetSet, context, options = {}) =>
      conclude(model, forgetSet, context, options, async (run) => {
        const as = { ...run, ...askedOr(options, model.smooth) };
        const seed = options.seed ?? model.seed + 1;
        // Members that were dealt by likeness are dealt anew, even where the seed is theirs.
        const again = model.partitionSeesData
          ? await model.trainer.train(dataWithout(model, forgetSet), seed, as)
          : await refit(model, forgetSet, seed, as);
        return { model: again, guarantee: "exact", caveats: [] };
      }),
  }),
});

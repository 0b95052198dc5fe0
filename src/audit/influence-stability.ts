/** Does a cached influence stay right when the rows of one rating move? The printed bound, and one that holds, against what is measured. */

import { factorRatings } from "../influence/stability/need.ts";
import { method } from "../method/method.ts";
import type { Smooth } from "../training/trained-model.ts";
import type { Audit } from "./audit.ts";
import { type InfluenceStabilityFinding, stabilityOf } from "./stability/experiment.ts";
import { stabilityParts } from "./stability/parts.ts";

const settings = {
  trials: { summary: "trials in all", standard: 3000, least: 1 },
  targets: { summary: "scores whose gradient is v, of pairs drawn from the data", standard: 6, least: 1 },
  epsilon: { summary: "largest change of an entry of the two rows", standard: 0.1, above: 0 },
  samples: { summary: "samples of each series", standard: 200_000, least: 1 },
  seed: { summary: "seed of pairs, samples and changes", standard: 1, least: 0 },
  target: {
    summary: "what v is the gradient of: a score, or as printed the objective itself",
    standard: "score",
    choices: ["score", "literal"],
  },
  form: {
    summary: "the series for H⁻¹v: one that converges, or the printed one",
    standard: "corrected",
    choices: ["corrected", "printed"],
  },
} as const;

/**
 * The stability of influence by stochastic estimation, as its proof describes it: s_t = H⁻¹v by sampled ratings, and at step t + 1 the embeddings of the
 * sampled rating (x, y) move. The measured change of the influence of a rating z is set beside the printed lines and beside the corrected bound, all for a loss
 * of e². It asks the unlearned model alone.
 */
export const influenceStability = method({
  name: "influence-stability",
  summary: "how an influence changes when the rows of one rating move, beside the printed bound and one that holds",
  source: "appendix on the stability of influence for matrix factorization, corrected",
  needs: [factorRatings],
  settings,
  cost: "a solve a target",
  make: ({ target, form, ...numbers }): Audit<InfluenceStabilityFinding> => ({
    question: "does a cached influence stay right when the rows of one rating move?",
    run: ({ unlearned }, run) =>
      stabilityOf(
        unlearned.trained.smooth as Smooth,
        { ...numbers, target: target as "score", form: form as "corrected" },
        run,
      ),
    parts: stabilityParts,
  }),
});

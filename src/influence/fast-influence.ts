/** Fast Influence Analysis: influence through the user's and the item's own rows alone, by small dense blocks (Cheng et al. 2019). */

import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { scores as scoresOf } from "../model/matrix-factorization.ts";
import { addScaled } from "../numeric/vector.ts";
import type { Factorization } from "../objective/factorization.ts";
import { penaltyOf } from "../objective/row-gradient.ts";
import { modelOf } from "../training/trained.ts";
import type { FactorEstimator, Influence } from "./estimator.ts";
import { gramsOf } from "./grams.ts";
import { addJointly } from "./joint-block.ts";
import { type Form, perInteraction, type Question, questionOf } from "./question.ts";
import { addSeparately } from "./separate-blocks.ts";
import { worseStatus } from "./status.ts";

/**
 * "leverage": the block without the row, by its leverage (right, the default). "block": the block with it, sum-scaled L2. "text": as the paper
 * prints it, no L2 and no biases, damping 1e-6. "code": as its published program computes it, L2 under-scaled by n′/n and added to
 * each row's gradient, the pair counted twice when it is in training, and the opposite sign.
 */
export type FastInfluenceMode = "leverage" | "block" | "text" | "code";

const right: Form = {
  biases: true,
  pairWeight: 1,
  sign: 1,
  correct: true,
  penalty: (objective, f, scale) => scale * penaltyOf(objective, f),
  rowPenalty: (objective, f) => (perInteraction(objective) ? penaltyOf(objective, f) : 0),
};

/** λ of a mean-form weight decay, as it meets one row: only the embeddings decay. */
const decay = (objective: Factorization, f: number) =>
  f < objective.settings.factors ? objective.settings.l2 / Math.max(1, objective.interactions.size) : 0;

const forms: Readonly<Record<FastInfluenceMode, Form>> = {
  leverage: right,
  block: { ...right, correct: false },
  // The damping of 1e-6 stands beside a mean of squared errors: 1e-6·n′/2 beside a sum of halved ones.
  text: { ...right, biases: false, correct: false, penalty: (_o, _f, _s, rows) => 1e-6 * rows, rowPenalty: () => 0 },
  code: {
    biases: true,
    correct: false,
    sign: -1,
    pairWeight: 2,
    penalty: (objective, f, _scale, rows) => rows * (decay(objective, f) + 0.5e-6),
    rowPenalty: decay,
  },
};

const summaries: Readonly<Record<FastInfluenceMode, string>> = {
  leverage: "influence of the user's and the item's own ratings, by their blocks, each rating taken out of its block",
  block: "the same with the rating left in its block: first order",
  text: "as its paper prints it: no L2 and no biases in the block",
  code: "as its published program computes it: L2 under-scaled, the opposite sign",
};

/**
 * Influence of the rows of R_t on a score: r_k·x_tᵀA⁻¹x_k/(1 − h) with A the user's (item's) block, h = x_kᵀA⁻¹x_k. Rows that touch neither have
 * influence zero here. If the pair is itself in training, one joint block with its cross term. Cost: O(n′·d² + d³), whatever
 * the size of the set.
 */
export function fastInfluence(options: { readonly mode?: FastInfluenceMode } = {}): FactorEstimator {
  const { mode = "leverage" } = options;
  const form = forms[mode];
  return {
    name: mode === "leverage" ? "fast-influence" : `fast-influence-${mode}`,
    summary: summaries[mode],
    async prepare(trained) {
      const { objective } = trained;
      if (objective.zeroWeight > 0 && (mode === "text" || mode === "code"))
        throw new LetheError(
          "unsupported",
          `fast-influence-${mode} is a published form for explicit ratings; this model has implicit feedback`,
          "use fast-influence",
        );
      const model = modelOf(trained);
      const grams = gramsOf(objective, trained.params);
      return {
        async influence(target, rows) {
          const { users, items } = target.pairs;
          const slopes = target.slopes(scoresOf(model, users, items));
          const scores = new Float64Array(rows.length);
          let status: SolveStatus = "converged";
          slopes.forEach((slope, n) => {
            const pair = { user: users[n], item: items[n] };
            const found = analyse(questionOf(objective, model, form, pair, grams), rows);
            addScaled(scores, slope * form.sign, found.scores);
            status = worseStatus(status, found.status);
          });
          return { scores, status, residual: 0 };
        },
        close: () => {},
      };
    },
  };
}

/** Influence on the score of the question's pair. */
function analyse(question: Question, rows: Rows): Influence {
  const scores = new Float64Array(rows.length);
  // A zero of the very pair joins its two rows, as an interaction does.
  const apart = question.near.pairRows.length === 0 && question.grams === undefined;
  const status = apart ? addSeparately(question, rows, scores) : addJointly(question, rows, scores);
  return { scores, status, residual: 0 };
}

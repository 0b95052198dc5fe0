/** Contributions: the user's score as a sum over their own interactions, the items held fixed, as `implicit` explains it. */

import type { SolveStatus } from "../linear/solver.ts";
import { choleskyFailureStatus, worseStatus } from "../linear/status.ts";
import type { Estimator } from "../method/estimator.ts";
import { method, type Need } from "../method/method.ts";
import { scores as scoresOf } from "../model/factor-model.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import { type Factorization, placesOf, sharesOfL2 } from "../objective/factorization.ts";
import { penaltyOf } from "../objective/row-gradient.ts";
import { modelOf } from "../training/factors/trained.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byTarget, sumOverRows } from "./by-target.ts";
import { addRowProducts, alongRow, blockOf, regressor, solveBlock } from "./fast/blocks.ts";
import { gramsOf } from "./fast/grams.ts";

/** Squared loss of matrix factorization: blocks of rows are known in closed form. */
const closedForms: Need = {
  name: "closed forms: mf under squared loss on ratings, or ials",
  unmet: ({ smooth, kind }) =>
    smooth && closedFormsOf(smooth.objective) ? undefined : `${kind} under this loss has none`,
};

/**
 * Row (u, j): x_iᵀA_u⁻¹x_j·pull_j, A_u the block of the user (for implicit feedback QᵀQ + λI + Qᵀ(C_u − I)Q, and the pull is c_uj: Hu, Koren &
 * Volinsky 2008, §5). Its rows sum to the score of the user re-solved with the items fixed, less mean and item bias. It shares a score out;
 * it is not what the score would be without the row, and other users' rows have none. Cost: O(n′·d² + d³).
 */
export const contributions = method({
  name: "contributions",
  summary: "shares of the score, one for each of the user's own rows, items held fixed; they sum to the score",
  source: "Hu, Koren and Volinsky (2008), §5",
  needs: [closedForms],
  settings: {},
  cost: "closed form",
  // m rows of the user, blocks of d factors.
  properties: {
    family: "static gradient",
    kin: "representer point",
    full: "O(md² + d³ + n)",
    further: "O(md² + d³ + n)",
    space: "O(n + p)",
    storage: "0",
    traits: ["assumes differentiable", "assumes convexity", "assumes stationarity", "assumes linear model"],
  },
  value: "share",
  make: (): Estimator => ({
    async prepare({ smooth }, run) {
      const { objective, params } = smooth as Smooth;
      const closed = closedFormsOf(objective) as Factorization;
      const model = modelOf({ objective: closed, params });
      const grams = gramsOf(closed, params);
      return byTarget(
        run,
        sumOverRows(async (target, rows) => {
          const { users, items } = target.pairs;
          const scores = new Float64Array(rows.length);
          let status: SolveStatus = "converged";
          target.slopes(scoresOf(model, users, items)).forEach((slope, n) => {
            const block = userBlock(closed, params, users[n], grams?.items);
            if (!block.definite) status = worseStatus(status, choleskyFailureStatus);
            else addShares(closed, params, block, users[n], items[n], slope, rows, scores);
          });
          return { scores, status, residual: 0 };
        }),
      );
    },
  }),
});

function userBlock(objective: Factorization, params: Float64Array, user: number, gram: Float64Array | undefined) {
  const { byUser, items } = objective.interactions;
  const { factors, biases } = objective.shape;
  const { stride } = placesOf(objective.shape);
  const rows = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const matrix = new Float64Array(stride * stride);
  const weights = objective.terms.weights && Float64Array.from(rows, (row) => objective.terms.weights?.[row] ?? 1);
  const partners = rows.map((row) => items[row]);
  addRowProducts(objective, params, "user", partners, weights, biases, matrix, stride, 0);
  const scale = sharesOfL2(objective, rows);
  for (let f = 0; f < stride; f++) matrix[f * stride + f] += scale * penaltyOf(objective, f);
  if (gram)
    for (let f = 0; f < factors; f++)
      for (let g = 0; g <= f; g++) matrix[f * stride + g] += objective.zeroWeight * gram[f * factors + g];
  return blockOf(matrix, stride);
}

function addShares(
  objective: Factorization,
  params: Float64Array,
  block: ReturnType<typeof blockOf>,
  user: number,
  item: number,
  slope: number,
  rows: Uint32Array,
  scores: Float64Array,
): void {
  const { interactions, terms, settings, shape } = objective;
  const { stride, itemsAt, meanAt } = placesOf(shape);
  const asked = new Float64Array(stride);
  regressor(objective, params, "user", item, shape.biases, asked, 0);
  const solved = solveBlock(block, asked);
  const mean = meanAt >= 0 ? params[meanAt] : settings.mean.kind === "fixed" ? settings.mean.value : 0;
  for (let k = 0; k < rows.length; k++) {
    if (interactions.users[rows[k]] !== user) continue;
    const at = itemsAt + interactions.items[rows[k]] * stride;
    const known = mean + (shape.biases ? params[at + shape.factors] : 0);
    scores[k] += slope * alongRow(solved, params, at, shape.biases) * (terms.pulls[rows[k]] - known);
  }
}

/** Contributions: the user's score as a sum over their own interactions, the items held fixed, as `implicit` explains it. */

import type { SolveStatus } from "../linear/solver.ts";
import { choleskyFailureStatus, worseStatus } from "../linear/status.ts";
import type { Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { halfSolutions } from "../method/needs.ts";
import { scores as scoresOf } from "../model/factor-model.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import { type Factorization, placesOf, sharesOfL2 } from "../objective/factorization.ts";
import { modelOf } from "../training/factors/trained.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byTarget, sumOverRows } from "./by-target.ts";
import { alongRow, type Block, regressor, solveBlock } from "./fast/blocks.ts";
import { gramsOf } from "./fast/grams.ts";
import { sideBlock } from "./side-block.ts";

/**
 * Row (u, j): x_iᵀA_u⁻¹x_j·pull_j, A_u the block of the user (for implicit feedback QᵀQ + λI + Qᵀ(C_u − I)Q, and the pull is c_uj: Hu, Koren &
 * Volinsky 2008, §5). Its rows sum to the score of the user re-solved with the items fixed, less mean and item bias. It shares a score out;
 * it is not what the score would be without the row, and other users' rows have none. Cost: O(n′·d² + d³).
 */
export const contributions = method({
  name: "contributions",
  summary: "shares of the score, one for each of the user's own rows, items held fixed; they sum to the score",
  source: "Hu, Koren and Volinsky (2008), §5",
  needs: [halfSolutions],
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
  const { byUser } = objective.interactions;
  const rows = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  return sideBlock(objective, params, { side: "user", rows, shares: sharesOfL2(objective, rows), gram });
}

function addShares(
  objective: Factorization,
  params: Float64Array,
  block: Block,
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

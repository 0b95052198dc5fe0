/** Leave-one-out with the items held fixed: each user's row is a regression, and deletion has a closed form there. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { choleskyFailureStatus } from "../linear/status.ts";
import type { Estimate, Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { halfSolutions } from "../method/needs.ts";
import { filledIn, ownOneByOne } from "../method/own.ts";
import { rowFit } from "../method/own-fit.ts";
import type { Players } from "../method/players.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import { carriesL2, type Factorization, placesOf, sharesOfL2 } from "../objective/factorization.ts";
import { penaltyOf, residualOf } from "../objective/row-gradient.ts";
import { modelOf } from "../training/factors/trained.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { byRemoval, type Without } from "./by-target.ts";
import { alongRow, ownRowAt, regressor, solveBlock } from "./fast/blocks.ts";
import { gramsOf } from "./fast/grams.ts";
import { ownByLeverage } from "./own-leverage.ts";
import { sideBlock } from "./side-block.ts";

/**
 * Row k = (u, j) gone, everything but u's row held: x_iᵀA_u⁻¹x_j·r_k/(1 − h_k), h_k = x_jᵀA_u⁻¹x_j, A_u without the row's share of interaction L2 (Cook 1977; survey, Eq. 8). Players of
 * several rows leave together. Exact where the user's row is at its optimum. Rows of other users count for nothing. Cost: O(rows of the user·d² + d³) a player; all
 * rows' influence on their own fit by leverages, O(n·d²).
 */
export const leaveOneOutFixedItems = method({
  name: "leave-one-out-fixed-items",
  summary: "exact deletion with all items held fixed: the user's row is solved again, in closed form",
  source: "Cook (1977); survey, Eq. 8",
  needs: [halfSolutions],
  settings: {},
  cost: "closed form",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(nd² + d³)", further: "O(nd² + d³)", space: "O(n + d²)", storage: "0" },
    traits: [
      "assumes convexity",
      "assumes stationarity",
      "assumes linear model",
      "estimates leave-one-out",
      "group influence",
    ],
  },
  make: (): Estimator => ({
    async prepare(model, run) {
      const { objective, params } = model.smooth as Smooth;
      const closed = closedFormsOf(objective) as Factorization;
      const gram = gramsOf(closed, params)?.items;
      const estimator = byRemoval(model, run, async (rows) => without(model, closed, params, gram, rows));
      return {
        ...estimator,
        async own(players) {
          if (players.single === undefined) return ownOneByOne(estimator, model, players, run);
          const rest = (some: Players) => ownOneByOne(estimator, model, some, run);
          return ownOfRows(model, closed, params, players.single, rest, run);
        },
      };
    },
  }),
});

/** The model with the users who lose rows solved again. */
function without(
  model: TrainedModel,
  closed: Factorization,
  params: Float64Array,
  gram: Float64Array | undefined,
  rows: Rows,
): Without {
  const { users } = closed.interactions;
  const moves = new Map<number, Float64Array>();
  let status: SolveStatus = "converged";
  for (const user of new Set(Array.from(rows, (row) => users[row]))) {
    const move = moveOf(
      closed,
      params,
      gram,
      user,
      rows.filter((row) => users[row] === user),
    );
    if (move === undefined) status = choleskyFailureStatus;
    else moves.set(user, move);
  }
  const { stride } = placesOf(closed.shape);
  const x = new Float64Array(stride);
  return {
    status,
    residual: 0,
    async scores(pairs) {
      return model.scores(pairs).map((score, n) => {
        const move = moves.get(pairs.users[n]);
        if (move === undefined) return score;
        regressor(closed, params, "user", pairs.items[n], closed.shape.biases, x, 0);
        return score + alongRow(move, x, 0, closed.shape.biases);
      });
    },
  };
}

/** By how much a user's row moves without some of its rows: A₋⁻¹·Σ∇ℓ of those; undefined where A₋ is singular. */
function moveOf(
  closed: Factorization,
  params: Float64Array,
  gram: Float64Array | undefined,
  user: number,
  gone: Rows,
): Float64Array | undefined {
  const { byUser } = closed.interactions;
  const { stride } = placesOf(closed.shape);
  const lost = new Set(gone);
  const rest = byUser.rows.slice(byUser.start[user], byUser.start[user + 1]).filter((row) => !lost.has(row));
  const at = ownRowAt(closed, "user", user);
  // What is in no term any more, or has nothing but zeros, goes to zero.
  if (!rest.some((row) => closed.zeroWeight === 0 || closed.terms.pulls[row] > 0))
    return params.slice(at, at + stride).map((x) => -x);
  const block = sideBlock(closed, params, { side: "user", rows: rest, shares: sharesOfL2(closed, rest), gram });
  return block.definite ? solveBlock(block, slopeOf(closed, params, gone, at)) : undefined;
}

/** Σ∇ℓ of rows on their user's row at `at`. */
function slopeOf(closed: Factorization, params: Float64Array, rows: Rows, at: number): Float64Array {
  const { stride } = placesOf(closed.shape);
  const model = modelOf({ objective: closed, params });
  const out = new Float64Array(stride);
  const x = new Float64Array(stride);
  for (const row of rows) {
    regressor(closed, params, "user", closed.interactions.items[row], closed.shape.biases, x, 0);
    const e = residualOf(closed, model, row);
    const carried = carriesL2(closed, row);
    for (let f = 0; f < stride; f++) out[f] += (carried ? penaltyOf(closed, f) * params[at + f] : 0) - e * x[f];
  }
  return out;
}

/** Of single rows by leverage; those that hold their block up one by one. */
async function ownOfRows(
  model: TrainedModel,
  closed: Factorization,
  params: Float64Array,
  rows: Rows,
  oneByOne: (players: Players) => Promise<Estimate>,
  run: RunContext,
): Promise<Estimate> {
  const moved = await ownByLeverage(closed, params, "user", rows, run);
  const scores = model.scores({
    users: Uint32Array.from(rows, (row) => closed.interactions.users[row]),
    items: Uint32Array.from(rows, (row) => closed.interactions.items[row]),
  });
  const values = moved.map(
    (change, k) => rowFit(model, rows[k], scores[k]) - rowFit(model, rows[k], scores[k] - change),
  );
  return filledIn(values, rows, oneByOne);
}

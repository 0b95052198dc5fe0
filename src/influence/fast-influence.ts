/** Fast Influence Analysis: influence through the user's and the item's own rows alone, by small dense blocks (Cheng et al. 2019). */

import type { Rows } from "../data/interactions.ts";
import type { Side } from "../kernel/kernels.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { type FactorModel, score } from "../model/matrix-factorization.ts";
import { dot } from "../numeric/vector.ts";
import { type Factorization, placesOf } from "../objective/factorization.ts";
import { penaltyOf } from "../objective/row-gradient.ts";
import type { Target } from "../objective/target.ts";
import { modelOf } from "../training/trained.ts";
import {
  addRowProducts,
  alongRow,
  type Block,
  type BlockForm,
  blockOf,
  leveragesOf,
  type Neighbourhood,
  neighbourhood,
  ownRowAt,
  regressor,
  residualsOf,
  solveBlock,
} from "./blocks.ts";
import type { Influence, InfluenceEstimator } from "./estimator.ts";
import { choleskyFailureStatus, worseStatus } from "./status.ts";

/**
 * "leverage": the block without the row, by its leverage (right, the default). "block": the block with it, sum-scaled L2. "text": as the paper
 * prints it, no L2 and no biases, damping 1e-6. "code": as its published program computes it, L2 under-scaled by n′/n and added to
 * each row's gradient, the pair counted twice when it is in training, and the opposite sign.
 */
export type FastInfluenceMode = "leverage" | "block" | "text" | "code";

interface Form extends BlockForm {
  /** Divides by 1 − leverage: takes the row out of the block. */
  readonly correct: boolean;
  /** What a row's gradient carries of the L2, at entry f. */
  rowPenalty(objective: Factorization, f: number): number;
  readonly sign: 1 | -1;
}

const perInteraction = (objective: Factorization) => objective.settings.regularizer === "interaction";

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

/**
 * Influence of the rows of R_t on a score: r_k·x_tᵀA⁻¹x_k/(1 − h) with A the user's (item's) block, h = x_kᵀA⁻¹x_k. Rows that touch neither have
 * influence zero here. If the pair is itself in training, one joint block with its cross term. Cost: O(n′·d² + d³), whatever
 * the size of the set.
 */
export function fastInfluence(options: { readonly mode?: FastInfluenceMode } = {}): InfluenceEstimator {
  const { mode = "leverage" } = options;
  const form = forms[mode];
  return {
    name: mode === "leverage" ? "fast-influence" : `fast-influence-${mode}`,
    summary: "influence of the user's and the item's own ratings, by their blocks; under a millisecond",
    async prepare(trained) {
      const { objective } = trained;
      const model = modelOf(trained);
      return { influence: async (target, rows) => analyse(objective, model, form, target, rows), close: () => {} };
    },
  };
}

function analyse(objective: Factorization, model: FactorModel, form: Form, target: Target, rows: Rows): Influence {
  const near = neighbourhood(objective, target.user, target.item);
  const scores = new Float64Array(rows.length);
  const slope = target.slope(score(model, target.user, target.item));
  const status =
    near.pairRows.length > 0
      ? joint(objective, model, form, target, near, rows, scores)
      : separate(objective, model, form, target, near, rows, scores);
  for (let k = 0; k < scores.length; k++) scores[k] *= slope * form.sign;
  return { scores, status, residual: 0 };
}

const sides: readonly Side[] = ["user", "item"];

/** What one side's block is asked about. */
function sideOf(objective: Factorization, target: Target, near: Neighbourhood, side: Side) {
  const { users, items } = objective.interactions;
  return side === "user"
    ? { own: target.user, other: target.item, rows: near.userRows, keys: users, others: items }
    : { own: target.item, other: target.user, rows: near.itemRows, keys: items, others: users };
}

function orderOf(objective: Factorization, form: Form): number {
  return objective.shape.factors + (form.biases && objective.shape.biases ? 1 : 0);
}

/** Rows in R_t, the pair counted once. */
function neighbourCount(near: Neighbourhood, form: Form): number {
  return near.userRows.length + near.itemRows.length - (form.pairWeight === 2 ? 0 : near.pairRows.length);
}

/** The two blocks do not touch: user and item are solved apart. */
function separate(
  objective: Factorization,
  model: FactorModel,
  form: Form,
  target: Target,
  near: Neighbourhood,
  rows: Rows,
  scores: Float64Array,
): SolveStatus {
  let status: SolveStatus = "converged";
  const order = orderOf(objective, form);
  const biases = order > objective.shape.factors;
  const errors = residualsOf(objective, model, rows);
  for (const side of sides) {
    const { own, other, rows: blockRows, keys, others } = sideOf(objective, target, near, side);
    if (blockRows.length === 0) continue;
    const matrix = new Float64Array(order * order);
    const partners = Uint32Array.from(blockRows, (row) => others[row]);
    addRowProducts(objective, model.params, side, partners, undefined, biases, matrix, order, 0);
    addDiagonal(objective, form, matrix, order, 0, blockRows.length, neighbourCount(near, form));
    const block = blockOf(matrix, order);
    if (!block.definite) {
      status = "breakdown";
      continue;
    }
    const rowsOfSide: SideRows = {
      table: ownRowAt(objective, side === "user" ? "item" : "user", 0),
      own,
      other,
      keys,
      others,
    };
    addInfluences(objective, model, form, block, side, rowsOfSide, rows, errors, scores);
  }
  return status;
}

/** One side's rows: where their other sides' rows stand, whose they are, and which one is asked about. */
interface SideRows {
  readonly table: number;
  readonly own: number;
  readonly other: number;
  readonly keys: Uint32Array;
  readonly others: Uint32Array;
}

/** Adds −τᵀ(A − xxᵀ)⁻¹g (or with A itself) to every row of this side, g = −e·x + what the row carries of the L2. */
function addInfluences(
  objective: Factorization,
  model: FactorModel,
  form: Form,
  block: Block,
  side: Side,
  { table, own, other, keys, others }: SideRows,
  rows: Rows,
  errors: Float64Array,
  scores: Float64Array,
): void {
  const { order } = block;
  const { params } = model;
  const { stride } = placesOf(objective.shape);
  const biases = order > objective.shape.factors;
  const asked = new Float64Array(order);
  regressor(objective, params, side, other, biases, asked, 0);
  const solved = solveBlock(block, asked);
  const ownAt = ownRowAt(objective, side, own);
  const carried = Float64Array.from({ length: order }, (_, f) => form.rowPenalty(objective, f) * params[ownAt + f]);
  const solvedCarried = solveBlock(block, carried);
  const askedCarried = dot(solved, carried);
  const mine = Uint32Array.from(rows.keys()).filter((k) => keys[rows[k]] === own);
  const places = mine.map((k) => table + others[rows[k]] * stride);
  const leverages = form.correct ? leveragesOf(block, params, places, biases) : undefined;
  for (let n = 0; n < mine.length; n++) {
    const k = mine[n];
    const along = alongRow(solved, params, places[n], biases);
    const first = askedCarried - errors[k] * along;
    scores[k] -= first;
    if (leverages === undefined) continue;
    const back = alongRow(solvedCarried, params, places[n], biases) - errors[k] * leverages[n];
    scores[k] -= (along * back) / (1 - leverages[n]);
  }
}

/** Adds the L2 of a block of `count` rows; a corrected block under interaction L2 has already lost one row's share. */
function addDiagonal(
  objective: Factorization,
  form: Form,
  matrix: Float64Array,
  order: number,
  at: number,
  count: number,
  neighbours: number,
): void {
  const scale = perInteraction(objective) ? count - (form.correct ? 1 : 0) : 1;
  for (let f = 0; f < order; f++) matrix[(at + f) * order + at + f] += form.penalty(objective, f, scale, neighbours);
}

/** The pair is in training: one block over both rows with the cross term C = Σ (x yᵀ − e·diag(I, 0)) of the pair's ratings. */
function joint(
  objective: Factorization,
  model: FactorModel,
  form: Form,
  target: Target,
  near: Neighbourhood,
  rows: Rows,
  scores: Float64Array,
): SolveStatus {
  let status: SolveStatus = "converged";
  const asked = pairGradient(objective, model, form, target);
  // Under interaction L2 a row away from the pair takes its share of its own side's L2 along, so each side has a block.
  const wholes = new Map<Side, { block: Block; solved: Float64Array }>();
  const wholeOf = (side: Side) => {
    const share = form.correct && perInteraction(objective) ? side : "user";
    const known = wholes.get(share);
    if (known) return known;
    const { block, gaussNewton } = jointBlock(objective, model, form, target, near, -1, share);
    status = worseStatus(status, statusOf(block, gaussNewton));
    const made = { block, solved: solveBlock(block, asked) };
    wholes.set(share, made);
    return made;
  };
  const { users, items } = objective.interactions;
  const errors = residualsOf(objective, model, rows);
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k];
    const touches = { user: users[row] === target.user, item: items[row] === target.item };
    if (!touches.user && !touches.item) continue;
    const { gradient, x } = rowOnBlock(objective, model, form, target, row, errors[k], touches);
    if (form.correct && touches.user && touches.item) {
      const { block, gaussNewton } = jointBlock(objective, model, form, target, near, row);
      status = worseStatus(status, statusOf(block, gaussNewton));
      if (block.definite) scores[k] = -dot(asked, solveBlock(block, gradient));
      continue;
    }
    const { block, solved } = wholeOf(touches.user ? "user" : "item");
    if (!block.definite) continue;
    // Away from the pair the row's part of the block is x xᵀ: taken out by its leverage.
    const back = solveBlock(block, x);
    const leverage = form.correct ? dot(x, back) : 0;
    scores[k] = -(
      dot(solved, gradient) + (form.correct ? (dot(asked, back) * dot(back, gradient)) / (1 - leverage) : 0)
    );
  }
  return status;
}

function statusOf(block: Block, gaussNewton: boolean): SolveStatus {
  return !block.definite ? choleskyFailureStatus : gaussNewton ? "negative-curvature" : "converged";
}

/** ∇score of the pair on its two rows. */
function pairGradient(objective: Factorization, model: FactorModel, form: Form, target: Target): Float64Array {
  const half = orderOf(objective, form);
  const out = new Float64Array(2 * half);
  regressor(objective, model.params, "user", target.item, half > objective.shape.factors, out, 0);
  regressor(objective, model.params, "item", target.user, half > objective.shape.factors, out, half);
  return out;
}

/** A row's score gradient x and loss gradient on the joint block. */
function rowOnBlock(
  objective: Factorization,
  model: FactorModel,
  form: Form,
  target: Target,
  row: number,
  error: number,
  touches: Readonly<Record<Side, boolean>>,
): { x: Float64Array; gradient: Float64Array } {
  const half = orderOf(objective, form);
  const { users, items } = objective.interactions;
  const x = new Float64Array(2 * half);
  const gradient = new Float64Array(2 * half);
  for (const side of sides) {
    if (!touches[side]) continue;
    const at = side === "user" ? 0 : half;
    const other = side === "user" ? items[row] : users[row];
    regressor(objective, model.params, side, other, half > objective.shape.factors, x, at);
    const own = ownRowAt(objective, side, side === "user" ? target.user : target.item);
    for (let f = 0; f < half; f++)
      gradient[at + f] = form.rowPenalty(objective, f) * model.params[own + f] - error * x[at + f];
  }
  return { x, gradient };
}

/** The joint block less one row (−1: none, but where the form corrects, one row's share of a side's interaction L2); falls back to Gauss-Newton, without the residuals' curvature, where it is not positive definite. */
function jointBlock(
  objective: Factorization,
  model: FactorModel,
  form: Form,
  target: Target,
  near: Neighbourhood,
  without: number,
  share?: Side,
): { block: Block; gaussNewton: boolean } {
  const build = (curved: boolean): Block => {
    const half = orderOf(objective, form);
    const order = 2 * half;
    const matrix = new Float64Array(order * order);
    const biases = half > objective.shape.factors;
    const isPair = new Set(near.pairRows);
    const kept = near.pairRows.filter((row) => row !== without);
    for (const side of sides) {
      const { rows, others } = sideOf(objective, target, near, side);
      const used = rows.filter((row) => row !== without);
      const weights = Float64Array.from(used, (row) => (isPair.has(row) ? form.pairWeight : 1));
      const partners = Uint32Array.from(used, (row) => others[row]);
      const at = side === "user" ? 0 : half;
      addRowProducts(objective, model.params, side, partners, weights, biases, matrix, order, at);
      // With the row itself left out, its share of the L2 has gone with it.
      const scale = perInteraction(objective) ? used.length - (form.correct && share === side ? 1 : 0) : 1;
      for (let f = 0; f < half; f++)
        matrix[(at + f) * order + at + f] += form.penalty(objective, f, scale, neighbourCount(near, form));
    }
    const pair = pairGradient(objective, model, form, target);
    for (const error of residualsOf(objective, model, kept))
      for (let f = 0; f < half; f++) {
        for (let g = 0; g < half; g++) matrix[(half + f) * order + g] += form.pairWeight * pair[half + f] * pair[g];
        if (curved && f < objective.shape.factors) matrix[(half + f) * order + f] -= form.pairWeight * error;
      }
    return blockOf(matrix, order);
  };
  const full = build(true);
  return full.definite ? { block: full, gaussNewton: false } : { block: build(false), gaussNewton: true };
}

/** The dense block of a model's Hessian over the tables' rows of one user and one item, and what single rows are on it. */

import type { Rows } from "../../data/interactions.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { choleskyFailureStatus } from "../../linear/status.ts";
import { supportOf } from "../../model/model.ts";
import type { Examples } from "../../objective/loss.ts";
import type { Objective } from "../../objective/objective.ts";
import { addPenalty } from "../../objective/penalty.ts";
import { type Block, blockOf } from "./blocks.ts";

/** A block, where its entries lie in the parameter vector, and whether its true form was positive definite. */
export interface SupportBlock {
  readonly block: Block;
  /** What was inverted: order × order, row-major. */
  readonly matrix: Float64Array;
  readonly support: Uint32Array;
  readonly status: SolveStatus;
}

/** Rows with an example that reads the user's or the item's tables: their own, and those that drew the item as a negative. */
export function rowsTouching(objective: Objective, user: number, item: number): Rows {
  const { interactions, negatives, settings } = objective;
  const perRow = settings.sampling?.perRow ?? 0;
  const rows: number[] = [];
  for (let row = 0; row < interactions.size; row++) {
    let touched = interactions.users[row] === user || interactions.items[row] === item;
    for (let n = row * perRow; n < (row + 1) * perRow && !touched; n++) touched = negatives[n] === item;
    if (touched) rows.push(row);
  }
  return Uint32Array.from(rows);
}

/**
 * The block of the true Hessian, or of Gauss-Newton where that is not positive definite (then the status says "negative-curvature").
 * Cost: one product with the rows' examples an entry of the support.
 */
export function supportBlock(
  objective: Objective,
  params: Float64Array,
  user: number,
  item: number,
  rows: Rows,
): SupportBlock {
  const support = supportOf(objective.model, user, item);
  const build = (curvature: "full" | "gauss-newton") => {
    const matrix = hessianOn(objective, params, support, rows, curvature);
    return { matrix, support, block: blockOf(matrix.slice(), support.length) };
  };
  const full = build("full");
  if (full.block.definite) return { ...full, status: "converged" };
  const positive = build("gauss-newton");
  return { ...positive, status: positive.block.definite ? "negative-curvature" : choleskyFailureStatus };
}

/**
 * The Hessian of some rows' terms and the L2 on a support, row-major; 1 on the diagonal of what neither reads. Cost: one product with the rows'
 * examples an entry of the support.
 */
export function hessianOn(
  objective: Objective,
  params: Float64Array,
  support: Uint32Array,
  rows: Rows,
  curvature: "full" | "gauss-newton",
): Float64Array {
  const order = support.length;
  const matrix = new Float64Array(order * order);
  const direction = new Float64Array(params.length);
  const product = new Float64Array(params.length);
  for (let c = 0; c < order; c++) {
    direction[support[c]] = 1;
    product.fill(0);
    objective.addLossProduct(params, rows, direction, product, curvature);
    addPenalty(objective.penalty, direction, product);
    let held = false;
    for (let r = 0; r < order; r++) {
      matrix[r * order + c] = product[support[r]];
      held ||= product[support[r]] !== 0;
    }
    // What is in no term has no gradient either: it stays where it is.
    if (!held) matrix[c * order + c] = 1;
    direction[support[c]] = 0;
  }
  return matrix;
}

/** The Gauss-Newton part of rows' terms on the support is XᵀX: √ℓ″ times the gradient of each thing that a row's loss is a function of, a score or a margin. */
export function regressorsOf(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  support: Uint32Array,
  scratch: Float64Array,
): Float64Array[] {
  const examples = objective.examplesOfRows(rows);
  const point = objective.model.at(params, examples.pairs);
  const seeds = new Float64Array(point.scores.length);
  return Array.from({ length: examples.owners.length }, (_, g) => {
    const root = Math.sqrt(Math.max(0, marginCurvature(objective, point.scores, examples, g, seeds)));
    point.addVjp(seeds, scratch);
    const x = Float64Array.from(support, (place) => root * scratch[place]);
    seeds.fill(0);
    scratch.fill(0);
    return x;
  });
}

/** Writes the margin (or score) of an example as weights of its scores into `seeds`, and returns the loss's second derivative along it. */
function marginCurvature(
  { settings }: Objective,
  scores: Float64Array,
  examples: Examples,
  group: number,
  seeds: Float64Array,
): number {
  const [from, to] = [examples.start[group], examples.start[group + 1]];
  seeds[from] = 1;
  if (to - from > 1) seeds[from + 1] = -1;
  const out = new Float64Array(scores.length);
  settings.loss.curvature(scores, examples, seeds, out);
  return to - from > 1 ? (out[from] - out[from + 1]) / 4 : out[from];
}

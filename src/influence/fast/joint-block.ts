/** Fast influence where the pair is itself in training: one block over the user's and the item's rows. */

import type { Rows } from "../../data/interactions.ts";
import type { Side } from "../../kernel/kernels.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { choleskyFailureStatus, worseStatus } from "../../linear/status.ts";
import { dot } from "../../numeric/vector.ts";
import { carriesL2, sharesOfL2 } from "../../objective/factorization.ts";
import { addRowProducts, type Block, blockOf, ownRowAt, regressor, residualsOf, solveBlock } from "./blocks.ts";
import { leastLeft, losesItsL2, perInteraction, type Question, sideOf, sides } from "./question.ts";

/**
 * Adds the influence of every row to `scores`, and makes its status worse where its numerics ended badly; the block has the cross term
 * C = Σ (x yᵀ − e·diag(I, 0)) of the pair's ratings.
 */
export function addJointly(question: Question, rows: Rows, scores: Float64Array, statuses: SolveStatus[]): void {
  const { objective, model, form, user, item } = question;
  const asked = pairGradient(question);
  // Under interaction L2 a row away from the pair takes its share of its own side's L2 along, so each side has a block.
  const wholes = new Map<Side | undefined, { found: JointBlock; solved: Float64Array }>();
  const wholeOf = (side: Side, row: number) => {
    const share = form.correct && carriesL2(objective, row) ? side : undefined;
    const known = wholes.get(share);
    if (known) return known;
    const found = jointBlock(question, nothing, share);
    const made = { found, solved: solveBlock(found.block, asked) };
    wholes.set(share, made);
    return made;
  };
  const { users, items } = objective.interactions;
  const errors = residualsOf(objective, model, rows);
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k];
    const touched = { user: users[row] === user, item: items[row] === item };
    if (!touched.user && !touched.item) continue;
    const anew = () => {
      const found = influenceTogether(question, Uint32Array.of(row));
      scores[k] += found.score;
      statuses[k] = worseStatus(statuses[k], found.status);
    };
    if (form.correct && touched.user && touched.item) {
      anew();
      continue;
    }
    const { found, solved } = wholeOf(touched.user ? "user" : "item", row);
    const { gradient, x } = rowOnBlock(question, row, errors[k], touched);
    // Away from the pair the row's part of the block is x xᵀ: taken out by its leverage.
    const back = solveBlock(found.block, x);
    const weight = form.correct ? (objective.terms.weights?.[row] ?? 1) : 0;
    const left = 1 - weight * dot(x, back);
    if (form.correct && (statusOf(found) !== "converged" || left < leastLeft)) {
      anew();
      continue;
    }
    statuses[k] = worseStatus(statuses[k], statusOf(found));
    if (!found.block.definite) continue;
    scores[k] -= dot(solved, gradient) + (weight * dot(asked, back) * dot(back, gradient)) / left;
  }
}

const nothing: ReadonlySet<number> = new Set();

/** The influence of some rows that go together: one block without any of them, exact to the second order of what stays. */
export function influenceTogether(question: Question, rows: Rows): { score: number; status: SolveStatus } {
  const { objective, model, user, item, order: half } = question;
  const { users, items } = objective.interactions;
  const near = rows.filter((row) => users[row] === user || items[row] === item);
  if (near.length === 0) return { score: 0, status: "converged" };
  const sum = new Float64Array(2 * half);
  residualsOf(objective, model, near).forEach((error, k) => {
    const touches = { user: users[near[k]] === user, item: items[near[k]] === item };
    const { gradient } = rowOnBlock(question, near[k], error, touches);
    for (let f = 0; f < sum.length; f++) sum[f] += gradient[f];
  });
  const without = new Set(near);
  for (const side of sides)
    if (sideOf(question, side).rows.length > 0 && isEmptied(question, side, without)) takeBack(question, side, sum);
  const found = jointBlock(question, without);
  const score = found.block.definite ? -dot(pairGradient(question), solveBlock(found.block, sum)) : 0;
  return { score, status: statusOf(found) };
}

/** Whether a side has no row left, and with them no L2: then it is in no term. */
function isEmptied(question: Question, side: Side, without: ReadonlySet<number>): boolean {
  return losesItsL2(question) && sideOf(question, side).rows.every((row) => without.has(row));
}

/** Makes a side's step that to zero, its block being the identity: so what is in no term is trained. */
function takeBack(question: Question, side: Side, gradient: Float64Array): void {
  const { objective, model, order: half } = question;
  const own = ownRowAt(objective, side, sideOf(question, side).own);
  const at = side === "user" ? 0 : half;
  for (let f = 0; f < half; f++) gradient[at + f] = -model.params[own + f];
}

/** A block, and whether the residuals' curvature had to be left out. */
export interface JointBlock {
  readonly block: Block;
  readonly gaussNewton: boolean;
}

/** How building a block ended. */
export function statusOf({ block, gaussNewton }: JointBlock): SolveStatus {
  return !block.definite ? choleskyFailureStatus : gaussNewton ? "negative-curvature" : "converged";
}

/** ∇score of the pair on its two rows. */
export function pairGradient({ objective, model, user, item, order: half, biases }: Question): Float64Array {
  const out = new Float64Array(2 * half);
  regressor(objective, model.params, "user", item, biases, out, 0);
  regressor(objective, model.params, "item", user, biases, out, half);
  return out;
}

/** A row's score gradient x and loss gradient on the joint block. */
export function rowOnBlock(
  question: Question,
  row: number,
  error: number,
  touched: Readonly<Record<Side, boolean>>,
): { x: Float64Array; gradient: Float64Array } {
  const { objective, model, form, order: half, biases } = question;
  const { users, items } = objective.interactions;
  const x = new Float64Array(2 * half);
  const gradient = new Float64Array(2 * half);
  for (const side of sides) {
    if (!touched[side]) continue;
    const at = side === "user" ? 0 : half;
    const other = side === "user" ? items[row] : users[row];
    regressor(objective, model.params, side, other, biases, x, at);
    const own = ownRowAt(objective, side, sideOf(question, side).own);
    const carried = perInteraction(objective) && !carriesL2(objective, row) ? 0 : 1;
    for (let f = 0; f < half; f++)
      gradient[at + f] = carried * form.rowPenalty(objective, f) * model.params[own + f] - error * x[at + f];
  }
  return { x, gradient };
}

/**
 * The joint block less some rows (none: but where the form corrects, one row's share of a side's interaction L2); falls back
 * to Gauss-Newton, without the residuals' curvature, where it is not positive definite.
 */
export function jointBlock(question: Question, without: ReadonlySet<number>, share?: Side): JointBlock {
  const { objective, model, form, near, order: half, biases, neighbours } = question;
  const build = (curved: boolean): Block => {
    const order = 2 * half;
    const matrix = new Float64Array(order * order);
    const userAt = ownRowAt(objective, "user", question.user);
    const ownUser = model.params.subarray(userAt, userAt + half);
    const isPair = new Set(near.pairRows);
    const kept = near.pairRows.filter((row) => !without.has(row));
    for (const side of sides) {
      const { rows, others } = sideOf(question, side);
      const used = rows.filter((row) => !without.has(row));
      const curvatures = objective.terms.weights;
      const weights = Float64Array.from(
        used,
        (row) => (curvatures?.[row] ?? 1) * (isPair.has(row) ? form.pairWeight : 1),
      );
      const partners = Uint32Array.from(used, (row) => others[row]);
      const at = side === "user" ? 0 : half;
      addRowProducts(objective, model.params, side, partners, weights, biases, matrix, order, at);
      // With the row itself left out, its share of the L2 has gone with it.
      const scale = sharesOfL2(objective, used) - (share === side ? 1 : 0);
      const emptied = isEmptied(question, side, without);
      for (let f = 0; f < half; f++)
        matrix[(at + f) * order + at + f] += emptied ? 1 : form.penalty(objective, f, scale, neighbours);
      const gram = question.grams?.[side === "user" ? "items" : "users"];
      if (gram)
        for (let f = 0; f < half; f++)
          for (let g = 0; g <= f; g++) matrix[(at + f) * order + at + g] += objective.zeroWeight * gram[f * half + g];
    }
    const pair = pairGradient(question);
    const couple = (weight: number, error: number) => {
      for (let f = 0; f < half; f++) {
        for (let g = 0; g < half; g++) matrix[(half + f) * order + g] += weight * pair[half + f] * pair[g];
        if (curved && f < objective.shape.factors) matrix[(half + f) * order + f] -= error;
      }
    };
    residualsOf(objective, model, kept).forEach((error, n) => {
      couple(form.pairWeight * (objective.terms.weights?.[kept[n]] ?? 1), form.pairWeight * error);
    });
    if (question.grams) couple(objective.zeroWeight, -objective.zeroWeight * dot(pair.subarray(0, half), ownUser));
    return blockOf(matrix, order);
  };
  const full = build(true);
  return full.definite ? { block: full, gaussNewton: false } : { block: build(false), gaussNewton: true };
}

/** Fast influence where the pair is not in training: the user's and the item's blocks do not touch, and are solved apart. */

import type { Rows } from "../../data/interactions.ts";
import type { Side } from "../../kernel/kernels.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { dot } from "../../numeric/vector.ts";
import { placesOf } from "../../objective/factorization.ts";
import { choleskyFailureStatus } from "../status.ts";
import {
  addRowProducts,
  alongRow,
  type Block,
  blockOf,
  leveragesOf,
  ownRowAt,
  regressor,
  residualsOf,
  solveBlock,
} from "./blocks.ts";
import { perInteraction, type Question, sideOf, sides } from "./question.ts";

/** Adds the influence of every row to `scores`. */
export function addSeparately(question: Question, rows: Rows, scores: Float64Array): SolveStatus {
  let status: SolveStatus = "converged";
  const errors = residualsOf(question.objective, question.model, rows);
  for (const side of sides) {
    if (sideOf(question, side).rows.length === 0) continue;
    const block = blockOfSide(question, side);
    if (block.definite) addInfluences(question, block, side, rows, errors, scores);
    else status = choleskyFailureStatus;
  }
  return status;
}

/** Σ x xᵀ and the L2 of one side; corrected under interaction L2, it has already lost one row's share. */
function blockOfSide(question: Question, side: Side): Block {
  const { objective, model, form, order, biases, neighbours } = question;
  const { rows, others } = sideOf(question, side);
  const matrix = new Float64Array(order * order);
  const partners = rows.map((row) => others[row]);
  addRowProducts(objective, model.params, side, partners, undefined, biases, matrix, order, 0);
  const scale = perInteraction(objective) ? rows.length - (form.correct ? 1 : 0) : 1;
  for (let f = 0; f < order; f++) matrix[f * order + f] += form.penalty(objective, f, scale, neighbours);
  return blockOf(matrix, order);
}

/** Adds −τᵀ(A − xxᵀ)⁻¹g (or with A itself) to every row of this side, g = −e·x + what the row carries of the L2. */
function addInfluences(
  question: Question,
  block: Block,
  side: Side,
  rows: Rows,
  errors: Float64Array,
  scores: Float64Array,
): void {
  const { objective, model, form, order, biases } = question;
  const { own, other, keys, others } = sideOf(question, side);
  const { params } = model;
  const asked = new Float64Array(order);
  regressor(objective, params, side, other, biases, asked, 0);
  const solved = solveBlock(block, asked);
  const ownAt = ownRowAt(objective, side, own);
  const carried = Float64Array.from({ length: order }, (_, f) => form.rowPenalty(objective, f) * params[ownAt + f]);
  const solvedCarried = solveBlock(block, carried);
  const askedCarried = dot(solved, carried);
  const table = ownRowAt(objective, side === "user" ? "item" : "user", 0);
  const { stride } = placesOf(objective.shape);
  const mine = Uint32Array.from(rows.keys()).filter((k) => keys[rows[k]] === own);
  const places = mine.map((k) => table + others[rows[k]] * stride);
  const leverages = form.correct ? leveragesOf(block, params, places, biases) : undefined;
  for (let n = 0; n < mine.length; n++) {
    const k = mine[n];
    const along = alongRow(solved, params, places[n], biases);
    scores[k] -= askedCarried - errors[k] * along;
    if (leverages === undefined) continue;
    const back = alongRow(solvedCarried, params, places[n], biases) - errors[k] * leverages[n];
    scores[k] -= (along * back) / (1 - leverages[n]);
  }
}

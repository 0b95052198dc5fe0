/** Fast influence where the pair is not in training: the user's and the item's blocks do not touch, and are solved apart. */

import type { Rows } from "../../data/interactions.ts";
import type { Side } from "../../kernel/kernels.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { choleskyFailureStatus } from "../../linear/status.ts";
import { dot } from "../../numeric/vector.ts";
import { placesOf } from "../../objective/factorization.ts";
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
import { leastLeft, losesItsL2, perInteraction, type Question, sideOf, sides } from "./question.ts";

/** Adds the influence of every row to `scores`, and makes its status worse where its numerics ended badly. */
export function addSeparately(question: Question, rows: Rows, scores: Float64Array, statuses: SolveStatus[]): void {
  const errors = residualsOf(question.objective, question.model, rows);
  for (const side of sides) {
    const { own, keys, rows: all } = sideOf(question, side);
    const mine = Uint32Array.from(rows.keys()).filter((k) => keys[rows[k]] === own);
    if (mine.length === 0) continue;
    if (all.length === 1 && losesItsL2(question)) scores[mine[0]] += ownPart(question, side);
    else addInfluences(question, side, mine, rows, errors, scores, statuses);
  }
}

/** What a side contributes to the score: all of it goes with the side's last row. */
function ownPart(question: Question, side: Side): number {
  const { objective, model, biases, order } = question;
  const { own, other } = sideOf(question, side);
  const asked = new Float64Array(order);
  regressor(objective, model.params, side, other, biases, asked, 0);
  const at = ownRowAt(objective, side, own);
  return dot(asked, model.params.subarray(at, at + order));
}

/** Σ x xᵀ and the L2 of one side without a row; with none left out, corrected under interaction L2, it has already lost one row's share. */
function blockOfSide(question: Question, side: Side, without?: number): Block {
  const { objective, model, form, order, biases, neighbours } = question;
  const { rows, others } = sideOf(question, side);
  const matrix = new Float64Array(order * order);
  const partners = rows.filter((row) => row !== without).map((row) => others[row]);
  addRowProducts(objective, model.params, side, partners, undefined, biases, matrix, order, 0);
  const scale = perInteraction(objective) ? rows.length - (form.correct ? 1 : 0) : 1;
  for (let f = 0; f < order; f++) matrix[f * order + f] += form.penalty(objective, f, scale, neighbours);
  return blockOf(matrix, order);
}

/** Adds −τᵀ(A − xxᵀ)⁻¹g (or with A itself) for the rows `mine` of this side, g = −e·x + what the row carries of the L2. */
function addInfluences(
  question: Question,
  side: Side,
  mine: Uint32Array,
  rows: Rows,
  errors: Float64Array,
  scores: Float64Array,
  statuses: SolveStatus[],
): void {
  const { objective, model, form, order, biases } = question;
  const { own, other, others } = sideOf(question, side);
  const { params } = model;
  const block = blockOfSide(question, side);
  const asked = new Float64Array(order);
  regressor(objective, params, side, other, biases, asked, 0);
  const solved = solveBlock(block, asked);
  const ownAt = ownRowAt(objective, side, own);
  const carried = Float64Array.from({ length: order }, (_, f) => form.rowPenalty(objective, f) * params[ownAt + f]);
  const solvedCarried = solveBlock(block, carried);
  const askedCarried = dot(solved, carried);
  const table = ownRowAt(objective, side === "user" ? "item" : "user", 0);
  const { stride } = placesOf(objective.shape);
  const places = mine.map((k) => table + others[rows[k]] * stride);
  const leverages = form.correct ? leveragesOf(block, params, places, biases) : undefined;
  for (let n = 0; n < mine.length; n++) {
    const k = mine[n];
    const left = leverages === undefined ? 1 : 1 - leverages[n];
    if (!block.definite || left < leastLeft) {
      // The row holds the block up: without it there is another block.
      const rest = form.correct ? blockOfSide(question, side, rows[k]) : block;
      if (!rest.definite) statuses[k] = choleskyFailureStatus;
      else {
        const back = solveBlock(rest, asked);
        scores[k] -= dot(back, carried) - errors[k] * alongRow(back, params, places[n], biases);
      }
      continue;
    }
    const along = alongRow(solved, params, places[n], biases);
    scores[k] -= askedCarried - errors[k] * along;
    if (leverages === undefined) continue;
    const back = alongRow(solvedCarried, params, places[n], biases) - errors[k] * leverages[n];
    scores[k] -= (along * back) / left;
  }
}

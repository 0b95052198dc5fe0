/** The passes of the compiled kernels over all ratings: residuals, gradient, Hessian product, relaxation. */

import * as layout from "../../assembly/layout.ts";
import type { Curvature } from "../../kernels.ts";
import { checkUnweighted } from "../checks.ts";
import { passAndReduce, runChunks } from "./runs.ts";
import { begin, blocksOf, checkLength, fetchOutput, type HeldProblem, inputOf, putInput } from "./state.ts";

/** Sets the point. */
export function setPoint(held: HeldProblem, params: Float64Array): void {
  const { buffers, parameterCount, pairs } = held;
  begin(held);
  checkLength(params, parameterCount);
  buffers.put(params, parameterCount, buffers.get(layout.pointField));
  held.residualsHold = false;
  pairs?.moved("user");
  pairs?.moved("item");
}

/** Copies the point out. */
export function getPoint(held: HeldProblem, out: Float64Array): void {
  const { buffers, parameterCount } = held;
  begin(held);
  buffers.fetch(out, parameterCount, buffers.get(layout.pointField));
}

/** Sees to it that the residuals in memory are those of the point. */
export function keepResiduals(held: HeldProblem): void {
  held.buffers.lazily(layout.residualsField, held.problem.ratings.length * 8, "residuals");
  if (held.residualsHold) return;
  runChunks(held, layout.opResiduals, 1);
  held.residualsHold = true;
}

/** Copies the residuals out. */
export function residuals(held: HeldProblem, out: Float64Array): void {
  const { buffers, problem } = held;
  begin(held);
  keepResiduals(held);
  buffers.fetch(out, problem.ratings.length, buffers.get(layout.residualsField));
}

/** Returns J; overwrites `gradient`. */
export function evaluate(held: HeldProblem, gradient: Float64Array): number {
  const { pairs, parameterCount, itemsAt } = held;
  begin(held);
  pairs?.use({ users: pairs.own("item"), items: pairs.own("user") });
  const { value, mean } = passAndReduce(held, {
    operation: layout.opEvaluate,
    perFactor: 3,
    penalised: "point",
    inputItems: 0,
    outputItems: itemsAt,
  });
  residualsWritten(held);
  fetchOutput(held, gradient, parameterCount, mean);
  return objectiveOf(held, value);
}

/** Overwrites `out` with the product of the Hessian and a direction. */
export function hessianProduct(
  held: HeldProblem,
  direction: Float64Array,
  out: Float64Array,
  curvature: Curvature,
): void {
  const { buffers, pairs, parameterCount, itemsAt } = held;
  begin(held);
  putInput(held, direction, parameterCount);
  buffers.setFloat(layout.movedField, held.problem.shape.learnedMean ? direction[parameterCount - 1] : 0);
  const full = curvature === "full";
  if (full) keepResiduals(held);
  pairs?.use({
    users: pairs.moving("item", inputOf(held) + itemsAt * 8, full),
    userMoves: pairs.own("item"),
    items: pairs.moving("user", inputOf(held), full),
    itemMoves: pairs.own("user"),
  });
  const { mean } = passAndReduce(held, {
    operation: full ? layout.opHessian : layout.opGaussNewton,
    perFactor: full ? 6 : 4,
    penalised: "input",
    inputItems: itemsAt,
    outputItems: itemsAt,
  });
  fetchOutput(held, out, parameterCount, mean);
}

/** Moves every user row once; returns J there and overwrites the reduced gradient. */
export function relaxUsers(held: HeldProblem, reducedGradient: Float64Array): number {
  begin(held);
  blocksOf(held, "user");
  return moveUsers(held, layout.opRelaxUsers, reducedGradient);
}

/** Sets items and mean, and every user row to its optimum there; returns J and overwrites the reduced gradient. */
export function optimiseUsers(held: HeldProblem, reduced: Float64Array, reducedGradient: Float64Array): number {
  const { buffers, itemsAt, reducedCount, problem } = held;
  buffers.check();
  checkUnweighted(problem.weights !== undefined, problem.zeroWeight);
  checkLength(reduced, reducedCount);
  buffers.put(reduced, reducedCount, buffers.get(layout.pointField) + itemsAt * 8);
  begin(held);
  return moveUsers(held, layout.opOptimiseUsers, reducedGradient);
}

function moveUsers(held: HeldProblem, operation: number, reducedGradient: Float64Array): number {
  const { pairs } = held;
  pairs?.use({ users: pairs.own("item") });
  const { value, mean } = passAndReduce(held, {
    operation,
    perFactor: 4,
    penalised: "point",
    inputItems: 0,
    outputItems: 0,
    between: () => {
      pairs?.moved("user");
      pairs?.use({ items: pairs.own("user") });
    },
  });
  residualsWritten(held);
  fetchOutput(held, reducedGradient, held.reducedCount, mean);
  return objectiveOf(held, value);
}

/** A pass at the point leaves its residuals where there is room for them. */
function residualsWritten(held: HeldProblem): void {
  held.residualsHold = held.buffers.get(layout.residualsField) !== 0;
}

/** J, from what the passes have of it. */
function objectiveOf({ pairs, problem }: HeldProblem, value: number): number {
  return (pairs === undefined ? value : value + pairs.value()) + (problem.constant ?? 0);
}

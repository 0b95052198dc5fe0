/** Solving with the Hessian of a factorization: users eliminated exactly, the rest by conjugate gradients off the rotations. */

import type { FactorSession } from "../../kernel/kernels.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { conjugateGradient } from "../../linear/conjugate-gradient.ts";
import type { LinearOperator, Solution } from "../../linear/solver.ts";
import { rotationProjection } from "../../model/gauge.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { factoriseBoth } from "./opening.ts";
import { blockPreconditioner } from "./preconditioner.ts";

/** When to stop. */
export interface SchurOptions {
  readonly tolerance: number;
  readonly maxSteps?: number;
}

/**
 * Solves S·v = rhs (reduced) at the session's point with the inverse blocks that it holds. The rotations are kept out of residuals and iterates:
 * along them S is null at a stationary point and of either sign nearby.
 */
export async function solveReduced(
  objective: Factorization,
  session: FactorSession,
  rhs: Float64Array,
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
  options: SchurOptions,
): Promise<Solution> {
  const point = new Float64Array(session.parameterCount);
  session.getPoint(point);
  const { factors, itemCount } = objective.shape;
  const itemsAt = session.parameterCount - session.reducedCount;
  const untouched = keepComponents(objective, point.subarray(itemsAt), rhs, session.stride);
  const offTurns = rotationProjection(point, itemsAt, itemCount, factors, session.stride);
  // The correction of shifts would carry steps into them.
  const project = (vector: Float64Array) => {
    for (const i of untouched) vector.fill(0, i * session.stride, (i + 1) * session.stride);
    offTurns(vector);
  };
  const blocks = blockPreconditioner(objective.problem, session);
  const preconditioner: LinearOperator = {
    size: blocks.size,
    apply(input, output) {
      blocks.apply(input, output);
      project(output);
    },
  };
  const schur: LinearOperator = { size: session.reducedCount, apply: (v, out) => session.schurProduct(v, out) };
  return conjugateGradient({ maxSteps: 300, ...options, preconditioner, project, onStep: yieldToEventLoop })
    .prepare(schur)
    .solve(rhs);
}

/**
 * Zeroes the items' rows of components that the right-hand side hardly touches: each component turns by itself, and a rotation of all would
 * carry one's part into another.
 */
function keepComponents(objective: Factorization, items: Float64Array, rhs: Float64Array, stride: number): number[] {
  const { components } = objective.interactions;
  const untouched: number[] = [];
  // Where every pair counts as a zero at least, everything touches everything.
  if (components.count === 1 || objective.zeroWeight > 0) return untouched;
  const squares = new Float64Array(components.count);
  components.ofItem.forEach((label, i) => {
    for (let k = i * stride; k < (i + 1) * stride; k++) squares[label] += rhs[k] * rhs[k];
  });
  // What a converged model has left of a gradient is rounding beside that of a row taken out.
  const least = 1e-12 * squares.reduce((sum, x) => sum + x, 0);
  components.ofItem.forEach((label, i) => {
    if (squares[label] > least) return;
    items.fill(0, i * stride, (i + 1) * stride);
    untouched.push(i);
  });
  return untouched;
}

/**
 * Solves H·x = rhs for the whole Hessian at the session's point (pseudo-inverse off the rotations). The session must hold the
 * inverse blocks of both sides at that point. The residual reported is that of the reduced system.
 */
export async function solveHessian(
  objective: Factorization,
  session: FactorSession,
  rhs: Float64Array,
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
  options: SchurOptions,
): Promise<Solution> {
  const itemsAt = session.parameterCount - session.reducedCount;
  const users = rhs.subarray(0, itemsAt);
  const eliminated = new Float64Array(itemsAt);
  const coupled = new Float64Array(session.reducedCount);
  session.applyInverse("user", users, eliminated);
  session.itemCoupling(eliminated, coupled);
  const reduced = rhs.subarray(itemsAt).map((x, k) => x - coupled[k]);
  const solution = await solveReduced(objective, session, reduced, { yieldToEventLoop }, options);
  const back = new Float64Array(itemsAt);
  session.userCoupling(solution.value, back);
  for (let k = 0; k < itemsAt; k++) back[k] = users[k] - back[k];
  const value = new Float64Array(session.parameterCount);
  session.applyInverse("user", back, value.subarray(0, itemsAt));
  value.set(solution.value, itemsAt);
  return { ...solution, value };
}

/** `solveHessian` with the blocks of the session's point, built once for all right-hand sides. Without one of them nothing is solved: "breakdown". */
export async function preparedHessian(
  objective: Factorization,
  session: FactorSession,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<(rhs: Float64Array, options: SchurOptions) => Promise<Solution>> {
  const failed = await factoriseBoth(session, run.yieldToEventLoop);
  return async (rhs, options) =>
    failed === 0
      ? solveHessian(objective, session, rhs, run, options)
      : { value: new Float64Array(rhs.length), status: "breakdown", steps: 0, residual: 1 };
}

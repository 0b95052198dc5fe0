/** The definition of the kernels in plain TypeScript, written as well as typed arrays allow. */

import { checkProblem } from "./factors/checks.ts";
import { applyInverse, factorise, solve } from "./factors/reference/blocks.ts";
import { itemCoupling, schurProduct, userCoupling } from "./factors/reference/coupling.ts";
import { hessianProduct } from "./factors/reference/hessian.ts";
import { evaluate, optimiseUsers, relaxUsers, residuals } from "./factors/reference/passes.ts";
import { stateOf } from "./factors/reference/state.ts";
import type { FactorKernels, FactorProblem, FactorSession } from "./kernels.ts";

/** The kernels in plain TypeScript, one thread. */
export function referenceKernels(): FactorKernels {
  return { name: "reference", threads: 1, open: openSession, close: async () => {} };
}

function openSession(problem: FactorProblem): FactorSession {
  checkProblem(problem);
  const state = stateOf(problem);
  const { parameterCount, stride, reducedCount, point } = state;
  return {
    parameterCount,
    stride,
    reducedCount,
    setPoint: (params) => point.set(params),
    getPoint: (out) => out.set(point),
    residuals: (out) => residuals(state, out),
    evaluate: (gradient) => evaluate(state, gradient),
    hessianProduct: (direction, out, curvature) => hessianProduct(state, direction, out, curvature),
    factorise: (side, rows) => factorise(state, side, rows),
    solve: (side) => solve(state, side),
    applyInverse: (side, vector, out) => applyInverse(state, side, vector, out),
    relaxUsers: (reducedGradient) => relaxUsers(state, reducedGradient),
    optimiseUsers: (reduced, reducedGradient) => optimiseUsers(state, reduced, reducedGradient),
    schurProduct: (vector, out) => schurProduct(state, vector, out),
    userCoupling: (vector, out) => userCoupling(state, vector, out),
    itemCoupling: (vector, out) => itemCoupling(state, vector, out),
    close: () => {},
  };
}

/** A problem in the shared memory, and the calls of the compiled kernels on it. */

import { checkProblem } from "./factors/checks.ts";
import { applyInverse, factorise, solve } from "./factors/session/blocks.ts";
import { itemCoupling, schurProduct, userCoupling } from "./factors/session/coupling.ts";
import { holdProblem } from "./factors/session/describe.ts";
import {
  evaluate,
  getPoint,
  hessianProduct,
  optimiseUsers,
  relaxUsers,
  residuals,
  setPoint,
} from "./factors/session/passes.ts";
import type { FactorProblem, FactorSession } from "./kernels.ts";
import type { LoadedKernels } from "./runtime/load.ts";

/** Copies a problem to the shared memory. Throws what `checkProblem` throws, and `unsupported` when it does not fit. */
export function openSession(problem: FactorProblem, kernels: LoadedKernels): FactorSession {
  checkProblem(problem);
  const held = holdProblem(problem, kernels);
  const { parameterCount, stride, reducedCount } = held;
  return {
    parameterCount,
    stride,
    reducedCount,
    setPoint: (params) => setPoint(held, params),
    getPoint: (out) => getPoint(held, out),
    residuals: (out) => residuals(held, out),
    evaluate: (gradient) => evaluate(held, gradient),
    hessianProduct: (direction, out, curvature) => hessianProduct(held, direction, out, curvature),
    factorise: (side, rows) => factorise(held, side, rows),
    solve: (side) => solve(held, side),
    applyInverse: (side, vector, out) => applyInverse(held, side, vector, out),
    relaxUsers: (reducedGradient) => relaxUsers(held, reducedGradient),
    optimiseUsers: (reduced, reducedGradient) => optimiseUsers(held, reduced, reducedGradient),
    schurProduct: (vector, out) => schurProduct(held, vector, out),
    userCoupling: (vector, out) => userCoupling(held, vector, out),
    itemCoupling: (vector, out) => itemCoupling(held, vector, out),
    close: () => held.buffers.close(),
  };
}

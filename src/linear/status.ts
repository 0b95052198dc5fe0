/** Statuses put together: the worst one speaks for all. */

import type { SolveStatus } from "./solver.ts";

/** Gauss-Newton in the place of a Hessian is an answer; a solve that stopped on the way, or broke down, is none. */
const order: readonly SolveStatus[] = ["converged", "negative-curvature", "step-limit", "breakdown"];

/** What a block that is not positive definite counts as. */
export const choleskyFailureStatus: SolveStatus = "breakdown";

/** The worse of two. */
export function worseStatus(a: SolveStatus, b: SolveStatus): SolveStatus {
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

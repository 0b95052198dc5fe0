/** Statuses put together: the worst one speaks for all. */

import type { SolveStatus } from "../linear/solver.ts";

const order: readonly SolveStatus[] = ["converged", "step-limit", "negative-curvature", "breakdown"];

/** What a block that is not positive definite counts as. */
export const choleskyFailureStatus: SolveStatus = "breakdown";

/** The worse of two. */
export function worseStatus(a: SolveStatus, b: SolveStatus): SolveStatus {
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

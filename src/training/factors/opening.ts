/** Opening the kernels on a factorization: what is built on the way gives the event loop its turns. */

import type { FactorKernels, FactorSession } from "../../kernel/kernels.ts";
import type { Factorization } from "../../objective/factorization.ts";
import type { YieldToEventLoop } from "../../run.ts";

/** Builds the indexes and the problem, one after the other, and opens a session at a point where one is given. */
export async function openFactors(
  objective: Factorization,
  kernels: FactorKernels,
  yieldToEventLoop: YieldToEventLoop,
  point?: Float64Array,
): Promise<FactorSession> {
  const { interactions } = objective;
  // Each of these is built at its first use.
  for (const build of [() => interactions.byUser, () => interactions.byItem, () => objective.problem]) {
    build();
    await yieldToEventLoop();
  }
  // No turn after this: whoever holds the session closes it, also when the next turn is told to stop.
  const session = kernels.open(objective.problem);
  if (point) session.setPoint(point);
  return session;
}

/** Stores the inverse blocks of both sides at the session's point; returns how many should be there and are not. */
export async function factoriseBoth(session: FactorSession, yieldToEventLoop: YieldToEventLoop): Promise<number> {
  let failed = 0;
  for (const side of ["user", "item"] as const) {
    failed += session.factorise(side);
    await yieldToEventLoop();
  }
  return failed;
}

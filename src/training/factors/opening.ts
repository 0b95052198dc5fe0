/** Opening the kernels on a factorization: what is built on the way gives the event loop its turns. */

import type { FactorKernels, FactorProblem, FactorSession } from "../../kernel/kernels.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Factorization } from "../../objective/factorization.ts";
import type { RunOptions, YieldToEventLoop } from "../../run.ts";

/** What a session runs with. */
export interface FactorRun extends Pick<RunOptions, "onRows"> {
  readonly kernels: FactorKernels;
  readonly yieldToEventLoop: YieldToEventLoop;
}

/** What the minimisers of a factorization run with, from what everything runs with. */
export function factorRun({ kernels, yieldToEventLoop, onRows }: RunContext): FactorRun {
  return { kernels: kernels.factors, yieldToEventLoop, onRows };
}

/** Builds the indexes and the problem, one after the other, and opens a session at a point where one is given. */
export async function openFactors(
  objective: Factorization,
  { kernels, yieldToEventLoop, onRows }: FactorRun,
  point?: Float64Array,
): Promise<FactorSession> {
  const { interactions } = objective;
  // Each of these is built at its first use.
  for (const build of [() => interactions.byUser, () => interactions.byItem, () => objective.problem]) {
    build();
    await yieldToEventLoop();
  }
  // No turn after this: whoever holds the session closes it, also when the next turn is told to stop.
  const session = openProblem(objective.problem, { kernels, onRows });
  if (point) session.setPoint(point);
  return session;
}

/** Opens a session that tells of every call that reads all ratings. */
export function openProblem(
  problem: FactorProblem,
  { kernels, onRows }: Omit<FactorRun, "yieldToEventLoop">,
): FactorSession {
  return counted(kernels.open(problem), problem.ratings.length, onRows);
}

/** The session, telling of every call that reads all ratings. */
function counted(session: FactorSession, rows: number, onRows: RunOptions["onRows"]): FactorSession {
  if (onRows === undefined) return session;
  const telling =
    <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      onRows(rows);
      return call(...args);
    };
  const { evaluate, hessianProduct, solve, relaxUsers, optimiseUsers, schurProduct, userCoupling, itemCoupling } =
    session;
  return {
    ...session,
    evaluate: telling(evaluate),
    hessianProduct: telling(hessianProduct),
    solve: telling(solve),
    relaxUsers: telling(relaxUsers),
    optimiseUsers: telling(optimiseUsers),
    schurProduct: telling(schurProduct),
    userCoupling: telling(userCoupling),
    itemCoupling: telling(itemCoupling),
    factorise(side, some) {
      if (some === undefined) onRows(rows);
      return session.factorise(side, some);
    },
  };
}

/** From so many factors on building blocks costs more than many passes do: they are kept for longer. */
export const wide = 32;

/** Stores the inverse blocks of both sides at the session's point; returns how many should be there and are not. */
export async function factoriseBoth(session: FactorSession, yieldToEventLoop: YieldToEventLoop): Promise<number> {
  let failed = 0;
  for (const side of ["user", "item"] as const) {
    failed += session.factorise(side);
    await yieldToEventLoop();
  }
  return failed;
}

/** Every call of a factor session, for tests that compare two of them. */

import type { FactorKernels, FactorProblem, FactorSession } from "../../src/kernel/kernels.ts";
import { pointOf, vectorOf } from "./problems.ts";

/** Every call on a fresh session, by name. */
export function everything(kernels: FactorKernels, problem: FactorProblem): Map<string, Float64Array> {
  const session = kernels.open(problem);
  try {
    return everythingIn(session, problem);
  } finally {
    session.close();
  }
}

/** Every call on a session, by name. */
export function everythingIn(session: FactorSession, problem: FactorProblem): Map<string, Float64Array> {
  const found = new Map<string, Float64Array>();
  const { parameterCount, reducedCount, stride } = session;
  const point = pointOf(problem);
  const direction = vectorOf(parameterCount, 3);

  function note(name: string, length: number, call: (out: Float64Array) => unknown): void {
    const out = new Float64Array(length).fill(Number.NaN);
    const value = call(out);
    found.set(name, out);
    if (typeof value === "number") found.set(`${name}: value`, Float64Array.of(value));
  }

  session.setPoint(point);
  note("residuals", problem.ratings.length, (out) => session.residuals(out));
  note("gradient", parameterCount, (out) => session.evaluate(out));
  note("full", parameterCount, (out) => session.hessianProduct(direction, out, "full"));
  note("gauss-newton", parameterCount, (out) => session.hessianProduct(direction, out, "gauss-newton"));
  for (const side of ["user", "item"] as const) {
    const length = (side === "user" ? problem.shape.userCount : problem.shape.itemCount) * stride;
    note(`${side} blocks`, 0, () => session.factorise(side));
    note(`${side} inverse`, length, (out) => session.applyInverse(side, direction, out));
  }
  const users = problem.shape.userCount * stride;
  note("schur", reducedCount, (out) => session.schurProduct(direction, out));
  note("user coupling", users, (out) => session.userCoupling(direction, out));
  note("item coupling", reducedCount, (out) => session.itemCoupling(direction, out));
  note("relaxation", reducedCount, (out) => session.relaxUsers(out));
  note("relaxed point", parameterCount, (out) => session.getPoint(out));
  note("relaxed residuals", problem.ratings.length, (out) => session.residuals(out));
  if (problem.weights === undefined && (problem.zeroWeight ?? 0) === 0) {
    note("optimal users", reducedCount, (out) => session.optimiseUsers(point.subarray(users), out));
    note("optimal point", parameterCount, (out) => session.getPoint(out));
  }
  for (const side of ["user", "item"] as const) {
    note(`${side}s solved`, 0, () => session.solve(side));
    note(`${side}s' point`, parameterCount, (out) => session.getPoint(out));
  }
  return found;
}

/** The bytes of all results, in order. */
export function bytesOf(found: Map<string, Float64Array>): Buffer {
  return Buffer.concat([...found.values()].map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength)));
}

/** The hot loops of pairwise ranking by matrix factorization: what they compute, whoever computes it (`reference.ts` is the definition). */

import { LetheError } from "../../errors.ts";
import type { Curvature } from "../kernels.ts";

/**
 * Bayesian personalised ranking (Rendle et al. 2009): J = Σ softplus(−margin) over triples, margin = p_u·(q_liked − q_other),
 * on parameters `[users × factors | items × factors]`. There is no L2 in it, and no biases: those of users cancel.
 */
export interface TripleProblem {
  readonly userCount: number;
  readonly itemCount: number;
  readonly factors: number;
  /** One a triple; sorted by user, then by liked item. */
  readonly users: Uint32Array;
  readonly liked: Uint32Array;
  readonly others: Uint32Array;
}

/** A problem held where the kernels can reach it, with a *current point*, at first all zeros. */
export interface TripleSession {
  readonly parameterCount: number;
  setPoint(params: Float64Array): void;
  getPoint(out: Float64Array): void;
  /** Returns J and overwrites `gradient` with ∇J. */
  evaluate(gradient: Float64Array): number;
  /** out = H·direction at the point, H the Hessian or its Gauss-Newton part. */
  hessianProduct(direction: Float64Array, out: Float64Array, curvature: Curvature): void;
  /**
   * One pass of stochastic gradient descent: for each triple of `order` in turn, its three rows move by −rate·(gradient of its
   * loss + l2·row), all from their values before. Moves the point. Returns the mean of the losses, each as it was met (0 without triples).
   */
  descend(order: Uint32Array, learningRate: number, l2: number): number;
  close(): void;
}

/** Makes sessions. The same input has the same bytes for any number of threads. */
export interface TripleKernels {
  readonly name: string;
  readonly threads: number;
  /** Throws `internal` when the triples are not sorted or not within the tables, or compare an item with itself. */
  open(problem: TripleProblem): TripleSession;
  /** Ends the threads; later calls throw. */
  close(): Promise<void>;
}

/** Length of the parameters. */
export function tripleParameters({ userCount, itemCount, factors }: TripleProblem): number {
  return (userCount + itemCount) * factors;
}

/** Throws when triples are not what the kernels rely on. */
export function checkTriples({ userCount, itemCount, factors, users, liked, others }: TripleProblem): void {
  const fail = (what: string): never => {
    throw new LetheError(
      "internal",
      what,
      "sort triples by user, then by liked item, and leave out items that are not there",
    );
  };
  if (!(Number.isInteger(factors) && factors > 0)) fail(`${factors} factors`);
  if (liked.length !== users.length || others.length !== users.length) fail("the columns of triples differ in length");
  for (let t = 0; t < users.length; t++) {
    if (users[t] >= userCount || liked[t] >= itemCount || others[t] >= itemCount)
      fail(`triple ${t} is outside the tables`);
    if (liked[t] === others[t]) fail(`triple ${t} compares item ${liked[t]} with itself`);
    if (t > 0 && (users[t] < users[t - 1] || (users[t] === users[t - 1] && liked[t] < liked[t - 1])))
      fail(`triple ${t} is out of order`);
  }
}

/** Throws when an order names triples that are not there. */
export function checkOrder(order: Uint32Array, triples: number): void {
  for (let n = 0; n < order.length; n++)
    if (order[n] >= triples) throw new LetheError("internal", `the order names triple ${order[n]} of ${triples}`);
}

/** The whole objective's value, gradient and Hessian products: by kernels of its own where it has some, else in chunks. */

import type { Curvature, FactorSession } from "../kernel/kernels.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { TripleKernels, TripleSession } from "../kernel/triples/triples.ts";
import { evaluateChunked, productChunked } from "./chunked.ts";
import { closedFormsOf } from "./closed-forms.ts";
import type { Factorization } from "./factorization.ts";
import { noItem } from "./negatives.ts";
import type { Objective } from "./objective.ts";
import { addPenalty } from "./penalty.ts";

/** An objective ready for many evaluations; parameters that were passed must not change while it is open. */
export interface FullBatch {
  /** J; overwrites `gradient` with ∇J. */
  evaluate(params: Float64Array, gradient: Float64Array): Promise<number>;
  /** out = H·direction. */
  product(params: Float64Array, direction: Float64Array, out: Float64Array, curvature: Curvature): Promise<void>;
  close(): void;
}

/** What an open objective runs with. */
export type BatchRun = Pick<RunContext, "kernels" | "yieldToEventLoop" | "onRows">;

/** Opens an objective: closed forms and BPR without biases go to kernels of their own. */
export function openFullBatch(objective: Objective, run: BatchRun): FullBatch {
  const batch = opened(objective, run);
  const { onRows } = run;
  if (onRows === undefined) return batch;
  const { size } = objective.interactions;
  return {
    evaluate(params, gradient) {
      onRows(size);
      return batch.evaluate(params, gradient);
    },
    product(params, direction, out, curvature) {
      onRows(size);
      return batch.product(params, direction, out, curvature);
    },
    close: () => batch.close(),
  };
}

function opened(objective: Objective, run: BatchRun): FullBatch {
  const closed = closedFormsOf(objective);
  if (closed) return byFactors(closed, run);
  if (isPlainTriples(objective)) return byTriples(objective, run);
  return {
    evaluate: (params, gradient) => evaluateChunked(objective, params, gradient, run.yieldToEventLoop),
    product: (params, direction, out, curvature) =>
      productChunked(objective, params, direction, out, curvature, run.yieldToEventLoop),
    close: () => {},
  };
}

/** Whether an objective is BPR on dot products without biases, which has kernels of its own. */
export function isPlainTriples({ settings: { kind, loss, model } }: Objective): boolean {
  return kind.name === "mf" && loss.name === "bpr" && model.biases === false;
}

function byFactors(closed: Factorization, run: BatchRun): FullBatch {
  let session: FactorSession | undefined;
  let moveTo: ((params: Float64Array) => void) | undefined;
  const at = async (params: Float64Array): Promise<FactorSession> => {
    if (session === undefined) {
      // Building the problem takes as long as some products.
      await run.yieldToEventLoop();
      const { problem } = closed;
      await run.yieldToEventLoop();
      session = run.kernels.factors.open(problem);
      moveTo = movingTo(session);
    }
    await run.yieldToEventLoop();
    moveTo?.(params);
    return session;
  };
  return {
    evaluate: async (params, gradient) => (await at(params)).evaluate(gradient),
    product: async (params, direction, out, curvature) => (await at(params)).hessianProduct(direction, out, curvature),
    close: () => session?.close(),
  };
}

/** Sets a session's point where it is another than the last one. */
function movingTo(session: { setPoint(params: Float64Array): void }): (params: Float64Array) => void {
  let held: Float64Array | undefined;
  return (params) => {
    if (held !== params) session.setPoint(params);
    held = params;
  };
}

function byTriples(objective: Objective, run: BatchRun): FullBatch {
  const session = openTriples(objective, run.kernels.triples);
  const moveTo = movingTo(session);
  return {
    async evaluate(params, gradient) {
      await run.yieldToEventLoop();
      moveTo(params);
      const value = session.evaluate(gradient);
      addPenalty(objective.penalty, params, gradient);
      return value + objective.penalty.value(params);
    },
    async product(params, direction, out, curvature) {
      await run.yieldToEventLoop();
      moveTo(params);
      session.hessianProduct(direction, out, curvature);
      addPenalty(objective.penalty, direction, out);
    },
    close: () => session.close(),
  };
}

/** The triples of an objective, by user and then by liked item. */
function openTriples({ interactions, negatives, settings, model }: Objective, kernels: TripleKernels): TripleSession {
  const { byUser, userCount, itemCount, items } = interactions;
  const perRow = settings.sampling?.perRow ?? 0;
  const users = new Uint32Array(negatives.length);
  const liked = new Uint32Array(negatives.length);
  const others = new Uint32Array(negatives.length);
  let count = 0;
  for (let user = 0; user < userCount; user++) {
    const own = byUser.rows.slice(byUser.start[user], byUser.start[user + 1]);
    own.sort((a, b) => items[a] - items[b] || a - b);
    for (const row of own)
      for (let n = row * perRow; n < (row + 1) * perRow; n++) {
        if (negatives[n] === noItem) continue;
        users[count] = user;
        liked[count] = items[row];
        others[count++] = negatives[n];
      }
  }
  const [table] = model.tensors;
  return kernels.open({
    userCount,
    itemCount,
    factors: table.shape[1],
    users: users.subarray(0, count),
    liked: liked.subarray(0, count),
    others: others.subarray(0, count),
  });
}

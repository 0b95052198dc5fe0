/** An objective opened for work: values, products and derivatives at a point, by the fastest kernels that know it. */

import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { Curvature } from "../kernel/kernels.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { Pairs } from "../model/model.ts";
import { finishYielding } from "../run.ts";
import { closedFormsOf } from "./closed-forms.ts";
import { dataAlong, rowsAlongInSteps, targetGradient, targetThroughData } from "./derivatives.ts";
import { openFullBatch } from "./full-batch.ts";
import type { Objective } from "./objective.ts";
import { factorRowsAlong } from "./row-gradient.ts";
import { gradientsOfRows, type RowGradients } from "./row-gradients.ts";
import type { Target } from "./target.ts";

/** How rows' gradients are looked at. */
export interface AlongOptions {
  /** Leaves out that a removed interaction also leaves the model's graph or input. */
  readonly fixedData?: boolean | undefined;
  /** Leaves out the L2 that a row carries: the gradient of its loss alone. */
  readonly lossOnly?: boolean | undefined;
}

/** An open objective with a current point. One user at a time: calls that overlap throw `internal`. Parameters that were passed must not change. */
export interface ObjectiveSession {
  moveTo(params: Float64Array): void;
  /** Scores as served, at the point. */
  scores(pairs: Pairs): Promise<Float64Array>;
  /** Returns J at the point, and overwrites `gradient` with ∇J. */
  evaluate(gradient: Float64Array): Promise<number>;
  /** out = H·direction at the point. */
  product(direction: Float64Array, out: Float64Array, curvature: Curvature): Promise<void>;
  /**
   * ⟨∂∇J/∂w, direction⟩ for the weight w of each row: its own term's gradient with its share of interaction L2, and what it changes through the
   * model's graph or input.
   */
  rowsAlong(rows: Rows, direction: Float64Array, options?: AlongOptions): Promise<Float64Array>;
  /** ∇ of each row's own term with its share of interaction L2, sparse, graph and input held. Memory: what a row reads, times the rows: ask for many in parts. */
  rowGradients(rows: Rows): Promise<RowGradients>;
  /** The target's gradient, and its slope on every pair's score. */
  targetGradient(target: Target): Promise<{ readonly gradient: Float64Array; readonly slopes: Float64Array }>;
  /** ∂target/∂w of each row through the graph or input alone; undefined for models without. */
  targetAlong(target: Target, slopes: Float64Array, rows: Rows): Promise<Float64Array | undefined>;
  close(): void;
}

/** Opens an objective at a point. */
export function openObjective(objective: Objective, start: Float64Array, run: RunContext): ObjectiveSession {
  const batch = openFullBatch(objective, run);
  const closed = closedFormsOf(objective);
  let params = start;
  let busy = false;
  const alone = async <Result>(work: () => Promise<Result> | Result): Promise<Result> => {
    if (busy) throw new LetheError("internal", "two calls of one objective's session overlap");
    busy = true;
    try {
      await run.yieldToEventLoop();
      return await work();
    } finally {
      busy = false;
    }
  };
  return {
    moveTo(next) {
      params = next;
    },
    scores: (pairs) => alone(() => objective.serving.at(params, pairs).scores),
    evaluate: (gradient) => alone(() => batch.evaluate(params, gradient)),
    product: (direction, out, curvature) => alone(() => batch.product(params, direction, out, curvature)),
    rowsAlong: (rows, direction, { fixedData = false, lossOnly = false } = {}) =>
      alone(async () => {
        if (closed) return factorRowsAlong(closed, params, rows, direction, lossOnly);
        const steps = rowsAlongInSteps(objective, params, rows, direction, lossOnly);
        const own = await finishYielding(steps, run.yieldToEventLoop);
        const moved = fixedData ? undefined : dataAlong(objective, params, direction);
        return moved ? own.map((x, k) => x + moved[rows[k]]) : own;
      }),
    rowGradients: (rows) => alone(() => gradientsOfRows(objective, params, rows, run.yieldToEventLoop)),
    targetGradient: (target) => alone(() => targetGradient(objective, params, target)),
    targetAlong: (target, slopes, rows) =>
      alone(() => {
        const direct = targetThroughData(objective, params, target.pairs, slopes);
        return direct && Float64Array.from(rows, (row) => direct[row]);
      }),
    close: () => batch.close(),
  };
}

/** ∇J of an objective at parameters. */
export async function gradientAt(objective: Objective, params: Float64Array, run: RunContext): Promise<Float64Array> {
  const session = openObjective(objective, params, run);
  try {
    const gradient = new Float64Array(params.length);
    await session.evaluate(gradient);
    return gradient;
  } finally {
    session.close();
  }
}

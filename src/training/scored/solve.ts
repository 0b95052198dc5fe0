/** Solving with the Hessian of any model's objective: conjugate gradients, on all parameters or on some. */

import type { Curvature } from "../../kernel/kernels.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { sizeOf } from "../../model/model.ts";
import { addScaled } from "../../numeric/vector.ts";
import type { ScoredObjective } from "../../objective/scored.ts";
import { type Breathe, breather } from "../../run.ts";
import { preconditionerOf } from "./preconditioner.ts";
import { type Preconditioner, truncatedSolution } from "./truncated.ts";
import { openWhole } from "./whole.ts";

/** How a system is solved. */
export interface ScoredSolveOptions {
  /** Relative residual in the preconditioner's norm. Default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Default 1000. */
  readonly maxSteps?: number | undefined;
  /** Added to the diagonal; default 0: at a minimum the right-hand sides are orthogonal to what is singular. */
  readonly damping?: number | undefined;
  /** Default "full". Where that is not positive along the way, Gauss-Newton takes its place and the status says "negative-curvature". */
  readonly curvature?: Curvature | undefined;
  /** The parameters that may move; the others are held. Default all. */
  readonly support?: Uint32Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a solve ended. */
export interface ScoredSolution {
  readonly value: Float64Array;
  readonly status: SolveStatus;
  readonly steps: number;
  readonly residual: number;
}

/** A Hessian at a point, ready for many right-hand sides. */
export interface ScoredSolver {
  solve(rhs: Float64Array): Promise<ScoredSolution>;
  close(): void;
}

/** Prepares (H + damping)·x = rhs at `params`: builds the preconditioner. Cost of a solve: one product with H a step. */
export async function scoredSolver(
  objective: ScoredObjective,
  params: Float64Array,
  options: ScoredSolveOptions = {},
): Promise<ScoredSolver> {
  const { tolerance = 1e-8, maxSteps = 1000, damping = 0, curvature = "full", support } = options;
  const breathe: Breathe = breather(options.signal);
  const hold = holding(objective, support);
  const whole = openWhole(objective, breathe);
  const blocks = await preconditionerOf(objective, params, damping, breathe);
  const precondition: Preconditioner = (input, out) => {
    blocks(input, out);
    hold(out);
  };
  const by = async (rhs: Float64Array, kind: Curvature): Promise<ScoredSolution> =>
    truncatedSolution(
      async (input, out) => {
        await whole.product(params, input, out, kind);
        if (damping > 0) addScaled(out, damping, input);
        hold(out);
      },
      rhs,
      { tolerance, maxSteps, precondition },
    );
  return {
    async solve(rhs) {
      const held = rhs.slice();
      hold(held);
      const solution = await by(held, curvature);
      if (curvature === "gauss-newton" || solution.status !== "negative-curvature") return solution;
      const positive = await by(held, "gauss-newton");
      return positive.status === "converged" ? { ...positive, status: "negative-curvature" } : positive;
    },
    close: () => whole.close(),
  };
}

/** Sets to zero what may not move: all outside the support, and rows that no example and no L2 reads, along which H is zero. */
function holding(objective: ScoredObjective, support: Uint32Array | undefined): (vector: Float64Array) => void {
  const held = new Uint8Array(objective.parameterCount);
  if (support) {
    held.fill(1);
    for (const k of support) held[k] = 0;
  }
  holdUnread(objective, held);
  if (!held.includes(1)) return () => {};
  return (vector) => {
    for (let k = 0; k < vector.length; k++) if (held[k] === 1) vector[k] = 0;
  };
}

/** Marks the rows that nothing reads; in models that are not local, and in whole lists, others' examples read every row. */
function holdUnread(objective: ScoredObjective, held: Uint8Array): void {
  const { model, settings } = objective;
  const penalised = settings.regularizer === "table" && settings.l2 > 0;
  if (penalised || !model.local || settings.loss.form === "listwise") return;
  const { counts } = objective;
  for (const { shape, at, rowsOf } of model.tensors) {
    if (rowsOf === undefined) continue;
    const width = sizeOf(shape) / shape[0];
    for (let row = 0; row < shape[0]; row++)
      if (counts[`${rowsOf}s`][row] === 0) held.fill(1, at + row * width, at + (row + 1) * width);
  }
}

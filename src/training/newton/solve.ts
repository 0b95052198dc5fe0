/** Solving with the Hessian of any model's objective: conjugate gradients, on all parameters or on some. */

import type { Curvature } from "../../kernel/kernels.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { addScaled } from "../../numeric/vector.ts";
import { openFullBatch } from "../../objective/full-batch.ts";
import type { Objective } from "../../objective/objective.ts";
import { preconditionerOf } from "./preconditioner.ts";
import { projectionOf } from "./projection.ts";
import { type Preconditioner, type SolveRun, truncatedSolution } from "./truncated.ts";

/** How a system is solved. */
export interface SolveOptions {
  /** Relative residual in the preconditioner's norm. Default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Default 1000. */
  readonly maxSteps?: number | undefined;
  /** Added to the diagonal; default 0: rotations, along which H is singular, are kept out. */
  readonly damping?: number | undefined;
  /** Default "full". Where that is not positive along the way, Gauss-Newton takes its place and the status says "negative-curvature". */
  readonly curvature?: Curvature | undefined;
  /** The parameters that may move; the others are held. Default all. */
  readonly support?: Uint32Array | undefined;
}

/** Where a solve ended. */
export interface Solved {
  readonly value: Float64Array;
  readonly status: SolveStatus;
  readonly steps: number;
  readonly residual: number;
}

/** A Hessian at a point, ready for many right-hand sides. */
export interface HessianSolver {
  solve(rhs: Float64Array): Promise<Solved>;
  close(): void;
}

/** Prepares (H + damping)·x = rhs at `params`: builds the preconditioner. Cost of a solve: one product with H a step. */
export async function hessianSolver(
  objective: Objective,
  params: Float64Array,
  run: SolveRun,
  options: SolveOptions = {},
): Promise<HessianSolver> {
  const { tolerance = 1e-8, maxSteps = 1000, damping = 0, curvature = "full", support } = options;
  const project = projectionOf(objective, params, support);
  const whole = openFullBatch(objective, run);
  const blocks = await preconditionerOf(objective, params, damping, run);
  const precondition: Preconditioner = (input, out) => {
    blocks(input, out);
    project(out);
  };
  const by = async (rhs: Float64Array, kind: Curvature): Promise<Solved> =>
    truncatedSolution(
      async (input, out) => {
        await whole.product(params, input, out, kind);
        if (damping > 0) addScaled(out, damping, input);
        project(out);
      },
      rhs,
      { tolerance, maxSteps, precondition },
    );
  return {
    async solve(rhs) {
      const held = rhs.slice();
      project(held);
      const solution = await by(held, curvature);
      if (curvature === "gauss-newton" || solution.status !== "negative-curvature") return solution;
      const positive = await by(held, "gauss-newton");
      return positive.status === "converged" ? { ...positive, status: "negative-curvature" } : positive;
    },
    close: () => whole.close(),
  };
}

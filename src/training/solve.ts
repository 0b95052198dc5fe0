/** Solving with the Hessian of an objective at a point: users eliminated where there are closed forms, else conjugate gradients. */

import type { Curvature, FactorSession } from "../kernel/kernels.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { cholesky } from "../linear/cholesky.ts";
import { pseudoInverse } from "../linear/pseudo-inverse.ts";
import type { DenseMatrix } from "../linear/solver.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import { type Factorization, placesOf } from "../objective/factorization.ts";
import { openFullBatch } from "../objective/full-batch.ts";
import type { Objective } from "../objective/objective.ts";
import { factorRun, openFactors } from "./factors/opening.ts";
import { preparedHessian } from "./factors/schur.ts";
import { lissaSolver } from "./newton/lissa.ts";
import { type HessianSolver, hessianSolver, type Solved } from "./newton/solve.ts";

type DenseName = "cholesky" | "pseudo-inverse";

/** How a system is solved. */
export interface SolverSettings {
  /** Dense solvers are for small problems: they build H column by column; "lissa" draws rows. Default "iterative". */
  readonly solver?: "iterative" | DenseName | "lissa" | "lissa-printed" | undefined;
  /** Rows that lissa draws; default 100,000. */
  readonly samples?: number | undefined;
  /** Of lissa's draw; default 1. */
  readonly seed?: number | undefined;
  /** Relative residual of an iterative solution; default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Added to the diagonal; default 0: rotations, along which H is singular, are kept out. */
  readonly damping?: number | undefined;
  /** Default "full". */
  readonly curvature?: Curvature | undefined;
  /** The parameters that may move; the others are held. Default all. */
  readonly support?: Support | undefined;
}

/** Places of parameters; where they are those of the rows of some users, closed forms know their blocks. */
export interface Support {
  readonly places: Uint32Array;
  readonly users?: Uint32Array | undefined;
}

/** Prepares (H + damping)·x = rhs at `params`, for many right-hand sides. */
export async function solverAt(
  objective: Objective,
  params: Float64Array,
  run: RunContext,
  settings: SolverSettings = {},
): Promise<HessianSolver> {
  const { solver = "iterative", damping = 0, curvature = "full", support, ...rest } = settings;
  if (solver === "lissa" || solver === "lissa-printed") {
    const { samples = 100_000, seed = 1, tolerance = 1e-8 } = settings;
    const printed = solver === "lissa-printed";
    return lissaSolver(objective, params, run, {
      ...{ samples, seed, tolerance, damping, printed },
      support: support?.places,
    });
  }
  if (solver !== "iterative") return denseSolver(objective, params, run, { ...settings, solver });
  const closed = closedFormsOf(objective);
  if (closed && damping === 0 && curvature === "full") {
    if (support === undefined) return schurSolver(closed, params, run, rest.tolerance);
    if (support.users !== undefined) return userBlocks(closed, params, run, support.users);
  }
  return hessianSolver(objective, params, run, { ...rest, damping, curvature, support: support?.places });
}

function openAt(closed: Factorization, params: Float64Array, run: RunContext): Promise<FactorSession> {
  return openFactors(closed, factorRun(run), params);
}

async function schurSolver(
  closed: Factorization,
  params: Float64Array,
  run: RunContext,
  tolerance = 1e-8,
): Promise<HessianSolver> {
  const session = await openAt(closed, params, run);
  try {
    const solve = await preparedHessian(closed, session, run);
    return {
      async solve(rhs) {
        await run.yieldToEventLoop();
        return solve(rhs, { tolerance });
      },
      close: () => session.close(),
    };
  } catch (error) {
    session.close();
    throw error;
  }
}

/** H_uu⁻¹·rhs on the rows of these users; zero elsewhere. */
async function userBlocks(
  closed: Factorization,
  params: Float64Array,
  run: RunContext,
  users: Uint32Array,
): Promise<HessianSolver> {
  const session = await openAt(closed, params, run);
  const failed = session.factorise("user", users);
  const { stride, itemsAt } = placesOf(closed.shape);
  return {
    async solve(rhs): Promise<Solved> {
      const selected = new Float64Array(itemsAt);
      for (const u of users) selected.set(rhs.subarray(u * stride, (u + 1) * stride), u * stride);
      const value = new Float64Array(params.length);
      session.applyInverse("user", selected, value.subarray(0, itemsAt));
      return { value, status: failed > 0 ? "breakdown" : "converged", steps: 1, residual: 0 };
    },
    close: () => session.close(),
  };
}

async function denseSolver(
  objective: Objective,
  params: Float64Array,
  run: RunContext,
  { solver, damping = 0, curvature = "full", support }: SolverSettings & { readonly solver: DenseName },
): Promise<HessianSolver> {
  const matrix = await denseHessian(objective, params, run, curvature, support?.places);
  for (let k = 0; k < matrix.order; k++) matrix.values[k * (matrix.order + 1)] += damping;
  const prepared = (solver === "cholesky" ? cholesky() : pseudoInverse()).prepare(matrix);
  const places = support?.places;
  return {
    async solve(rhs) {
      const solution = await prepared.solve(places ? Float64Array.from(places, (place) => rhs[place]) : rhs);
      if (places === undefined) return solution;
      const value = new Float64Array(params.length);
      places.forEach((place, k) => {
        value[place] = solution.value[k];
      });
      return { ...solution, value };
    },
    close: () => {},
  };
}

/** H, or its block on some places, column by column. */
export async function denseHessian(
  objective: Objective,
  params: Float64Array,
  run: RunContext,
  curvature: Curvature,
  places: ArrayLike<number> = Uint32Array.from(params.keys()),
): Promise<DenseMatrix> {
  const order = places.length;
  const values = new Float64Array(order * order);
  const unit = new Float64Array(params.length);
  const column = new Float64Array(params.length);
  const batch = openFullBatch(objective, run);
  try {
    for (let c = 0; c < order; c++) {
      unit[places[c]] = 1;
      await batch.product(params, unit, column, curvature);
      unit[places[c]] = 0;
      for (let r = 0; r < order; r++) values[r * order + c] = column[places[r]];
    }
  } finally {
    batch.close();
  }
  return { order, values };
}

/** A ball that holds the optimum: two Newton steps without some rows, and how far the optimum can be from where they end. */

import type { FactorSession } from "../../kernel/kernels.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { lanczos } from "../../linear/lanczos.ts";
import type { LinearOperator } from "../../linear/solver.ts";
import { randomOf } from "../../numeric/random.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { standing } from "./descent.ts";
import { convergenceRadius, hessianSlope } from "./hessian-slope.ts";
import { inverseBound } from "./inverse-bound.ts";
import { newton } from "./newton.ts";
import { factoriseBoth, factorRun, openFactors } from "./opening.ts";
import { descend, withEmptyRowsZero } from "./reoptimise.ts";

/** Where two steps end, and the distance within which there is an optimum, rotations left out. */
export interface Enclosure {
  /** In the rotation of the model. */
  readonly params: Float64Array;
  readonly gradientNorm: number;
  /** NaN: not determined, as the curvature may vanish before the ball ends. */
  readonly radius: number;
}

/** What the objective's own kind of model knows of rotations. */
export interface Turns {
  /** Removes rotations at the model's parameters, and what nothing holds, from a vector, in place. */
  readonly project: (vector: Float64Array) => void;
  /** Parameters turned to where they are closest to the model's. */
  readonly toward: (params: Float64Array) => Float64Array;
  /** How much farther parameters may be from the model's until their rotations can be at right angles to those there. */
  readonly room: (params: Float64Array) => number;
}

/** Balls around optima near a model. */
export interface Enclosures {
  without(retain: Factorization, turns: Turns): Promise<Enclosure>;
  close(): void;
}

/** Two steps; where they do not tell one more, one more, and as many as it takes; how far each is solved, and the ‖∇J‖ that is enough. */
const newtonSteps = [2, 1, 1, 60];
const forcing = 1e-3;
const tolerance = 1e-9;
/** Steps of Lanczos that look for the smallest of a spectrum, and for the largest of another. */
const lanczosSteps = { smallest: 16, lost: 8 };

/**
 * Prepares balls around optima near `params`. With κ the smallest eigenvalue of H there, off the rotations, and t the largest by which H₋ at the second point falls short
 * of H in the metric of H, the curvature at the second point is at least (1 − t)κ; both come from G ≥ H⁺, so that they err to the safe side but for
 * what Lanczos has not found. Around the point H₋ changes by at most L a distance, and the optimum is within r = ‖∇J₋‖/κ₋ where (1 − t)κ − L·r ≥ κ₋ > 0
 * (Kantorovich's condition). `gradientNorm` is that of the model. Undefined where the model is at no strict minimum.
 */
export async function enclosuresAt(
  objective: Factorization,
  params: Float64Array,
  { project, room }: Turns,
  gradientNorm: number,
  run: RunContext,
): Promise<Enclosures | undefined> {
  const session = await openFactors(objective, factorRun(run), params);
  const failed = await factoriseBoth(session, run.yieldToEventLoop);
  const bound = failed > 0 ? undefined : await inverseBound(objective, session, run);
  // Along rotations H is as large as the gradient is, over the size of the factors.
  const smallest = bound && (await smallestOf(bound, project, run)) - gradientNorm / room(params);
  if (bound === undefined || smallest === undefined || !(smallest > 0)) {
    session.close();
    return undefined;
  }
  return {
    without: (retain, turns) => enclose({ session, bound, smallest, params }, retain, turns, run),
    close: () => session.close(),
  };
}

interface Model {
  readonly session: FactorSession;
  readonly bound: LinearOperator;
  readonly smallest: number;
  readonly params: Float64Array;
}

async function enclose(model: Model, retain: Factorization, turns: Turns, run: RunContext): Promise<Enclosure> {
  let radius = Number.NaN;
  const options = { ...run, onProgress: undefined, kernels: run.kernels.factors, tolerance };
  const { params, gradientNorm } = await descend(retain, options, async (descent) => {
    const { session } = descent;
    let params = withEmptyRowsZero(retain, model.params);
    let stands = { value: Number.NaN, gradientNorm: Number.NaN };
    for (const maxSteps of newtonSteps) {
      session.setPoint(params);
      await newton(descent, { maxSteps, forcing });
      session.getPoint(params);
      params = turns.toward(params);
      session.setPoint(params);
      stands = standing(descent);
      radius = await radiusAt(model, retain, params, { ...turns, session, gradientNorm: stands.gradientNorm }, run);
      if (radius < Number.POSITIVE_INFINITY) break;
    }
    return { params, ...stands, status: "converged" };
  });
  return { params, gradientNorm, radius };
}

async function radiusAt(
  model: Model,
  retain: Factorization,
  params: Float64Array,
  { session, gradientNorm, ...turns }: Turns & { readonly session: FactorSession; readonly gradientNorm: number },
  run: RunContext,
): Promise<number> {
  const left = 1 - (await lostShare(model, session, turns, run));
  const slope = hessianSlope(retain, params);
  // Sums of so many terms round.
  const radius = convergenceRadius(left * model.smallest, slope, gradientNorm + 2 ** -48 * slope);
  return radius < turns.room(params) ? radius : Number.NaN;
}

/** About the smallest eigenvalue of H off the rotations, from below: one over the largest of G. */
async function smallestOf(bound: LinearOperator, project: Turns["project"], run: RunContext): Promise<number> {
  const random = randomOf(1, "curvature");
  const start = Float64Array.from({ length: bound.size }, () => random.normal());
  const projected = projecting(bound, project);
  const options = { steps: lanczosSteps.smallest, project, onStep: run.yieldToEventLoop };
  const { values, errors } = await lanczos(projected, start, options);
  return 1 / (values[0] + errors[0]);
}

/** The largest t with H − H₋ ≤ t·H, H₋ at the session's point: from a start that only what changed can reach. */
async function lostShare({ session: before, bound }: Model, after: FactorSession, turns: Turns, run: RunContext) {
  const { project } = turns;
  const product = new Float64Array(bound.size);
  const lost: LinearOperator = {
    size: bound.size,
    apply(input, output) {
      before.hessianProduct(input, output, "full");
      after.hessianProduct(input, product, "full");
      for (let k = 0; k < output.length; k++) output[k] -= product[k];
    },
  };
  const random = randomOf(1, "lost curvature");
  const any = Float64Array.from({ length: bound.size }, () => random.normal());
  project(any);
  const start = new Float64Array(bound.size);
  await lost.apply(any, start);
  const { values, errors } = await lanczos(lost, start, {
    steps: lanczosSteps.lost,
    preconditioner: projecting(bound, project),
    project,
    enough: ({ values: [largest], errors: [error] }) => error < 0.02 * Math.abs(1 - largest),
    onStep: run.yieldToEventLoop,
  });
  // Nothing changed: no vector to begin with.
  return values.length === 0 ? 0 : Math.max(0, values[0] + errors[0]);
}

function projecting(operator: LinearOperator, project: Turns["project"]): LinearOperator {
  return {
    size: operator.size,
    async apply(input, output) {
      await operator.apply(input, output);
      project(output);
    },
  };
}

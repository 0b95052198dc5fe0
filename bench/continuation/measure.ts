/** Trainings of one problem, along the path and from random factors, with what they cost. */

import type { Interactions } from "../../src/data/index.ts";
import type { FactorKernels } from "../../src/kernel/kernels.ts";
import { scores } from "../../src/model/factor-model.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import type { Factorization } from "../../src/objective/factorization.ts";
import { train } from "../../src/training/factors/als-newton.ts";
import { topPair } from "../../src/training/factors/duality.ts";
import { continued } from "../../src/training/factors/path/continuation.ts";
import { type DescentOptions, descend, type Optimum, reoptimise } from "../../src/training/factors/reoptimise.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import { toleranceOn, usualTolerance } from "../../src/training/tolerance.ts";

/** An optimum, and what it cost. */
export interface Ended extends Optimum {
  readonly objective: Factorization;
  /** Of the processor, over all threads, in seconds. */
  readonly processor: number;
  /** Over the data, in kernels. */
  readonly passes: number;
}

/** How problems are trained. */
export type Ways = ReturnType<typeof waysWith>;

/** The three ways of coming to an optimum. */
export function waysWith(kernels: FactorKernels) {
  const ended = (objective: Factorization, work: (options: DescentOptions) => Promise<Optimum>) =>
    endOf(objective, kernels, work);
  return {
    kernels,
    alongPath: (objective: Factorization, ratio?: number) =>
      ended(objective, (options) => continued(objective, { ...options, ratio })),
    fromSeed: (objective: Factorization, seed: number) =>
      ended(objective, (options) => train(objective, { ...options, seed })),
    from: (objective: Factorization, { params }: Optimum) =>
      ended(objective, (options) => reoptimise(objective, params, options)),
  };
}

async function endOf(
  objective: Factorization,
  kernels: FactorKernels,
  work: (options: DescentOptions) => Promise<Optimum>,
): Promise<Ended> {
  let rows = 0;
  const onRows = (count: number) => {
    rows += count;
  };
  const { tolerance } = toleranceOn(differentiable(objectiveSettings(objective.settings), objective.interactions), {
    relativeTolerance: usualTolerance,
  });
  const before = process.cpuUsage();
  const optimum = await work({ kernels, tolerance, onRows });
  const { user, system } = process.cpuUsage(before);
  return { ...optimum, objective, processor: (user + system) / 1e6, passes: rows / objective.interactions.size };
}

/** The root mean square of the differences of two models' scores over pairs. */
export function distance(a: Ended, b: Ended, { users, items, size }: Interactions): number {
  const [ofA, ofB] = [a, b].map((ended) => scores(modelOf(ended), users, items));
  return Math.sqrt(ofA.reduce((sum, score, k) => sum + (score - ofB[k]) ** 2, 0) / size);
}

/** (J of a − J of b)/J of b. */
export function lead(a: Optimum, b: Optimum): number {
  return (a.value - b.value) / Math.abs(b.value);
}

/** σ₁ of the residuals over λ at an optimum: at most 1 where it is the global one among all numbers of factors. */
export function sigmaOf({ objective, params }: Ended, kernels: FactorKernels): Promise<number> {
  return descend(objective, { kernels }, async ({ session, yieldToEventLoop }) => {
    session.setPoint(params);
    const residuals = new Float64Array(objective.interactions.size);
    session.residuals(residuals);
    const { sigma } = await topPair(objective, params, residuals, yieldToEventLoop);
    return sigma / objective.settings.l2;
  });
}

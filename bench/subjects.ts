/** Trained models as benches need them, and how they are asked. */

import type { Rows } from "../src/data/interactions.ts";
import type { FactorKernels } from "../src/kernel/kernels.ts";
import { type Kernels, type RunContext, runContext } from "../src/kernel/run-context.ts";
import { type PreparedEstimator, worstOf } from "../src/method/estimator.ts";
import { interactionPlayers, measureOf } from "../src/method/index.ts";
import { differentiable } from "../src/objective/differentiable.ts";
import { objectiveSettings } from "../src/objective/factor-settings.ts";
import type { Target } from "../src/objective/target.ts";
import { alsNewton, smoothModel, type Trained, type TrainedModel } from "../src/training/index.ts";

/** Parameters of closed forms as a trained model. */
export function modelFrom({ objective: closed, seed, ...found }: Trained): TrainedModel {
  const settings = objectiveSettings(closed.settings);
  return smoothModel({
    ...found,
    objective: differentiable(settings, closed.interactions),
    trainer: alsNewton(settings),
    seed,
  });
}

/** A context whose kernels of closed forms are these. */
export function runWith(kernels: Kernels, factors: FactorKernels = kernels.factors): RunContext {
  return runContext({
    factors,
    get matrices() {
      return kernels.matrices;
    },
    get triples() {
      return kernels.triples;
    },
    close: () => kernels.close(),
  });
}

/** Influence of single rows on a target. */
export async function influences(prepared: PreparedEstimator, { unit }: TrainedModel, target: Target, rows: Rows) {
  const found = await prepared.estimate([measureOf(target, unit)], interactionPlayers(rows));
  return { scores: found.values, status: worstOf(found) };
}

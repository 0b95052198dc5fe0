/** Trained models for laws, and how methods of the catalogues are asked about them. */

import type { Rows } from "../../src/data/interactions.ts";
import type { RunContext } from "../../src/kernel/run-context.ts";
import type { SolveStatus } from "../../src/linear/solver.ts";
import { type Estimator, worstOf } from "../../src/method/estimator.ts";
import { type GivenSettings, interactionPlayers, type Method, measureOf } from "../../src/method/index.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import type { Objective } from "../../src/objective/objective.ts";
import type { Target } from "../../src/objective/target.ts";
import {
  alsNewton,
  byBatches,
  type Recipe,
  type Smooth,
  smoothModel,
  standardRecipe,
  type Trained,
  type TrainedModel,
} from "../../src/training/index.ts";
import type { ForgetOptions, Forgotten, Unlearner } from "../../src/unlearning/index.ts";
import { run } from "./run.ts";

/** Parameters of closed forms as a trained model. */
export function modelFrom(trained: Trained, seed = trained.seed): TrainedModel {
  const settings = objectiveSettings(trained.objective.settings);
  const objective = differentiable(settings, trained.objective.interactions);
  const { params, status, value, gradientNorm, tolerance } = trained;
  return smoothModel({ objective, params, status, value, gradientNorm, tolerance, trainer: alsNewton(settings), seed });
}

/** Parameters of any objective as a model that batches trained. */
export function batchModel(
  objective: Objective,
  found: Pick<Smooth, "params" | "status" | "value" | "gradientNorm"> & { readonly tolerance?: number },
  recipe: Partial<Recipe> = {},
  seed = 1,
): TrainedModel {
  const trainer = byBatches(objective.settings, { ...standardRecipe, ...recipe });
  const { params, status, value, gradientNorm, tolerance } = found;
  return smoothModel({ objective, params, status, value, gradientNorm, tolerance, trainer, seed });
}

/** The smooth part of a model that has one. */
export function smoothOf({ smooth }: TrainedModel): Smooth {
  if (smooth === undefined) throw new Error("no parameters");
  return smooth;
}

/** What an estimator finds of single rows. */
export interface Influences {
  readonly scores: Float64Array;
  readonly status: SolveStatus;
  readonly residual: number;
}

/** Influence of single rows on a target, freshly prepared. */
export async function influenceOf(
  method: Method<Estimator>,
  model: TrainedModel,
  target: Target,
  rows: Rows,
  settings: GivenSettings = {},
  context: RunContext = run,
): Promise<Influences> {
  const prepared = await method.make(settings).prepare(model, context);
  try {
    const found = await prepared.estimate([measureOf(target, model.unit)], interactionPlayers(rows));
    return { scores: found.values, status: worstOf(found), residual: found.residual };
  } finally {
    prepared.close();
  }
}

/** Forgets rows by a method of the catalogue. */
export function forgetBy(
  method: Method<Unlearner>,
  model: TrainedModel,
  rows: Rows,
  options: ForgetOptions = {},
  settings: GivenSettings = {},
  context: RunContext = run,
): Promise<Forgotten> {
  return method.make(settings).forget(model, rows, context, options);
}

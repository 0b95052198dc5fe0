/** The ways of training a differentiable objective, as values with all their settings. */

import { LetheError } from "../errors.ts";
import { closedFormsOf, factorizationSettings } from "../objective/closed-forms.ts";
import { differentiable } from "../objective/differentiable.ts";
import type { Factorization } from "../objective/factorization.ts";
import type { Objective, ObjectiveSettings } from "../objective/objective.ts";
import type { Recipe } from "./batches/recipe.ts";
import { startFrom, startOf, trainByBatches } from "./batches/train.ts";
import { randomStart, type TrainOptions, train } from "./factors/als-newton.ts";
import { continued } from "./factors/path/continuation.ts";
import type { Optimum } from "./factors/reoptimise.ts";
import { toleranceOn, usualTolerance } from "./tolerance.ts";
import { type Beginning, smoothModel, type Trainer, type TrainingData, type TrainRun } from "./trained-model.ts";

/** A trainer in the catalogue. */
export interface TrainerEntry {
  readonly name: string;
  readonly summary: string;
  make(settings: ObjectiveSettings, recipe: Recipe): Trainer;
}

function objectiveOn(
  settings: ObjectiveSettings,
  { interactions, keys, negatives }: TrainingData,
  { kernels }: TrainRun,
): Objective {
  // Closed forms make no products of matrices.
  const matrices = factorizationSettings(settings) ? undefined : kernels.matrices;
  return differentiable(settings, interactions, keys, { negatives, matrices });
}

/** How closed forms are trained. */
export interface AlsNewtonSettings {
  /** Default "continuation", which draws nothing: every seed gives the same model. */
  readonly begins?: Beginning | undefined;
  /** Tells where the parameters came from. */
  readonly name?: string | undefined;
}

/** Closed forms: alternating least squares, and Newton with the users eliminated, to ‖∇J‖ ≤ tolerance. */
export function alsNewton(
  settings: ObjectiveSettings,
  { begins = "continuation", name = "als-newton" }: AlsNewtonSettings = {},
): Trainer {
  if (factorizationSettings(settings) === undefined) throw noClosedForms();
  const self: Trainer = {
    name,
    settings: {},
    toOptimum: true,
    begins,
    // The path begins where no factor lives: nothing is drawn.
    ...(begins === "random" ? { start: drawnStart } : {}),
    async train(data, seed, run) {
      const objective = objectiveOn(settings, data, run);
      const closed = closedFormsOf(objective);
      if (closed === undefined) throw noClosedForms();
      const { tolerance, relativeTolerance = tolerance === undefined ? usualTolerance : undefined } = run;
      const wanted = toleranceOn(objective, { tolerance, relativeTolerance });
      const { params, value, gradientNorm, status } = await trainFrom(begins, closed, {
        ...run,
        kernels: run.kernels.factors,
        seed,
        tolerance: wanted.tolerance,
        itemKeys: data.keys.items,
      });
      return smoothModel({
        objective,
        params,
        value,
        gradientNorm,
        status,
        ...wanted,
        trainer: alsNewton(settings, { begins }),
        seed,
      });
    },
  };
  return self;
}

function drawnStart(objective: Objective, seed: number): Float64Array {
  const closed = closedFormsOf(objective);
  if (closed === undefined) throw noClosedForms();
  return randomStart(closed, seed, objective.keys.items);
}

function trainFrom(begins: Beginning, objective: Factorization, options: TrainOptions): Promise<Optimum> {
  return begins === "continuation" ? continued(objective, options) : train(objective, options);
}

function noClosedForms(): LetheError {
  return new LetheError(
    "unsupported",
    "als-newton needs closed forms: matrix factorization under squared loss on ratings, or on all pairs",
    "train by batches",
  );
}

/** Batches by a recipe, and Newton's method afterwards where the recipe says so. */
export function byBatches(settings: ObjectiveSettings, recipe: Recipe): Trainer {
  const polished = recipe.polish && recipe.optimizer !== "newton";
  const self: Trainer = {
    name: polished ? `${recipe.optimizer}-newton` : recipe.optimizer,
    settings: { ...recipe },
    recipe,
    toOptimum: recipe.polish || recipe.optimizer === "newton",
    takesStart: true,
    start: (objective, seed) => startOf(objective, { seed }),
    async train(data, seed, run) {
      const objective = objectiveOn(settings, data, run);
      const { params, value, gradientNorm, status, tolerance, ...recording } = await trainByBatches(
        objective,
        recipe,
        run,
        { ...epochOptions(run, seed), start: run.start && startFrom(objective, run.start, seed) },
      );
      // What a refit has to do: as many epochs, and no validation.
      const chosen = run.validate !== undefined && recording.breakdown === undefined;
      const trainer = chosen ? byBatches(settings, { ...recipe, epochs: recording.epochs, patience: 0 }) : self;
      return smoothModel({
        ...{ objective, params, value, gradientNorm, status, tolerance, trainer, seed },
        recording: { log: recording.log, epochs: recording.epochs, breakdown: recording.breakdown },
      });
    },
  };
  return self;
}

function epochOptions({ tolerance, maxSteps, validate, onEpoch, onBatch, resume }: TrainRun, seed: number) {
  return { tolerance, maxSteps, validate, onEpoch, onBatch, resume, seed };
}

/** Every trainer of differentiable objectives, in order. */
export const smoothTrainers: readonly TrainerEntry[] = [
  {
    name: "als-newton",
    summary: "alternating least squares, then truncated Newton with the users eliminated, to ‖∇J‖ ≤ tolerance",
    make: (settings) => alsNewton(settings),
  },
  {
    name: "adam",
    summary: "batches by Adam, rows of tables moved only when a batch touches them",
    make: (settings, recipe) => byBatches(settings, { ...recipe, optimizer: "adam" }),
  },
  {
    name: "sgd",
    summary: "batches by stochastic gradient descent, with momentum",
    make: (settings, recipe) => byBatches(settings, { ...recipe, optimizer: "sgd" }),
  },
  {
    name: "newton",
    summary: "a few epochs of Adam, then truncated Newton on the whole objective, to ‖∇J‖ ≤ tolerance",
    make: (settings, recipe) => byBatches(settings, { ...recipe, optimizer: "newton" }),
  },
];

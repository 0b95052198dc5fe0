/** Where training stands between two epochs: enough to go on to the same bytes, and to say how it went so far. */

import { LetheError } from "../../errors.ts";
import type { Objective } from "../../objective/objective.ts";
import { type OptimizerState, type Remembered, remembered } from "./optimizer-state.ts";
import type { Recipe } from "./recipe.ts";

/** What a validation found; larger is better. */
export interface Validation {
  readonly metric: string;
  readonly value: number;
}

/** How an epoch went. */
export interface EpochEntry {
  /** From 0. */
  readonly epoch: number;
  /** Mean of ℓ a unit, without L2, each unit at the parameters that its batch found. */
  readonly loss: number;
  readonly learningRate: number;
  readonly validation: Validation | undefined;
}

/** The epoch whose validation was best so far, and the parameters after it. */
export interface BestEpoch {
  readonly epoch: number;
  readonly value: number;
  readonly params: Float64Array;
}

/** Training after an epoch. Nothing in it changes while training goes on. */
export interface Checkpoint extends Remembered {
  /** Epochs that are done. */
  readonly epoch: number;
  /** Steps that are done. */
  readonly step: number;
  readonly log: readonly EpochEntry[];
  readonly best: BestEpoch | undefined;
}

/** A copy of where training stands. */
export function checkpointOf(
  memory: OptimizerState,
  log: readonly EpochEntry[],
  best: BestEpoch | undefined,
): Checkpoint {
  return { ...remembered(memory), epoch: log.length, step: memory.steps.all, log: log.slice(), best };
}

/** Throws `bad-input` when a checkpoint belongs to another objective or recipe. */
export function checkResumable(objective: Objective, recipe: Recipe, checkpoint: Checkpoint): void {
  const { params, moments, steps, epoch, log } = checkpoint;
  const { userCount, itemCount } = objective.interactions;
  const expected = recipe.optimizer === "sgd" ? (recipe.momentum > 0 ? 1 : 0) : 2;
  const fits =
    params.length === objective.parameterCount &&
    moments.length === expected &&
    moments.every(({ length }) => length === params.length) &&
    steps.user.length === userCount &&
    steps.item.length === itemCount &&
    log.length === epoch;
  if (!fits)
    throw new LetheError(
      "bad-input",
      "the checkpoint does not belong to this objective and recipe",
      "resume with the objective and the recipe that it was made with",
    );
}

/** One step of a training that is retraced. */

import type { Objective } from "../../objective/objective.ts";
import type { Batch } from "../batches/batch-log.ts";
import type { MovedStretches } from "../batches/moved.ts";

/** A step of the training, as it is about to be made. `params` are those before it, and overwritten by it: who keeps them copies them. */
export interface TracedStep extends Batch {
  /** With the negatives of the step's epoch. */
  readonly objective: Objective;
  /** What the trainer divides the gradients of the batch by. */
  readonly divisor: number;
  /** What the step moves, and how its share of the L2 pulls there. */
  readonly moved: MovedStretches;
}

/** Told a step; the next one waits for it. */
export type VisitStep = (step: TracedStep) => Promise<void> | void;

/** Erasure requests for tests and comparisons: which interactions are to be forgotten, chosen by a rule and a seed. */

import type { Dataset } from "../data/dataset.ts";
import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { TrainedModel } from "../training/trained-model.ts";

/** A trained model with its outside names. */
export interface NamedTrained {
  readonly trained: TrainedModel;
  readonly dataset: Dataset;
}

/** A rule that chooses what is to be forgotten. */
export interface RequestRule {
  /** What its requests are made of: users or items with all of their rows, or single interactions. */
  readonly of: "users" | "items" | "interactions";
  /**
   * One forget set or several that follow each other, each in ascending rows of the model that is given here. The same model and settings give
   * the same rows. Throws `bad-input` where so much is not there, and where nothing would remain.
   */
  choose(model: NamedTrained, run: RunContext): Promise<readonly Rows[]>;
}

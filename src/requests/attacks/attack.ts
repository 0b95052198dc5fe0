/** Planted attacks: made-up profiles that are to lift or sink one item, so that forgetting them can be tested. */

import type { Dataset } from "../../data/dataset.ts";
import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** What is attacked: data, and for some attacks the model that was trained on them. */
export interface Victim {
  readonly dataset: Dataset;
  readonly trained?: TrainedModel | undefined;
}

/** The data with the profiles in them. */
export interface Poisoned {
  /** All rows as they were, then those of the profiles, one profile after another; times that are not known are NaN. */
  readonly dataset: Dataset;
  /** Outside ids of the profiles, and how all of them and nobody else's begin. */
  readonly users: readonly string[];
  readonly prefix: string;
  /** Rows of the profiles, ascending. */
  readonly rows: Rows;
  /** Index of the item that is attacked, and what every profile rates it. */
  readonly item: number;
  readonly rating: number;
  /** How the numerics ended; "converged" where there are none. */
  readonly status: SolveStatus;
}

/** A way of making up profiles. */
export interface Attack {
  /** Throws `bad-input` and `unknown-id` for settings that do not fit the data. */
  plant(victim: Victim, run: RunContext): Promise<Poisoned>;
}

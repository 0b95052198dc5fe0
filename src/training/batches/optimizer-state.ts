/** What training carries from step to step: parameters, the optimizer state, and how often each row has moved. */

import type { Objective } from "../../objective/objective.ts";
import { adam } from "./adam.ts";
import type { Ground, Optimizer } from "./optimizer.ts";
import type { Recipe } from "./recipe.ts";
import { sgd } from "./sgd.ts";

/** How many steps have moved each user's and item's rows, and the rest. */
export interface StepCounts {
  readonly user: Uint32Array;
  readonly item: Uint32Array;
  /** Steps of all parameters that are not in a row of their own: all steps. */
  all: number;
}

/** Training between two steps. */
export interface OptimizerState extends Ground {
  readonly optimizer: Optimizer;
  readonly steps: StepCounts;
}

/** A copy of a memory that stands by itself. */
export interface Remembered {
  readonly params: Float64Array;
  readonly moments: readonly Float64Array[];
  readonly steps: Readonly<StepCounts>;
}

/** A memory that begins at these parameters, or goes on where another was copied. */
export function optimizerStateOf(
  { interactions }: Objective,
  recipe: Recipe,
  from: Float64Array | Remembered,
): OptimizerState {
  const earlier = from instanceof Float64Array ? undefined : from;
  const params = (from instanceof Float64Array ? from : from.params).slice();
  const ground = { params, gradient: new Float64Array(params.length) };
  return {
    ...ground,
    optimizer:
      recipe.optimizer === "sgd" ? sgd(ground, recipe.momentum, earlier?.moments) : adam(ground, earlier?.moments),
    steps: {
      user: earlier?.steps.user.slice() ?? new Uint32Array(interactions.userCount),
      item: earlier?.steps.item.slice() ?? new Uint32Array(interactions.itemCount),
      all: earlier?.steps.all ?? 0,
    },
  };
}

/** Copies a memory. */
export function remembered({ params, optimizer, steps }: OptimizerState): Remembered {
  return {
    params: params.slice(),
    moments: optimizer.moments.map((moment) => moment.slice()),
    steps: { user: steps.user.slice(), item: steps.item.slice(), all: steps.all },
  };
}

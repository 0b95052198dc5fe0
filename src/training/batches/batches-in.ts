/** The batches of one epoch, in their order: what training walks through, and what retraces it. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Objective } from "../../objective/objective.ts";
import { unitOrder } from "./order.ts";
import { learningRateIn, type Recipe } from "./recipe.ts";

/** An epoch that is about to begin. */
export interface EpochBatches {
  /** With the negatives of this epoch: the first has the objective's own. */
  readonly objective: Objective;
  readonly learningRate: number;
  /** Units of each batch. */
  readonly batches: readonly Uint32Array[];
  /** Units of all batches. */
  readonly size: number;
}

/** The batches of an epoch, counted from 0: all that a recipe and a seed decide about it. */
export async function batchesIn(
  objective: Objective,
  recipe: Recipe,
  seed: number,
  epoch: number,
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
): Promise<EpochBatches> {
  const drawn = objectiveIn(objective, recipe, epoch);
  await yieldToEventLoop();
  const order = unitOrder(drawn, seed, epoch);
  const batches = Array.from({ length: Math.ceil(order.length / recipe.batch) }, (_, n) =>
    order.subarray(n * recipe.batch, (n + 1) * recipe.batch),
  );
  return { objective: drawn, learningRate: learningRateIn(recipe, epoch), batches, size: order.length };
}

/** The objective that an epoch's batches are taken from. */
export function objectiveIn(objective: Objective, recipe: Recipe, epoch: number): Objective {
  return recipe.redraw && recipe.optimizer !== "newton" && epoch > 0 ? objective.redrawn(epoch) : objective;
}

/** A trained model on other rows: what training on them gives, from where the model stands. */

import { differentiable } from "../objective/differentiable.ts";
import type { Objective } from "../objective/objective.ts";
import { startFrom } from "./batches/train.ts";
import { minimise } from "./minimise.ts";
import { newRowsOf, nextNegatives } from "./next-rows.ts";
import { movedParams } from "./reindexed.ts";
import { type NextRows, type Smooth, smoothModel, type TrainedModel, type TrainRun } from "./trained-model.ts";

/** A model on other rows, and how it came there. */
export interface Updated {
  readonly model: TrainedModel;
  /** Minimised from where the model stood, in its members that were hit, or trained from scratch. */
  readonly way: "minimised" | "members" | "anew";
  readonly membersHit?: number | undefined;
  /** Rows that keep frozen negatives which training anew would draw otherwise. */
  readonly rowsApart: number;
}

/** Whether a model stands at an optimum, or would if its trainer had arrived, so that other rows are a matter of going on from there. */
export function goesToOptimum({ trainer, smooth }: TrainedModel): boolean {
  return trainer.toOptimum || smooth?.status === "converged";
}

/**
 * The model that training on the next rows gives, by the model's own trainer and seed: minimised from where it stands where that is an optimum;
 * of a sharded model the members whose rows are others trained again; else trained from scratch.
 */
export async function updated(model: TrainedModel, next: NextRows, run: TrainRun): Promise<Updated> {
  if (model.onNextRows) return { ...(await model.onNextRows(next, run)), way: "members" };
  const { smooth, trainer, seed } = model;
  const drawn = smooth ? nextNegatives(smooth.objective, next) : { rowsApart: 0 };
  const data = { ...next.data, negatives: drawn.negatives };
  const { rowsApart } = drawn;
  if (smooth === undefined || !goesToOptimum(model))
    return { model: await trainer.train(data, seed, run), way: "anew", rowsApart };
  const objective = carried(model, { ...next, data });
  const { tolerance = smooth.tolerance, maxSteps } = run;
  const optimum = await minimise(objective.objective, objective.start, run, { tolerance, maxSteps });
  const { params, status, value, gradientNorm } = optimum;
  const there = { objective: objective.objective, params, status, value, gradientNorm, tolerance };
  return { model: smoothModel({ ...there, trainer, seed, origin: model.origin }), way: "minimised", rowsApart };
}

/** The objective on the next rows, and the parameters to begin at: those of the model, and of whoever is new as the seed draws them. */
function carried(model: TrainedModel, next: NextRows): { readonly objective: Objective; readonly start: Float64Array } {
  const { objective: before, params } = model.smooth as Smooth;
  const { interactions, keys, negatives } = next.data;
  const objective = differentiable(before.settings, interactions, keys, { negatives, matrices: before.matrices });
  const rows = newRowsOf(model, next);
  // A product of two rows of zeros has no slope: whoever is new begins elsewhere.
  const some = {
    user: new Set(Array.from(rows, (row) => interactions.users[row])),
    item: new Set(Array.from(rows, (row) => interactions.items[row])),
  };
  return {
    objective,
    start: startFrom(objective, movedParams(before, params, objective, next.moved), model.seed, some),
  };
}

/** A trained model on other rows: what training on them gives, from where the model stands. */

import { rowAt, type TensorPlace } from "../model/tensors.ts";
import { differentiable } from "../objective/differentiable.ts";
import type { Objective } from "../objective/objective.ts";
import { startFrom } from "./batches/train.ts";
import { minimise } from "./minimise.ts";
import { newRowsOf, nextNegatives } from "./next-rows.ts";
import { movedParams } from "./reindexed.ts";
import { alternates, sweeps } from "./steps.ts";
import { askedOr, type Tolerance, toleranceOn } from "./tolerance.ts";
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
  const { objective, start, wanted } = await begun(model, { ...next, data }, run);
  const { maxSteps } = run;
  const { params, status, value, gradientNorm } = await minimise(objective, start, run, { ...wanted, maxSteps });
  const there = { objective, params, status, value, gradientNorm, ...wanted };
  return { model: smoothModel({ ...there, trainer, seed, origin: model.origin }), way: "minimised", rowsApart };
}

/** Where a minimisation on the next rows begins, and when it is over. */
interface Beginning {
  readonly objective: Objective;
  readonly start: Float64Array;
  readonly wanted: Tolerance;
}

const firstSweeps = 12;

/**
 * The objective on the next rows, and the parameters to begin at: those of the model, and of whoever is new as the seed draws them. Where somebody
 * new meets something new, zero is a saddle that a minimisation by gradients is drawn back to: sweeps lead away from it, as in training.
 */
async function begun(model: TrainedModel, next: NextRows, run: TrainRun): Promise<Beginning> {
  const { objective: before, params, ...smooth } = model.smooth as Smooth;
  const { interactions, keys, negatives } = next.data;
  const { yieldToEventLoop } = run;
  const objective = differentiable(before.settings, interactions, keys, { negatives, matrices: before.matrices });
  // On a million rows each of these takes some 40 ms.
  await yieldToEventLoop();
  const wanted = toleranceOn(objective, askedOr(run, smooth));
  await yieldToEventLoop();
  const moved = movedParams(before, params, objective, next.moved);
  await yieldToEventLoop();
  const rows = newRowsOf(model, next);
  const some = {
    user: new Set(Array.from(rows, (row) => interactions.users[row])),
    item: new Set(Array.from(rows, (row) => interactions.items[row])),
  };
  await yieldToEventLoop();
  const start = startFrom(objective, moved, model.seed, some);
  await yieldToEventLoop();
  if (!alternates(objective) || !rows.some((row) => areStrangers(objective, moved, row)))
    return { objective, start, wanted };
  const { tolerance } = wanted;
  return { objective, start: (await sweeps(objective, start, run, { steps: firstSweeps, tolerance })).params, wanted };
}

/** Whether nothing is known of both the user and the item of a row. */
function areStrangers({ tensors, interactions }: Objective, params: Float64Array, row: number): boolean {
  const isZero = (tensor: TensorPlace, index: number) => {
    const at = rowAt(tensor, index);
    return params.subarray(at, at + tensor.width).every((x) => x === 0);
  };
  return tensors.every((tensor) => {
    if (tensor.rowsOf === undefined || tensor.penalised !== "table") return true;
    return isZero(tensor, interactions[`${tensor.rowsOf}s`][row]);
  });
}

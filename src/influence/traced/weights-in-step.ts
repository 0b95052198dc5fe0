/** What the weight of a row changes in a step of training: of all rows along a direction, and of some rows as a vector. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { addScaled } from "../../numeric/vector.ts";
import { addShares, dataAlong, rowsAlongInSteps } from "../../objective/derivatives.ts";
import { type Reach, readsReached } from "../../objective/reached-rows.ts";
import { addDataGradient, addRowGradients, addShareGradients } from "../../objective/weight-gradients.ts";
import { finishYielding } from "../../run.ts";
import type { TracedStep } from "../../training/trajectory/traced-step.ts";
import { rowsOfStep } from "./along-steps.ts";

/** How far a row's weight reaches. */
export const dataSetting = {
  summary: "moving: a row is also in the graph or input of every batch; fixed: in the loss alone",
  standard: "moving",
  choices: ["moving", "fixed"],
} as const;

/**
 * How much of the interaction L2 that a row carries is in a step whose batch does not have the row. Where only the rows of a batch move, none is; where
 * everything moves, every batch has its part of the whole L2.
 */
function spreadOf({ moved, units, objective }: TracedStep): number {
  return moved.rows === undefined ? units.length / objective.units.length : 0;
}

/** Adds scale·⟨∂∇(Σℓ + L2 of the step)/∂w, direction⟩ for the weight w of every row to `out`; rows that do not read what the direction reaches have none. */
export async function addWeightsAlong(
  step: TracedStep,
  direction: Float64Array,
  scale: number,
  { fixedData, reach }: { readonly fixedData: boolean; readonly reach?: Reach | undefined },
  out: Float64Array,
  { yieldToEventLoop }: RunContext,
): Promise<void> {
  const { objective, params, units } = step;
  const spread = spreadOf(step);
  const rows = reach ? rowsOfStep(step).filter(readsReached(objective, reach)) : rowsOfStep(step);
  const steps = rowsAlongInSteps(objective, params, rows, direction, spread > 0);
  const own = await finishYielding(steps, yieldToEventLoop);
  for (let n = 0; n < rows.length; n++) out[rows[n]] += scale * own[n];
  if (spread > 0 && objective.settings.regularizer === "interaction") {
    const shares = new Float64Array(out.length);
    addShares(objective, params, everyRow(out.length), direction, shares);
    addScaled(out, scale * spread, shares);
  }
  const moved = fixedData ? undefined : dataAlong(objective, params, direction, units);
  if (moved) addScaled(out, scale, moved);
}

/** Adds ∂∇(Σℓ + L2 of the step)/∂w for the common weight w of some rows to `out`: the transpose of `addWeightsAlong`. */
export function addWeightGradient(step: TracedStep, player: WeightedRows, fixedData: boolean, out: Float64Array): void {
  const { objective, params, units } = step;
  const spread = spreadOf(step);
  const here = rowsOfStep(step).filter((row) => player.weights[row] > 0);
  if (here.length > 0) addRowGradients(objective, params, here, out, spread > 0);
  if (spread > 0) addShareGradients(objective, params, player.rows, spread, out);
  if (!fixedData) addDataGradient(objective, params, units, player.weights, out);
}

/** Rows that have one weight together, and of every interaction whether it is one of them: 1 or 0. */
export interface WeightedRows {
  readonly rows: Rows;
  readonly weights: Float64Array;
}

function everyRow(count: number): Rows {
  return Uint32Array.from({ length: count }, (_, row) => row);
}

/** Places along a training where gradients are looked at: one in the middle of each of some equal stretches of its steps. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Objective } from "../../objective/objective.ts";
import { readyForRows } from "../../objective/reached-rows.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { trajectoryOf } from "../../training/trajectory/trajectory.ts";
import { heuristic, tellStep } from "./along-steps.ts";

/** A model on the way of its training. */
export interface Checkpoint {
  /** With the negatives of the epoch. */
  readonly objective: Objective;
  readonly params: Float64Array;
  /** Σ of the learning rates of the steps that it stands for. */
  readonly rates: number;
  /** The same over the units of an epoch: as each unit is in one batch of an epoch, whose step divides by its size, what a unit's gradient counts for on average. */
  readonly weight: number;
}

/** Settings of all methods that look at checkpoints. */
export const checkpointSettings = {
  checkpoints: {
    summary: "places along the training where gradients are looked at: each stands for an equal stretch of its steps",
    standard: 10,
    least: 1,
    whole: true,
  },
  heuristic,
} as const;

/** Runs the training of a model again and keeps the parameters before the middle step of every stretch; there are no more stretches than steps. */
export async function checkpointsOf(model: TrainedModel, count: number, run: RunContext): Promise<Checkpoint[]> {
  const trajectory = trajectoryOf(model, run);
  const { steps } = trajectory;
  const stretches = Math.min(count, steps);
  const startOf = (stretch: number) => Math.floor((stretch * steps) / stretches);
  const middles: Pick<Checkpoint, "objective" | "params">[] = [];
  const rates = new Float64Array(stretches);
  let stretch = 0;
  await trajectory.forwards(({ step, objective, params, learningRate }) => {
    if (step === startOf(stretch + 1)) stretch++;
    rates[stretch] += learningRate;
    if (step === (startOf(stretch) + startOf(stretch + 1) - 1) >> 1)
      middles.push({ objective, params: params.slice() });
    tellStep(step, trajectory, run);
  });
  for (const { objective } of middles) {
    await run.yieldToEventLoop();
    readyForRows(objective);
  }
  return middles.map((middle, n) => ({
    ...middle,
    rates: rates[n],
    weight: rates[n] / trajectory.objective.units.length,
  }));
}

/** Models that predict better, and of which nothing is proved: fewer factors than the optimum would have, from a random start. */

import type { Kernels } from "../../src/kernel/run-context.ts";
import { train } from "../../src/training/factors/als-newton.ts";
import { liveFactors } from "../../src/training/factors/births.ts";
import { birthplaceOf } from "../../src/training/factors/path/born.ts";
import { figureOf, type ModelFigure } from "./model-figure.ts";
import { clock, objectiveOf, type Split, tolerance } from "./setting.ts";

/** Trains one from a random start. */
export async function openModel(
  factors: number,
  l2: number,
  { kept, test }: Split,
  kernels: Kernels,
): Promise<ModelFigure> {
  const objective = objectiveOf("table", kept, factors, l2);
  const options = { kernels: kernels.factors, tolerance };
  const { l2: vanishing } = await birthplaceOf(objective, options);
  const training = clock();
  const optimum = await train(objective, { ...options, seed: 1 });
  const about = { kind: "open", regularizer: "table", vanishing, training: training() } as const;
  const rank = liveFactors(objective.shape, optimum.params);
  return figureOf(about, { ...optimum, rank }, test, kernels);
}

/** The global optimum of one λ at once, as `--certifiable` comes to it: with no place on the way that anybody looks at. */

import type { Kernels } from "../../src/kernel/run-context.ts";
import type { Regularizer } from "../../src/objective/factorization.ts";
import { birthplaceOf } from "../../src/training/factors/path/born.ts";
import { globalOptimum } from "../../src/training/factors/path/global-optimum.ts";
import { figureOf, type ModelFigure } from "./model-figure.ts";
import { clock, objectiveOf, room, type Split, tolerance } from "./setting.ts";

/** Trains and certifies one. */
export async function atOnce(
  regularizer: Regularizer,
  l2: number,
  { kept, test }: Split,
  kernels: Kernels,
): Promise<ModelFigure> {
  const objective = objectiveOf(regularizer, kept, room, l2);
  const options = { kernels: kernels.factors, tolerance };
  const training = clock();
  const optimum = await globalOptimum(objective, options);
  const spent = training();
  const { l2: vanishing } = await birthplaceOf(objective, options);
  return figureOf({ kind: "at once", regularizer, vanishing, training: spent }, optimum, test, kernels);
}

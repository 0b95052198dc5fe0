/** Small models that were trained by steps of batches, for what retraces them. */

import { type Recipe, standardRecipe, type TrainedModel } from "../../src/training/index.ts";
import { byBatches } from "../../src/training/trainer.ts";
import { run } from "./run.ts";
import { objectiveOf, type SubjectName } from "./subjects.ts";

/** A few steps of plain SGD, large enough to matter, in batches that touch a part of the rows. */
export const steps: Recipe = {
  ...standardRecipe,
  ...{ optimizer: "sgd", learningRate: 0.4, batch: 7, epochs: 4, decay: 0.9, redraw: true },
};

/** Subjects whose steps are smooth in all parameters. */
export const walkedNames = [
  "mf-squared",
  "mf-bpr",
  "mf-logistic",
  "gmf",
  "mlp",
  "light-gcn",
  "mult-vae",
] as const satisfies readonly SubjectName[];

/** A subject trained by a recipe. */
export function walked(
  name: SubjectName,
  over: Partial<Recipe> = {},
  settings: Parameters<typeof objectiveOf>[1] = {},
): Promise<TrainedModel> {
  const objective = objectiveOf(name, settings);
  const { interactions, keys } = objective;
  return byBatches(objective.settings, { ...steps, ...over }).train({ interactions, keys }, 3, run);
}

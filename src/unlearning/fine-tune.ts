/** A baseline: more epochs of the model's own training, on what remains. */

import { checkWhole, method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import { type Recipe, recipeOf } from "../training/batches/recipe.ts";
import { trainByBatches } from "../training/batches/train.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { approximateBy } from "./approximate.ts";
import type { Unlearner } from "./unlearner.ts";

/** So many epochs of the model's recipe from the trained parameters, its optimizer's state anew; of closed forms, of the standard recipe. */
export const fineTune = method({
  name: "fine-tune",
  summary: "a baseline: epochs of the model's recipe on the retained data, from the trained parameters",
  source: "definition",
  needs: [smoothParameters],
  settings: {
    epochs: { summary: "passes over what remains", standard: 1, least: 1 },
    learningRate: { summary: "0: that of the model's recipe", standard: 0, least: 0 },
  },
  cost: "a training",
  make({ epochs, learningRate }): Unlearner {
    checkWhole("epochs", epochs);
    const caveat = `${epochs} ${epochs === 1 ? "epoch" : "epochs"} on what remains: nothing takes the forgotten interactions away but that they are not seen again`;
    return approximateBy([caveat], ({ retain, params, tolerance, model }, run, { seed = model.seed }) => {
      const recipe = { ...recipeFor(model), epochs, ...(learningRate > 0 ? { learningRate } : {}) };
      return trainByBatches(retain, recipe, run, { start: params, seed, tolerance });
    });
  },
});

/** The recipe's batches alone: no Newton steps, and no choice of an epoch. */
function recipeFor({ trainer }: TrainedModel): Recipe {
  const recipe = recipeOf(trainer.settings as Readonly<Record<string, unknown>>);
  return { ...recipe, optimizer: recipe.optimizer === "sgd" ? "sgd" : "adam", polish: false, patience: 0 };
}

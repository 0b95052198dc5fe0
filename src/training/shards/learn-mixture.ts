/** Learning how much of each member to hear: Adam on the members' own loss, over all rows, with the members held fixed. */

import { LetheError } from "../../errors.ts";
import { differentiable } from "../../objective/differentiable.ts";
import type { Objective } from "../../objective/objective.ts";
import { pairsPerUnit } from "../../objective/units.ts";
import { adam } from "../batches/adam.ts";
import { batchesIn } from "../batches/batches-in.ts";
import { standardRecipe } from "../batches/recipe.ts";
import type { Learned, TrainedModel, TrainingData, TrainRun } from "../trained-model.ts";
import type { Mixture } from "./mixture.ts";
import { mixtureOf } from "./mixture-of.ts";

/** How attention is trained, whatever trains the members; few rows are gone through more often. */
const recipe = { ...standardRecipe, learningRate: 0.01, epochs: 5 };
/** Pairs a batch at most: a list of all items is many of them. */
const pairsPerBatch = 8192;
/** Steps an epoch, and of all epochs, at least. */
const [stepsPerEpoch, fewestSteps] = [20, 500];

/**
 * Parameters of the members' mixture that make their loss small on all rows (Chen et al. 2022, §3.4). Negatives are drawn on these rows alone, and
 * batches are in an order that follows from outside ids. A loss that is not finite ends it with the status "breakdown", at the last parameters.
 */
export async function learnMixture(
  members: readonly TrainedModel[],
  data: TrainingData,
  seed: number,
  run: TrainRun,
): Promise<NonNullable<Learned["attention"]>> {
  const mixture = mixtureOf(members);
  const objective = objectiveOf(members, data, run);
  const params = mixture.start(seed);
  const gradient = new Float64Array(params.length);
  const optimizer = adam({ params, gradient });
  const { learningRate } = recipe;
  const { batch, epochs } = pace(objective);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const { objective: drawn, batches, size } = await batchesIn(objective, { ...recipe, batch }, seed, epoch, run);
    for (const [n, units] of batches.entries()) {
      const loss = await addLoss(drawn, mixture, params, units, gradient, run);
      if (!Number.isFinite(loss)) return { params, status: "breakdown" };
      optimizer.move(0, params.length, { scale: 1 / units.length, pull: 0, learningRate, step: ++step });
      run.onRows?.((data.interactions.size * units.length) / size);
      run.onProgress?.({ phase: "attention", step: epoch + 1, fraction: (epoch + (n * batch) / size) / epochs });
    }
  }
  return { params, status: "step-limit" };
}

/** Units a batch, and epochs. */
function pace(objective: Objective): { readonly batch: number; readonly epochs: number } {
  const { length } = objective.units;
  const most = Math.floor(pairsPerBatch / pairsPerUnit(objective));
  const batch = Math.max(1, Math.min(most, Math.ceil(length / stepsPerEpoch)));
  const steps = Math.max(1, Math.ceil(length / batch));
  return { batch, epochs: Math.max(recipe.epochs, Math.ceil(fewestSteps / steps)) };
}

/** The members' objective on all rows, without what models output beside scores. */
function objectiveOf(
  [first]: readonly TrainedModel[],
  { interactions, keys }: TrainingData,
  { kernels }: TrainRun,
): Objective {
  if (first.smooth === undefined)
    throw new LetheError(
      "unsupported",
      `aggregate attention learns by a loss, and ${first.kind} has none`,
      "use the aggregate mean",
    );
  const { settings } = first.smooth.objective;
  return differentiable({ ...settings, extraWeight: 0 }, interactions, keys, {
    matrices: kernels.matrices,
  });
}

/** Adds the loss of these units to the gradient, piece by piece, and returns it. */
async function addLoss(
  objective: Objective,
  mixture: Mixture,
  params: Float64Array,
  units: Uint32Array,
  gradient: Float64Array,
  { yieldToEventLoop }: TrainRun,
): Promise<number> {
  const piece = Math.max(1, Math.floor(mixture.batch / pairsPerUnit(objective)));
  let sum = 0;
  for (let at = 0; at < units.length; at += piece) {
    await yieldToEventLoop();
    const examples = objective.examplesOf(units.subarray(at, at + piece));
    const mixed = mixture.at(params, examples.pairs);
    const slopes = new Float64Array(mixed.scores.length);
    sum += objective.settings.loss.evaluate(mixed.scores, examples, slopes);
    mixed.addVjp(slopes, gradient);
  }
  return sum;
}

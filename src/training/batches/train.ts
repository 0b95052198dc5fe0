/** Training of any model by a recipe: epochs of batches, and Newton's method afterwards where the recipe says so. */

import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { rowAt } from "../../model/tensors.ts";
import { randomOf } from "../../numeric/random.ts";
import { norm } from "../../numeric/vector.ts";
import { evaluateChunked } from "../../objective/chunked.ts";
import type { Objective } from "../../objective/objective.ts";
import type { Progress } from "../../run.ts";
import type { TrainStatus } from "../factors/descent.ts";
import { newtonMinimise } from "../newton/newton.ts";
import type { EpochEntry } from "./checkpoint.ts";
import { type EpochOptions, runEpochs } from "./epochs.ts";
import { checkRecipe, type Recipe } from "./recipe.ts";
import { touchedByEpoch } from "./touched-rows.ts";

/** What training by a recipe takes. */
export interface BatchTrainOptions extends EpochOptions {
  /** Where to begin; default: the model's own start, drawn with the seed. */
  readonly start?: Float64Array | undefined;
  /** ‖∇J‖ at which a result is called converged; default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Newton steps at most, where there are any; default 100. */
  readonly maxSteps?: number | undefined;
}

/** Parameters, where they stand, and how their training went. */
export interface BatchRun {
  readonly params: Float64Array;
  /** J at the parameters. */
  readonly value: number;
  readonly gradientNorm: number;
  readonly tolerance: number;
  readonly status: TrainStatus;
  readonly log: readonly EpochEntry[];
  /** Epochs that the parameters are the result of: those up to the best where there was validation. */
  readonly epochs: number;
  /** What broke off training, in words; then the parameters are the last good ones, and the status is "breakdown". */
  readonly breakdown: string | undefined;
}

/**
 * Trains a model of any kind. J is the objective with its own negatives, whatever the epochs drew; "converged" means that ‖∇J‖ came within
 * the tolerance, which batches alone seldom reach. The same objective, recipe and seed give the same bytes. Throws `bad-input`
 * for a recipe that cannot be followed, and a start or checkpoint that does not fit.
 */
export async function trainByBatches(
  objective: Objective,
  recipe: Recipe,
  run: RunContext,
  options: BatchTrainOptions,
): Promise<BatchRun> {
  checkRecipe(recipe);
  const { tolerance = 1e-8 } = options;
  const { onProgress } = run;
  const polished = recipe.polish || recipe.optimizer === "newton";
  const share = polished ? 0.5 : 1;
  const part = (from: number, size: number) => onProgress && scaledProgress(onProgress, from, size);
  const start = startOf(objective, options);
  const walked = await runEpochs(objective, recipe, start, { ...run, onProgress: part(0, share) }, options);
  const { log, epochs, breakdown } = walked;
  const end =
    polished && breakdown === undefined
      ? await newtonMinimise(objective, walked.params, { ...run, onProgress: part(share, 1 - share) }, options)
      : await standing(objective, walked.params, run, tolerance, breakdown !== undefined);
  const { params, value, gradientNorm, status } = end;
  return { params, value, gradientNorm, tolerance, status, log, epochs, breakdown };
}

/** Where a training begins: the start that is given or drawn with the seed, with the rows that no example reads at zero, where the L2 wants them and nothing else pulls. */
export function startOf(
  objective: Objective,
  { seed, start }: Pick<BatchTrainOptions, "seed" | "start">,
): Float64Array {
  const { model, settings, keys } = objective;
  if (start !== undefined) checkStart(objective, start);
  const params = start?.slice() ?? settings.kind.start(model, randomOf(seed, "start"), keys);
  // In an autoencoder every item is an output, whoever chose it.
  if (!model.local && settings.loss.form === "listwise") return params;
  const touched = touchedByEpoch(objective);
  for (const tensor of model.tensors) {
    if (tensor.rowsOf === undefined) continue;
    const times = touched[tensor.rowsOf];
    for (let row = 0; row < tensor.rows; row++)
      if (times[row] === 0) params.fill(0, rowAt(tensor, row), rowAt(tensor, row) + tensor.width);
  }
  return params;
}

/**
 * Given parameters as a start: the rows of tables that are zero there, which no example has read so far, begin as the seed draws them; of some users
 * and items alone where these are told.
 */
export function startFrom(
  objective: Objective,
  given: Float64Array,
  seed: number,
  some?: Readonly<Record<"user" | "item", ReadonlySet<number>>>,
): Float64Array {
  const { model, settings, keys } = objective;
  checkStart(objective, given);
  const params = given.slice();
  const fresh = settings.kind.start(model, randomOf(seed, "start"), keys);
  for (const tensor of model.tensors) {
    if (tensor.rowsOf === undefined) continue;
    for (let row = 0; row < tensor.rows; row++) {
      if (some?.[tensor.rowsOf].has(row) === false) continue;
      const [from, to] = [rowAt(tensor, row), rowAt(tensor, row) + tensor.width];
      if (params.subarray(from, to).every((x) => x === 0)) params.set(fresh.subarray(from, to), from);
    }
  }
  return params;
}

function checkStart({ parameterCount }: Objective, { length }: Float64Array): void {
  if (length !== parameterCount)
    throw new LetheError("bad-input", `a start of ${length} values for ${parameterCount} parameters`);
}

async function standing(
  objective: Objective,
  params: Float64Array,
  { yieldToEventLoop }: RunContext,
  tolerance: number,
  broken: boolean,
) {
  const gradient = new Float64Array(params.length);
  const value = await evaluateChunked(objective, params, gradient, yieldToEventLoop);
  const gradientNorm = norm(gradient);
  const finite = Number.isFinite(value) && Number.isFinite(gradientNorm);
  const status: TrainStatus = broken || !finite ? "breakdown" : gradientNorm <= tolerance ? "converged" : "step-limit";
  return { params, value, gradientNorm, status };
}

function scaledProgress(onProgress: (progress: Progress) => void, from: number, size: number) {
  return (progress: Progress) => onProgress({ ...progress, fraction: from + size * progress.fraction });
}

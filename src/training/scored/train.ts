/** Training of any model by a recipe: epochs of batches, and Newton's method afterwards where the recipe says so. */

import { LetheError } from "../../errors.ts";
import { sizeOf } from "../../model/model.ts";
import { randomOf } from "../../numeric/random.ts";
import { norm } from "../../numeric/vector.ts";
import type { ScoredObjective } from "../../objective/scored.ts";
import { breather, type Progress } from "../../run.ts";
import type { TrainStatus } from "../descent.ts";
import { checkRecipe, type Recipe } from "../recipe.ts";
import type { TrainedScored } from "../trained.ts";
import type { EpochEntry } from "./checkpoint.ts";
import { type EpochOptions, runEpochs } from "./epochs.ts";
import { evaluateInTurns } from "./in-turns.ts";
import { minimiseScored } from "./newton.ts";
import { touchesOfEpoch } from "./touches.ts";

/** What training by a recipe takes. */
export interface TrainScoredOptions extends EpochOptions {
  /** Where to begin; default: the model's own start, drawn with the seed. */
  readonly start?: Float64Array | undefined;
  /** ‖∇J‖ at which a result is called converged; default 1e-8. */
  readonly tolerance?: number | undefined;
  /** Newton steps at most, where there are any; default 100. */
  readonly maxSteps?: number | undefined;
}

/** A trained model with the course of its training. */
export interface ScoredRun extends TrainedScored {
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
export async function trainScored(
  objective: ScoredObjective,
  recipe: Recipe,
  options: TrainScoredOptions,
): Promise<ScoredRun> {
  checkRecipe(recipe);
  const { seed, tolerance = 1e-8, onProgress } = options;
  const polished = recipe.polish || recipe.optimizer === "newton";
  const share = polished ? 0.5 : 1;
  const part = (from: number, size: number) => onProgress && scaledProgress(onProgress, from, size);
  const start = startOf(objective, options);
  const walked = await runEpochs(objective, recipe, start, { ...options, onProgress: part(0, share) });
  const { log, epochs, breakdown } = walked;
  const end =
    polished && breakdown === undefined
      ? await minimiseScored(objective, walked.params, { ...options, onProgress: part(share, 1 - share) })
      : await standing(objective, walked.params, options, breakdown !== undefined);
  const { params, value, gradientNorm, status } = end;
  const trainer = recipe.polish && recipe.optimizer !== "newton" ? `${recipe.optimizer}-newton` : recipe.optimizer;
  return {
    ...{ objective, recipe, seed, trainer, tolerance },
    ...{ params, value, gradientNorm, status, log, epochs, breakdown },
  };
}

/** The start, with the rows that no example reads at zero, where the L2 wants them and nothing else pulls. */
function startOf(objective: ScoredObjective, { seed, start }: TrainScoredOptions): Float64Array {
  const { model, settings, parameterCount } = objective;
  if (start !== undefined && start.length !== parameterCount)
    throw new LetheError("bad-input", `a start of ${start.length} values for ${parameterCount} parameters`);
  const params = start?.slice() ?? settings.kind.start(model, randomOf(seed, "start"));
  // In an autoencoder every item is an output, whoever chose it.
  if (!model.local && settings.loss.form === "listwise") return params;
  const touched = touchesOfEpoch(objective);
  for (const { at, shape, rowsOf } of model.tensors) {
    if (rowsOf === undefined) continue;
    const width = sizeOf(shape) / shape[0];
    for (let row = 0; row < shape[0]; row++)
      if (touched[rowsOf][row] === 0) params.fill(0, at + row * width, at + (row + 1) * width);
  }
  return params;
}

async function standing(
  objective: ScoredObjective,
  params: Float64Array,
  { tolerance = 1e-8, signal }: TrainScoredOptions,
  broken: boolean,
) {
  const gradient = new Float64Array(params.length);
  const value = await evaluateInTurns(objective, params, gradient, breather(signal));
  const gradientNorm = norm(gradient);
  const finite = Number.isFinite(value) && Number.isFinite(gradientNorm);
  const status: TrainStatus = broken || !finite ? "breakdown" : gradientNorm <= tolerance ? "converged" : "step-limit";
  return { params, value, gradientNorm, status };
}

function scaledProgress(onProgress: (progress: Progress) => void, from: number, size: number) {
  return (progress: Progress) => onProgress({ ...progress, fraction: from + size * progress.fraction });
}

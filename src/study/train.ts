/** From a file of interactions to a model folder. */

import type { Dataset } from "../data/dataset.ts";
import { type ReadingOptions, readInteractions } from "../data/reading.ts";
import { LetheError } from "../errors.ts";
import type { Fingerprint } from "../exchange/files/replace.ts";
import { checkTarget } from "../exchange/model/target.ts";
import { factorization } from "../objective/factorization.ts";
import type { TrainStatus } from "../training/descent.ts";
import type { Batch } from "../training/scored/batch-log.ts";
import type { Checkpoint, EpochEntry } from "../training/scored/checkpoint.ts";
import { type ScoredRun, trainScored } from "../training/scored/train.ts";
import { type TrainOptions, train } from "../training/train.ts";
import type { AnyTrained } from "../training/trained.ts";
import { type CourseOptions, checkCourse, openCourse } from "./course.ts";
import { storeModel } from "./model.ts";
import { objectiveOf, type ScoredPlan, type TrainPlan } from "./plan.ts";
import { holdOut } from "./validation.ts";

/** What training a file reports. Norms are ‖∇J‖ of the sum-scaled objective; seconds are those of training, without reading and writing. */
export interface TrainReport {
  readonly model: string;
  readonly status: TrainStatus;
  readonly objective: number;
  readonly gradientNorm: number;
  readonly tolerance: number;
  readonly seconds: number;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Rows that repeat the user and item of an earlier one. */
  readonly duplicates: number;
  readonly seed: number;
  readonly out: string;
  /** Of models trained by batches: how every epoch went, which one was taken, and how many rows it was chosen by. */
  readonly epochs?: { readonly taken: number; readonly log: readonly EpochEntry[]; readonly heldOut: number };
  /** Why training broke off, where it did. */
  readonly breakdown?: string;
}

/** What training a file takes beside the plan. */
export interface TrainFileOptions extends TrainOptions, CourseOptions {
  readonly reading?: ReadingOptions | undefined;
  readonly onEpoch?: ((checkpoint: Checkpoint) => void | Promise<void>) | undefined;
  readonly onBatch?: ((batch: Batch) => void) | undefined;
  readonly resume?: Checkpoint | undefined;
}

/**
 * Reads, trains, stores. A run that does not converge is stored too, and marked. Checkpoints stay where training was interrupted or broke
 * down; a log of batches goes with a training that failed, unless there is a checkpoint to go on from.
 */
export async function trainFile(
  file: string,
  out: string,
  plan: TrainPlan,
  options: TrainFileOptions = {},
): Promise<TrainReport> {
  // Before the long work, not after it.
  const expected = await checkTarget(out);
  await checkCourse(out, plan, options);
  const reading = await readInteractions(file, options.reading);
  const { trained, dataset, more, seconds } = await trainAndStore(reading.dataset, out, plan, { ...options, expected });
  return {
    model: plan.kind === "scored" ? plan.settings.kind.name : plan.settings.confidence ? "ials" : "mf",
    status: trained.status,
    objective: trained.value,
    gradientNorm: trained.gradientNorm,
    tolerance: trained.tolerance,
    seconds,
    users: dataset.userIds.size,
    items: dataset.itemIds.size,
    interactions: dataset.interactions.size,
    duplicates: reading.duplicates,
    seed: trained.seed,
    out,
    ...more,
  };
}

async function trainAndStore(
  whole: Dataset,
  out: string,
  plan: TrainPlan,
  options: TrainFileOptions & { readonly expected: Fingerprint },
) {
  const course = await openCourse(whole, plan, options);
  try {
    const begun = performance.now();
    const { trained, dataset, more } = await trainOn(whole, plan, { ...options, ...course.watch });
    const seconds = (performance.now() - begun) / 1000;
    await storeModel(out, { trained, dataset }, options);
    await course.ended(trained.status !== "breakdown");
    return { trained, dataset, more, seconds };
  } catch (error) {
    throw await course.failed(error);
  }
}

/** A trained model, on what data, and what else there is to say. */
interface TrainedOn {
  readonly trained: AnyTrained;
  readonly dataset: Dataset;
  readonly more: Partial<TrainReport>;
}

/** Trains a plan on a data set in memory. */
export async function trainOn(dataset: Dataset, plan: TrainPlan, options: TrainFileOptions): Promise<TrainedOn> {
  if (plan.kind === "scored") return trainByRecipe(dataset, plan, options);
  const objective = factorization(plan.settings, dataset.interactions);
  return { trained: await train(objective, options), dataset, more: {} };
}

async function trainByRecipe(whole: Dataset, plan: ScoredPlan, options: TrainFileOptions): Promise<TrainedOn> {
  const { seed = 1, tolerance, signal, onProgress, onEpoch, onBatch, resume } = options;
  const held = plan.validation > 0 ? holdOut(whole, plan.validation, seed) : undefined;
  if (held?.rows === 0)
    throw new LetheError(
      "bad-input",
      `validation: no user has more than ${plan.validation} interactions, so that none can be held out`,
      "hold out fewer",
    );
  const dataset = held?.dataset ?? whole;
  const recipe = plan.recipe;
  const objective = objectiveOf(plan, dataset);
  const validate = held?.validate(objective);
  const course = { seed, tolerance, signal, onProgress, onEpoch, onBatch, resume, validate };
  const chosen = await trainScored(objective, recipe, course);
  const refitted = held && plan.refit && chosen.breakdown === undefined;
  const run: ScoredRun = refitted
    ? await trainScored(
        objectiveOf(plan, whole),
        { ...recipe, epochs: chosen.epochs, patience: 0 },
        { seed, tolerance, signal, onProgress },
      )
    : chosen;
  const { log: _, epochs, breakdown, ...trained } = run;
  const { log } = chosen;
  const more = {
    epochs: { taken: epochs, log, heldOut: held?.rows ?? 0 },
    ...(breakdown === undefined ? {} : { breakdown }),
  };
  return { trained, dataset: refitted ? whole : dataset, more };
}

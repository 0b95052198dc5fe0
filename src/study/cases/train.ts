/** From files of interactions to a model folder. */

import type { Dataset } from "../../data/dataset.ts";
import type { Rows } from "../../data/interactions.ts";
import { type Reading, type ReadingOptions, readInteractions } from "../../data/reading.ts";
import { splitByIds } from "../../data/splitting.ts";
import { LetheError } from "../../errors.ts";
import type { Fingerprint } from "../../exchange/files/replace.ts";
import { checkTarget } from "../../exchange/model/target.ts";
import { inParts, within } from "../../run.ts";
import type { EpochEntry } from "../../training/batches/checkpoint.ts";
import type { EpochOptions } from "../../training/batches/epochs.ts";
import { certify } from "../../training/certify.ts";
import type { TrainStatus } from "../../training/factors/descent.ts";
import { checkStarts, hasOtherStarts, type OtherStarts, otherStarts } from "../../training/other-starts.ts";
import type { Tolerance } from "../../training/tolerance.ts";
import type { Beginning, TrainedModel, TrainRun } from "../../training/trained-model.ts";
import { planOn } from "../choosing/l2.ts";
import { dataOf, modelsWithoutRatings, objectiveOf, type TrainPlan } from "../choosing/plan.ts";
import { holdOut } from "../choosing/validation.ts";
import { runOf, type UseOptions } from "../run.ts";
import { leftoversOf } from "../store/leftovers.ts";
import { type NamedModel, storeModel } from "../store/model.ts";
import { trainingEnd } from "../store/shards.ts";
import { limitWarnings } from "./limit-warning.ts";
import { checkRecording, openRecording, type RecordingOptions } from "./recording.ts";
import { type CertifiedReport, certifiedOf, proofWarnings } from "./train-certified.ts";
import { errorOf, rankingOf, type TrainError, type TrainRanking } from "./train-error.ts";
import { modelWarnings, readingWarnings } from "./train-warnings.ts";

/** What training a file reports. Norms are ‖∇J‖ of the sum-scaled objective; seconds are those of training, without reading and writing. */
export interface TrainReport extends Partial<CertifiedReport> {
  readonly model: string;
  readonly status: TrainStatus;
  /** These three are null for a model without an objective. */
  readonly objective: number | null;
  readonly gradientNorm: number | null;
  readonly tolerance: number | null;
  /** What the tolerance is 1e-8 of: the size of the data, where it goes along with them; else null. */
  readonly toleranceScale: number | null;
  /** λ of the embeddings (of trees: of their leaves), and whether it was given, is usual for such a training, or follows from the data. */
  readonly l2: number;
  readonly l2From: TrainPlan["l2From"];
  /** How far the scores are from the data: on the training rows, and on those that were held out to measure it. */
  readonly error: TrainError | null;
  /** Of a model that ranks, where rows were held out: how well these are ranked. */
  readonly ranking: TrainRanking | null;
  readonly seconds: number;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Rows that repeat the user and item of an earlier one. */
  readonly duplicates: number;
  readonly seed: number;
  /** Where training began, and whether it may end elsewhere from another start; null for models without closed forms. */
  readonly begins: Beginning | null;
  readonly otherStarts: OtherStarts | null;
  readonly out: string;
  /** Of models trained by batches: how every epoch went, which one was taken, and how many rows it was chosen by. */
  readonly epochs?: { readonly taken: number; readonly log: readonly EpochEntry[]; readonly heldOut: number };
  /** Why training broke off, where it did. */
  readonly breakdown?: string;
  /** What was asked for and left out, and why. */
  readonly notes?: readonly string[];
  /** What makes the model useless or doubtful although training ended well, and what to do. */
  readonly warnings: readonly string[];
  /** Where data of an earlier model, or of a writer that died, may still lie: what could not be removed, where there is any. */
  readonly leftovers?: string[];
}

/** What training takes beside the plan. */
export interface TrainOnOptions extends UseOptions, Partial<Omit<EpochOptions, "validate">> {
  /** Where the parameters start, and what is drawn. Default 1. */
  readonly seed?: number | undefined;
  /** ‖∇J‖ at which training is converged; default 1e-8, with closed forms times the scale of the data. */
  readonly tolerance?: number | undefined;
  /** Newton steps at most; default 300 with closed forms, else 100. */
  readonly maxSteps?: number | undefined;
}

/** What training a file takes beside the plan. */
export interface TrainFileOptions extends TrainOnOptions, RecordingOptions {
  readonly reading?: ReadingOptions | undefined;
  /** Trains so many times more from random factors, and says whether these end elsewhere. */
  readonly starts?: number | undefined;
}

/**
 * Reads, trains, stores. A run that does not converge is stored too, and marked. Checkpoints stay where training was interrupted or broke
 * down; a log of batches goes with a training that failed, unless there is a checkpoint to go on from.
 */
export async function trainFile(
  files: string | readonly string[],
  out: string,
  plan: TrainPlan,
  options: TrainFileOptions = {},
): Promise<TrainReport> {
  // Before the long work, not after it.
  checkStarts(plan, options.starts);
  const expected = await checkTarget(out);
  await checkRecording(out, plan, options);
  const reading = await readInteractions(files, { ...readingFor(plan), ...options.reading });
  const {
    model,
    plan: settled,
    heldOut,
    error,
    ranking,
    certified,
    seconds,
    leftovers,
    starts,
  } = await trainAndStore(reading.dataset, out, plan, {
    ...options,
    expected,
  });
  const { trained, dataset } = model;
  const { recording } = trained;
  const end = trainingEnd(trained);
  const run = runOf(options);
  return {
    model: plan.model,
    status: end?.status ?? "converged",
    objective: end?.value ?? null,
    gradientNorm: end?.gradientNorm ?? null,
    tolerance: end?.tolerance ?? null,
    toleranceScale: scaleOf(end),
    l2: settled.l2,
    l2From: settled.l2From,
    ...{ error, ranking, seconds },
    ...certified,
    users: dataset.userIds.size,
    items: dataset.itemIds.size,
    interactions: dataset.interactions.size,
    duplicates: reading.duplicates,
    seed: trained.seed,
    begins: trained.trainer.begins ?? null,
    otherStarts: starts,
    out,
    ...(recording ? { epochs: { taken: recording.epochs, log: recording.log, heldOut } } : {}),
    ...(recording?.breakdown === undefined ? {} : { breakdown: recording.breakdown }),
    ...notesOf(plan, reading),
    warnings: [
      ...readingWarnings(reading),
      ...(await modelWarnings(trained, run)),
      ...(await limitWarnings(trained, settled, options.maxSteps, run)),
      ...(certified && trained.smooth ? proofWarnings(trained.smooth, certified) : []),
    ],
    ...leftovers,
  };
}

/** How interactions are read for a plan: without ratings where its loss reads none. */
export function readingFor({ rating }: TrainPlan): Pick<ReadingOptions, "rating" | "unrated"> {
  const unrated = `train a model that needs no ratings (${modelsWithoutRatings().join(", ")}), or mf with \`loss\` bpr`;
  return { rating, unrated };
}

function notesOf(plan: TrainPlan, reading: Reading) {
  const notes = [...plan.notes, ...reading.notes];
  return notes.length === 0 ? {} : { notes };
}

function scaleOf(end: Partial<Tolerance> = {}): number | null {
  const { tolerance, relativeTolerance } = end;
  if (tolerance === undefined || relativeTolerance === undefined) return null;
  return Number((tolerance / relativeTolerance).toPrecision(6));
}

async function trainAndStore(
  whole: Dataset,
  out: string,
  plan: TrainPlan,
  options: TrainFileOptions & { readonly expected: Fingerprint },
) {
  const recording = await openRecording(whole, plan, options);
  try {
    const begun = performance.now();
    const { starts = 0 } = options;
    const [training, others] = inParts(runOf(options), [1, starts]);
    const { trained, dataset, ...found } = await trainOn(whole, plan, { ...options, ...recording.watch, ...training });
    const seconds = (performance.now() - begun) / 1000;
    const ended = await startsOf(trained, starts, found.certified, { ...others, maxSteps: options.maxSteps });
    const { duplicates } = options.reading ?? {};
    const { source } = await storeModel(out, { trained, dataset, duplicates }, options);
    const left = await recording.ended(trained.smooth?.status !== "breakdown");
    const leftovers = await leftoversOf(out, [...(source?.leftovers ?? []), ...left]);
    return { model: { trained, dataset }, ...found, seconds, leftovers, starts: ended };
  } catch (error) {
    throw await recording.failed(error);
  }
}

/** What is proved or seen of other starts; null where there are none. A certificate costs a twentieth of a training. */
async function startsOf(
  trained: TrainedModel,
  count: number,
  certified: CertifiedReport | undefined,
  run: TrainRun,
): Promise<OtherStarts | null> {
  if (!hasOtherStarts(trained)) return null;
  return otherStarts(trained, count, certified?.certificate ?? (await certify(trained, run)), run);
}

/** A trained model with its names, the plan with its λ, and how many rows its epoch was chosen by. */
export interface TrainedOn extends NamedModel {
  readonly plan: TrainPlan;
  readonly heldOut: number;
  readonly error: TrainError | null;
  readonly ranking: TrainRanking | null;
  /** Of a model that was to be the global optimum. */
  readonly certified?: CertifiedReport | undefined;
}

/** Trains a plan on a data set in memory; where it has no λ yet, with one that fits the data. */
export async function trainOn(whole: Dataset, asked: TrainPlan, options: TrainOnOptions = {}): Promise<TrainedOn> {
  const { seed = 1 } = options;
  const { kept, test } = heldOutOf(whole, asked, seed);
  const run = runOf(options);
  // To find λ takes about as long as to train with it.
  const half = asked.withL2 === undefined ? 0 : 0.5;
  const clock = stopwatch();
  const plan = await planOn(asked, kept, within(run, 0, half));
  const path = clock();
  const first = await trainKept(kept, plan, { ...options, onProgress: within(run, half, 1).onProgress });
  const error = await errorOf(first.trained, test, run);
  const ranking = await rankingOf(first.trained, first.dataset, test, run);
  const { trained, dataset } = plan.refit ? await trainedOnAll(whole, first, plan, options) : first;
  const seconds = { path, training: clock() - path };
  const certified = plan.certifiable && (await certifiedOf(trained, plan.certifiable.found, seconds, run));
  return { trained, dataset, plan, heldOut: first.heldOut, error, ranking, certified };
}

/** Seconds since it was made. */
function stopwatch(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000;
}

/** Trains on all rows, by the trainer of what was chosen, which has as many epochs as were best. */
async function trainedOnAll(whole: Dataset, first: NamedModel, plan: TrainPlan, options: TrainOnOptions) {
  const { trained } = first;
  if (trained.recording?.breakdown !== undefined) return first;
  const { seed = 1, tolerance, maxSteps } = options;
  // How many factors the global optimum has follows from the rows.
  const trainer = plan.certifiable ? plan.trainer : trained.trainer;
  const again = await trainer.train(dataOf(whole), seed, { ...runOf(options), tolerance, maxSteps });
  const recording = again.recording && trained.recording && { ...again.recording, log: trained.recording.log };
  return { trained: { ...again, recording }, dataset: whole };
}

/** The rows to train on, and those to measure the error on, by outside ids. */
function heldOutOf(whole: Dataset, { holdout }: TrainPlan, seed: number): { kept: Dataset; test?: Dataset } {
  if (holdout === undefined) return { kept: whole };
  const { train, test } = splitByIds(whole.interactions, dataOf(whole).keys, holdout, seed);
  const only = (rows: Rows) => ({ ...whole, interactions: whole.interactions.select(rows) });
  return { kept: only(train), test: only(test) };
}

/** Trains, and chooses the epoch by more rows that are held out where the plan says so. */
async function trainKept(kept: Dataset, plan: TrainPlan, options: TrainOnOptions) {
  const { seed = 1, tolerance, maxSteps, onEpoch, onBatch, resume } = options;
  const run = { ...runOf(options), tolerance, maxSteps, onEpoch, onBatch, resume };
  if (plan.validation === 0 || plan.recipe === undefined)
    return { trained: await trainFrom(plan, kept, seed, run), dataset: kept, heldOut: 0 };
  const held = holdOut(kept, plan.validation, seed);
  if (held.rows === 0)
    throw new LetheError(
      "bad-input",
      `validation: no user has more than ${plan.validation} interactions, so that none can be held out`,
      "hold out fewer",
    );
  const validate = held.validate(objectiveOf(plan, held.dataset, run.kernels.matrices), run);
  const trained = await trainFrom(plan, held.dataset, seed, { ...run, validate });
  return { trained, dataset: held.dataset, heldOut: held.rows };
}

function trainFrom(plan: TrainPlan, dataset: Dataset, seed: number, run: TrainRun): Promise<TrainedModel> {
  return plan.trainer.train(dataOf(dataset), seed, run);
}

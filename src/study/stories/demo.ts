/** The main job on one set, told in parts: train, why, forget, proof. Every number is the run's own. */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset } from "../../data/dataset.ts";
import { type ReadingOptions, readInteractions } from "../../data/reading.ts";
import { splitEveryNth } from "../../data/splitting.ts";
import { plantedFactors } from "../../data/synthetic.ts";
import { LetheError } from "../../errors.ts";
import { rmse } from "../../evaluation/rating.ts";
import { hold, release } from "../../exchange/files/own.ts";
import type { Kernels } from "../../kernel/run-context.ts";
import { median } from "../../numeric/statistics.ts";
import type { RunOptions } from "../../run.ts";
import type { Certificate } from "../../training/certificate.ts";
import { itemScoresOf, type Smooth, type TrainedModel } from "../../training/trained-model.ts";
import { explain, explainPlayers } from "../cases/explain.ts";
import type { Explanation } from "../cases/explanation.ts";
import { recommend } from "../cases/recommend.ts";
import { trainOn } from "../cases/train.ts";
import { unlearnerNamed } from "../choosing/methods.ts";
import { planOf } from "../choosing/plan.ts";
import { rowsOf } from "../choosing/requested-rows.ts";
import { runOf } from "../run.ts";
import { compacted } from "../store/compaction.ts";
import { type NamedModel, openModel, storeModel } from "../store/model.ts";

/** What the demo is run on. */
export interface DemoOptions extends Omit<RunOptions, "onProgress"> {
  /** A file of ratings; the embedded synthetic set without one. */
  readonly file?: string | undefined;
  readonly reading?: ReadingOptions | undefined;
  readonly seed?: number | undefined;
  readonly kernels?: Kernels | undefined;
  /** Called with each part as soon as it is known. */
  readonly onPart?: ((part: DemoPart) => void) | undefined;
  readonly onProgress?: ((label: string) => NonNullable<RunOptions["onProgress"]>) | undefined;
}

/** The set and the settings. */
export interface DataPart {
  readonly part: "data";
  readonly source: string;
  readonly synthetic: boolean;
  readonly ratings: number;
  readonly users: number;
  readonly items: number;
  readonly factors: number;
  readonly l2: number;
}

/** How training went. Errors are in rating units, on every tenth rating, held out. */
export interface TrainPart {
  readonly part: "train";
  readonly status: string;
  readonly seconds: number;
  readonly objective: number;
  readonly gradientNorm: number;
  readonly heldOutRmse: number;
  readonly meanRmse: number;
}

/** Why one item is recommended, and a check of the strongest reason by re-optimising without it. */
export interface WhyPart {
  readonly part: "why";
  readonly explanation: Explanation;
  readonly checked: {
    readonly item: string;
    readonly title: string | null;
    readonly estimate: number;
    readonly truth: number;
  } | null;
}

/** How a user was forgotten. */
export interface ForgetPart {
  readonly part: "forget";
  readonly user: string;
  readonly ratings: number;
  readonly exact: { readonly seconds: number; readonly certificate: Certificate };
  readonly retrain: {
    readonly seconds: number;
    readonly seed: number;
    readonly gradientNorm: number;
    /** Where it is not the exact model's, the two seeds have ended in two optima. */
    readonly objective: number;
  };
  readonly predictions: number;
  /** Between exact and retrain, in rating units, over all predictions. */
  readonly largestDifference: number;
  /** By method: rms distance to the retrained model over that of the original, over all predictions. */
  readonly left: Readonly<Record<string, number>>;
}

/** What was looked for in the written folder. */
export interface ProofPart {
  readonly part: "proof";
  readonly bytes: number;
  readonly files: number;
  /** Where the user's id was found: tables read back, and raw bytes (null where the id is too short for that to tell). */
  readonly foundInTables: number;
  readonly foundInBytes: number | null;
  /** Rows with data: none of them is the user's. */
  readonly users: number;
  readonly interactions: number;
}

export type DemoPart = DataPart | TrainPart | WhyPart | ForgetPart | ProofPart;

const settings = { factors: 8, l2: 20, l2Bias: 5 };

/** Runs the story; the parts in order. */
export async function runDemo(options: DemoOptions = {}): Promise<DemoPart[]> {
  const parts: DemoPart[] = [];
  const tell = (part: DemoPart) => {
    parts.push(part);
    options.onPart?.(part);
  };
  const dataset = await demoData(options);
  const { interactions } = dataset;
  tell({
    part: "data",
    source: options.file ?? "synthetic, planted taste groups",
    synthetic: options.file === undefined,
    ratings: interactions.size,
    users: interactions.userCount,
    items: interactions.itemCount,
    factors: settings.factors,
    l2: settings.l2,
  });
  const { model, part } = await trainPart(dataset, options);
  tell(part);
  const user = chosenUser(model);
  const why = await whyPart(model, user, options);
  tell(why);
  const { part: forgetting, forgotten } = await forgetPart(model, user, options);
  tell(forgetting);
  tell(await proofPart(forgotten, user));
  return parts;
}

async function demoData({ file, reading, seed = 1 }: DemoOptions): Promise<Dataset> {
  if (file !== undefined) return enough(file, (await readInteractions(file, reading)).dataset);
  return plantedFactors({ users: 1500, items: 600, ratings: 75_000, factors: 6, seed, noise: 0.6 });
}

/** Some to train on, some to hold out, and somebody left when one user is forgotten. */
function enough(file: string, dataset: Dataset): Dataset {
  const { size, userCount, itemCount } = dataset.interactions;
  if (size >= 50 && userCount >= 5 && itemCount >= 5) return dataset;
  throw new LetheError(
    "bad-input",
    `${file}: found ${size} ratings, ${userCount} users and ${itemCount} items, expected 50, 5 and 5 or more for a demo`,
    "training takes sets of any size",
  );
}

async function trainPart(dataset: Dataset, options: DemoOptions): Promise<{ model: NamedModel; part: TrainPart }> {
  const { seed = 1, kernels, signal, onProgress } = options;
  const { interactions } = dataset;
  const split = splitEveryNth(interactions.size, 10);
  const { factors, ...rest } = settings;
  const plan = planOf({ model: "mf", settings: { factors }, ...rest });
  const kept = { ...dataset, interactions: interactions.select(split.train) };
  const begun = performance.now();
  const trainedOn = await trainOn(kept, plan, { seed, kernels, signal, onProgress: onProgress?.("") });
  const seconds = (performance.now() - begun) / 1000;
  const model = compacted(trainedOn);
  const { status, value, gradientNorm } = smoothOf(model);
  const test = interactions.select(split.test);
  const predicted = trainedOn.trained.scores(test);
  const { ratings } = kept.interactions;
  const mean = ratings.reduce((sum, r) => sum + r, 0) / ratings.length;
  const part: TrainPart = {
    part: "train",
    status,
    seconds,
    objective: value,
    gradientNorm,
    heldOutRmse: rmse(predicted, test.ratings),
    meanRmse: rmse(new Float64Array(test.size).fill(mean), test.ratings),
  };
  return { model, part };
}

function smoothOf({ trained }: { readonly trained: TrainedModel }): Smooth {
  if (trained.smooth === undefined) throw new LetheError("internal", "matrix factorization without parameters");
  return trained.smooth;
}

/** A user of typical size: the first whose number of ratings is the median of those with at least ten. */
function chosenUser({ trained, dataset }: NamedModel): string {
  const { start } = trained.interactions.byUser;
  const counts = Array.from({ length: start.length - 1 }, (_, u) => start[u + 1] - start[u]);
  const enough = counts.filter((count) => count >= 10);
  const goal = Math.floor(median(enough.length > 0 ? enough : counts));
  const user = counts.reduce(
    (best, count, u) => (Math.abs(count - goal) < Math.abs(counts[best] - goal) ? u : best),
    0,
  );
  return dataset.userIds.list[user];
}

async function whyPart(model: NamedModel, user: string, { kernels, signal }: DemoOptions): Promise<WhyPart> {
  const [best] = recommend(model, user, 1);
  const item = best?.item ?? model.dataset.itemIds.list[0];
  const explanation = await explain(model, { user, item, count: 3, kernels, signal });
  const strongest = explanation.byItem[0];
  if (strongest === undefined) return { part: "why", explanation, checked: null };
  const group = { name: strongest.item, rows: rowsOf(model, { interactions: pair(user, strongest.item) }) };
  const truth = await explainPlayers(model, {
    ...{ user, item, kernels, signal },
    method: "leave-one-out",
    players: [group],
  });
  return {
    part: "why",
    explanation,
    checked: {
      item: strongest.item,
      title: strongest.title,
      estimate: explanation.score - strongest.influence,
      truth: explanation.score - truth.byPlayer[0].influence,
    },
  };
}

function pair(user: string, item: string) {
  return { users: [user], items: [item] };
}

const compared = ["scif", "sif", "influence-function", "newton"] as const;

async function forgetPart(
  model: NamedModel,
  userId: string,
  options: DemoOptions,
): Promise<{ part: ForgetPart; forgotten: NamedModel }> {
  const { kernels, signal, onProgress } = options;
  const { trained } = model;
  const rows = rowsOf(model, { users: [userId] });
  const forgetBy = (name: string) =>
    unlearnerNamed(name, trained).forget(trained, rows, runOf({ kernels, signal, onProgress: onProgress?.(name) }));
  const exact = await forgetBy("exact");
  const retrained = await forgetBy("retrain");
  const { yieldToEventLoop } = runOf({ kernels, signal });
  const differenceOf = async (one: TrainedModel) => {
    await yieldToEventLoop();
    return difference(allScores(one), truth);
  };
  const truth = allScores(retrained.model);
  const original = await differenceOf(trained);
  const ours = await differenceOf(exact.model);
  const left: Record<string, number> = { "nothing done": 1 };
  for (const name of compared) left[name] = (await differenceOf((await forgetBy(name)).model)).rms / original.rms;
  left.exact = ours.rms / original.rms;
  const again = smoothOf({ trained: retrained.model });
  return {
    forgotten: { ...model, trained: exact.model },
    part: {
      part: "forget",
      user: userId,
      ratings: rows.length,
      exact: { seconds: exact.milliseconds.forget / 1000, certificate: exact.certificate },
      retrain: {
        seconds: retrained.milliseconds.forget / 1000,
        seed: retrained.model.seed,
        gradientNorm: again.gradientNorm,
        objective: again.value,
      },
      predictions: truth.length,
      largestDifference: ours.largest,
      left,
    },
  };
}

/** Scores of all users and items, user-major. */
function allScores(trained: TrainedModel): Float64Array {
  const { userCount, itemCount } = trained.interactions;
  const out = new Float64Array(userCount * itemCount);
  for (let u = 0; u < userCount; u++) out.set(itemScoresOf(trained, u), u * itemCount);
  return out;
}

function difference(a: Float64Array, b: Float64Array): { rms: number; largest: number } {
  let sum = 0;
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    const gap = Math.abs(a[k] - b[k]);
    sum += gap * gap;
    largest = Math.max(largest, gap);
  }
  return { rms: Math.sqrt(sum / a.length), largest };
}

function temporaryDefect(error: unknown): LetheError {
  return new LetheError(
    "bad-input",
    `${tmpdir()}: no folder for temporary files can be made there: ${(error as Error).message}`,
    "set TMPDIR to a folder that can be written to",
  );
}

/** Writes the new model to a folder of its own, reads it back, and looks for the user. */
async function proofPart(forgotten: NamedModel, user: string): Promise<ProofPart> {
  const parent = await mkdtemp(join(tmpdir(), "lethe-demo-")).catch((error: unknown) => {
    throw temporaryDefect(error);
  });
  hold(parent);
  try {
    const folder = join(parent, "model");
    await storeModel(folder, forgotten);
    const back = await openModel(folder);
    const names = await readdir(folder);
    const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
    const needle = Buffer.from(user);
    // A short id occurs in binary numbers by chance; the tables read back are the proof then.
    const telling = needle.length >= 6;
    return {
      part: "proof",
      bytes: contents.reduce((sum, content) => sum + content.length, 0),
      files: names.length,
      foundInTables: back.dataset.userIds.find(user) === undefined ? 0 : 1,
      foundInBytes: telling ? contents.filter((content) => content.includes(needle)).length : null,
      users: back.dataset.userIds.size,
      interactions: back.trained.interactions.size,
    };
  } finally {
    await rm(parent, { recursive: true, force: true });
    release(parent);
  }
}

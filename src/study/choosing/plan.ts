/** What is to be trained, and how: a model, its objective and a trainer, from what was asked for and what is usual. */

import type { Dataset } from "../../data/dataset.ts";
import type { HoldoutSize } from "../../data/splitting.ts";
import { LetheError } from "../../errors.ts";
import type { MatrixKernels } from "../../kernel/matrices/matrices.ts";
import { modelKinds, presets } from "../../model/index.ts";
import type { ModelSettings } from "../../model/model.ts";
import { differentiable } from "../../objective/differentiable.ts";
import type { Regularizer } from "../../objective/factorization.ts";
import { type Confidence, ials, type Loss, losses } from "../../objective/loss.ts";
import { nameKeys } from "../../objective/negatives.ts";
import type { Objective, ObjectiveSettings } from "../../objective/objective.ts";
import { type Recipe, standardRecipe } from "../../training/batches/recipe.ts";
import { certifiable } from "../../training/certifiable.ts";
import type { Cheapest, Place } from "../../training/cheapest.ts";
import { sharded } from "../../training/sharded.ts";
import { type Sharding, usualSharding } from "../../training/shards/sharding.ts";
import type { Beginning, Trainer, TrainingData } from "../../training/trained-model.ts";
import { alsNewton, byBatches } from "../../training/trainer.ts";

/** A training. */
export interface TrainPlan {
  /** Name in the model catalogue, or of a preset. */
  readonly model: string;
  /** Of a model that minimises an objective. */
  readonly settings?: ObjectiveSettings | undefined;
  readonly trainer: Trainer;
  /** λ; of boosted trees the L2 of their leaves. */
  readonly l2: number;
  /** Whether λ was given, is usual, or follows from the data. */
  readonly l2From: "given" | "usual" | "data";
  /** Where λ follows from the data and they are not there yet: the plan with it. Until then `settings` and `trainer` cannot be used. */
  readonly withL2?: ((l2: number, under?: OtherL2) => TrainPlan) | undefined;
  /** Of a model that is to be the global optimum, with as many factors as that needs. */
  readonly certifiable?: Certifiable | undefined;
  /** Of a training by batches. */
  readonly recipe: Recipe | undefined;
  /** Rows of every user to hold out and to choose the epoch by; 0 chooses none. */
  readonly validation: number;
  /** What is held out of training to measure the error on; none where absent. */
  readonly holdout: HoldoutSize | undefined;
  /** Trains again on all rows, for as many epochs as were best where there is validation. */
  readonly refit: boolean;
  /** Whether the loss reads ratings; others take interactions without them. */
  readonly rating: "needed" | "optional";
  /** What was asked for and left out, and why. */
  readonly notes: readonly string[];
}

/** What the way to a provable model is chosen from. */
export interface Certifiable {
  /** Which L2 may be taken, where λ follows from the data. */
  readonly regularizers: readonly Regularizer[];
  /** λ_b that was given. */
  readonly l2Bias?: number | undefined;
  /** What λ was chosen from, where it followed from the data. */
  readonly found?: FoundOnPath | undefined;
}

/** The way to a λ that can be proved. */
export interface FoundOnPath extends Cheapest {
  /** Every place that was looked at, and how many seconds after the first step. */
  readonly path: readonly (Place & { readonly seconds: number })[];
}

/** What may follow from the data beside λ. */
export type OtherL2 = Pick<TrainWishes, "regularizer" | "l2Bias">;

/** The training of a model that minimises an objective. */
export interface ObjectivePlan extends TrainPlan {
  readonly settings: ObjectiveSettings;
  readonly withL2?: ((l2: number, under?: OtherL2) => ObjectivePlan) | undefined;
}

/** What may be asked for; the rest follows from the model and its loss. */
export interface TrainWishes {
  readonly model: string;
  readonly settings?: ModelSettings | undefined;
  readonly loss?: string | undefined;
  readonly confidence?: Confidence | undefined;
  /** λ; by default what follows from the data with closed forms, 1 by batches. */
  readonly l2?: number | undefined;
  readonly l2Bias?: number | undefined;
  readonly l2Shared?: number | undefined;
  readonly regularizer?: Regularizer | undefined;
  /** Negatives an interaction; none for a squared loss on ratings. */
  readonly negatives?: number | undefined;
  readonly honest?: boolean | undefined;
  readonly extraWeight?: number | undefined;
  readonly seed?: number | undefined;
  /** Of a training by batches; closed forms need none. */
  readonly recipe?: Partial<Recipe> | undefined;
  /** Where closed forms begin; default along the path of falling λ. */
  readonly begins?: Beginning | undefined;
  readonly validation?: number | undefined;
  readonly holdout?: HoldoutSize | undefined;
  readonly refit?: boolean | undefined;
  /** Goes to the global optimum of closed forms, with at most so many factors as the settings say; default 200. */
  readonly certifiable?: boolean | undefined;
  /** Trains in shards; what is left out is as usual. */
  readonly sharding?: Partial<Sharding> | undefined;
}

/** The most factors of a model that is to be certifiable, where nothing is said. */
export const mostFactors = 200;

/** The loss that a model is usually trained with. */
const usualLoss: Readonly<Record<string, string>> = {
  mf: "squared",
  "light-gcn": "bpr",
  "mult-vae": "multinomial",
};

/** Fills in what was not asked for; throws `unsupported` on a name that is none, `bad-input` on settings that do not fit. */
export function planOf(wishes: TrainWishes): ObjectivePlan {
  const { kind, loss: usualName } = usualOf(wishes.model);
  const loss = lossOf(wishes, usualName);
  const closed = kind.name === "mf" && (loss.confidence !== undefined || isClosed(loss, wishes));
  const notes: string[] = [];
  const most: ModelSettings = wishes.certifiable === true ? { factors: mostFactors } : {};
  const usual = closed ? closedDefaults(loss) : batchDefaults(loss);
  // With closed forms a stand-in, until the data are there.
  const { l2 = 1, l2Bias = closed ? usual.l2Bias : undefined, regularizer = "table", seed = 1 } = wishes;
  const perRow = wishes.negatives ?? usual.negatives;
  checkNegatives(loss, perRow, wishes.honest === true);
  const settings: ObjectiveSettings = {
    kind,
    model: kind.settings(withoutFlat(loss, { ...usual.model(kind.name), ...most, ...wishes.settings }, notes)),
    ...{ loss, l2, l2Bias, regularizer },
    l2Shared: wishes.l2Shared ?? l2,
    extraWeight: wishes.extraWeight ?? usual.extraWeight,
    sampling: perRow === 0 ? undefined : { perRow, seed, semantics: wishes.honest === true ? "honest" : "frozen" },
  };
  const recipe = closed ? undefined : { ...standardRecipe, ...usual.recipe, ...defined(wishes.recipe ?? {}) };
  // Throws where closed forms do not fit what was asked for.
  const inner = recipe === undefined ? closedTrainer(checkedClosed(settings), wishes) : byBatches(settings, recipe);
  const trainer = wishes.sharding ? sharded(inner, { ...usualSharding, seed, ...defined(wishes.sharding) }) : inner;
  const { validation = 0, refit = false, holdout } = wishes;
  if (validation > 0 && wishes.sharding)
    throw new LetheError(
      "bad-input",
      "`validation` chooses one epoch, and with `shards` every member has its own",
      "leave `validation` or `shards` out",
      "validation",
    );
  const rating = readsRatings(loss, perRow) ? "needed" : "optional";
  const plan = {
    model: wishes.model,
    l2,
    settings,
    trainer,
    recipe,
    validation,
    holdout,
    refit,
    rating,
    notes,
    ...(wishes.certifiable ? { certifiable: { regularizers: regularizersOf(wishes), l2Bias: wishes.l2Bias } } : {}),
  } as const;
  if (wishes.l2 !== undefined) return { ...plan, l2From: "given" };
  if (!closed) return { ...plan, l2From: "usual" };
  const withL2 = (found: number, under: OtherL2 = {}): ObjectivePlan => ({
    ...planOf({ ...wishes, ...under, l2: found }),
    l2From: "data",
  });
  return { ...plan, trainer: untilL2(trainer), l2From: "data", withL2 };
}

function closedTrainer(settings: ObjectiveSettings, { begins, certifiable: isProven }: TrainWishes): Trainer {
  return isProven ? certifiable(settings) : alsNewton(settings, { begins });
}

function regularizersOf({ regularizer }: TrainWishes): readonly Regularizer[] {
  return regularizer === undefined ? ["table", "interaction"] : [regularizer];
}

/** A trainer without a λ trains nothing. */
function untilL2(trainer: Trainer): Trainer {
  const train = async () => {
    throw noL2();
  };
  return { ...trainer, train };
}

function noL2(): LetheError {
  return new LetheError(
    "bad-input",
    "this plan has no `l2` yet: that of mf and ials follows from the data",
    "train with trainOn or trainFile, which find it, or give `l2`",
    "l2",
  );
}

/** Squared loss fits ratings, unless it fits 1 for what is there and 0 for what is drawn; every other loss counts or weighs choices. */
function readsRatings({ name }: Loss, perRow: number): boolean {
  return name === "squared" && perRow === 0;
}

/** The models that are usually trained without ratings. */
export function modelsWithoutRatings(): string[] {
  const names = [...Object.keys(modelKinds), ...Object.keys(presets)];
  return names.filter((name) => {
    const loss = losses[usualOf(name).loss];
    return !readsRatings(loss, batchDefaults(loss).negatives);
  });
}

/** The kind of a model or preset, and the loss that it is usually trained with. */
function usualOf(model: string) {
  const preset = Object.hasOwn(presets, model) ? presets[model] : undefined;
  const kind = named(modelKinds, "model", preset?.model ?? model);
  return { kind, loss: preset?.loss ?? usualLoss[kind.name] ?? "logistic" };
}

function lossOf({ loss, confidence }: TrainWishes, usual: string): Loss {
  const found = named(losses, "loss", loss ?? usual);
  return found.confidence && confidence ? ials(confidence) : found;
}

/** Squared loss on ratings, with nothing asked for that only batches know. */
function isClosed(loss: Loss, { negatives = 0, recipe }: TrainWishes): boolean {
  return loss.name === "squared" && negatives === 0 && recipe === undefined;
}

function checkedClosed(settings: ObjectiveSettings): ObjectiveSettings {
  const { l2, l2Bias = l2, model } = settings;
  if (!(l2 > 0))
    throw new LetheError("bad-input", `l2 is ${l2}; expected a number above 0`, "without L2 the optimum is not unique");
  if (model.biases === true && !(l2Bias > 0))
    throw new LetheError(
      "bad-input",
      `l2-bias is ${l2Bias}; expected a number above 0`,
      "without it shifts between the mean and the biases are free; leave biases out",
    );
  return settings;
}

interface Defaults {
  readonly l2Bias?: number;
  readonly negatives: number;
  readonly extraWeight: number;
  readonly recipe: Partial<Recipe>;
  model(kind: string): ModelSettings;
}

function closedDefaults(loss: Loss): Defaults {
  const explicit = loss.confidence === undefined;
  return {
    ...{ l2Bias: 5, negatives: 0, extraWeight: 0, recipe: {} },
    model: () => (explicit ? { biases: true, mean: "learned" } : { biases: false, mean: 0 }),
  };
}

function batchDefaults({ form, name }: Loss): Defaults {
  const lists = form === "listwise";
  return {
    negatives: lists || name === "squared" ? 0 : 4,
    extraWeight: lists ? 0.2 : 0,
    recipe: lists ? { batch: 256 } : {},
    model: () => ({}),
  };
}

/** Leaves out the biases and the mean that cancel in a loss on pairs of items, and notes it. */
function withoutFlat({ form, name }: Loss, settings: ModelSettings, notes: string[]): ModelSettings {
  if (form !== "pairwise") return settings;
  const out: Record<string, ModelSettings[string]> = { ...settings };
  if (out.biases === true) {
    out.biases = "items";
    notes.push(
      `user biases cancel in the loss ${name}, which compares items of one user: the model has those of items alone`,
    );
  }
  if (out.mean !== undefined && out.mean !== 0) {
    delete out.mean;
    notes.push(`a mean cancels in the loss ${name}: the model has none`);
  }
  return out;
}

function checkNegatives({ name, form }: Loss, perRow: number, honest: boolean): void {
  const refused = (found: string, why: string, advice: string) =>
    new LetheError("bad-input", `${found}: ${why}`, advice);
  if (form === "pairwise" && perRow === 0)
    throw refused("negatives 0", `the loss ${name} compares liked items with drawn others`, "draw 1 or more");
  if (form === "listwise" && perRow > 0)
    throw refused(`negatives ${perRow}`, `the loss ${name} reads all items and draws none`, "leave negatives out");
  if (honest && perRow === 0)
    throw refused("honest", `the loss ${name} draws no negatives here`, "leave honest out, or draw 1 or more");
}

/** The objective of a plan on a data set. */
export function objectiveOf(
  { model, settings, withL2 }: Pick<TrainPlan, "model" | "settings" | "withL2">,
  dataset: Dataset,
  matrices?: MatrixKernels,
): Objective {
  if (withL2) throw noL2();
  if (settings === undefined)
    throw new LetheError("unsupported", `${model} minimises no objective`, "train it with trainOn or trainFile");
  const { interactions, keys } = dataOf(dataset);
  return differentiable(settings, interactions, keys, { matrices });
}

/** A data set as trainers take it. */
export function dataOf({ interactions, userIds, itemIds }: Dataset): TrainingData {
  return { interactions, keys: nameKeys(userIds.list, itemIds.list) };
}

function named<Value>(catalogue: Readonly<Record<string, Value>>, what: string, name: string): Value {
  if (Object.hasOwn(catalogue, name)) return catalogue[name];
  throw new LetheError("unsupported", `no ${what} "${name}"`, `one of: ${Object.keys(catalogue).join(", ")}`);
}

function defined<Some extends object>(some: Some): Some {
  return Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as Some;
}

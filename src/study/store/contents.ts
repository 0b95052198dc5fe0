/** A trained model between memory and folder: settings, tensors, negatives and trainer. */

import { LetheError } from "../../errors.ts";
import type { StoredFactors, StoredModel, StoredTensors } from "../../exchange/model/folder.ts";
import { negativesName } from "../../exchange/model/tables.ts";
import type { MatrixKernels } from "../../kernel/matrices/matrices.ts";
import type { Kernels } from "../../kernel/run-context.ts";
import { modelKinds } from "../../model/index.ts";
import { putValues, valuesOf } from "../../model/tensors.ts";
import { closedFormsOf, factorizationSettings } from "../../objective/closed-forms.ts";
import { differentiable } from "../../objective/differentiable.ts";
import { objectiveSettings } from "../../objective/factor-settings.ts";
import { ials, losses } from "../../objective/loss.ts";
import { nameKeys } from "../../objective/negatives.ts";
import type { Objective, ObjectiveSettings } from "../../objective/objective.ts";
import { recipeOf } from "../../training/batches/recipe.ts";
import type { TrainStatus } from "../../training/factors/descent.ts";
import type { Tolerance } from "../../training/tolerance.ts";
import {
  type Beginning,
  type Smooth,
  smoothModel,
  type TrainedModel,
  type Trainer,
} from "../../training/trained-model.ts";
import { alsNewton, byBatches } from "../../training/trainer.ts";
import { endOf, membersOf, shardContents, shardsFrom } from "./shards.ts";
import { paramsFrom, plain, tensorsOf } from "./tensors.ts";
import { treeContents, treesFrom } from "./trees.ts";

/** What a folder holds, as a trained model; throws `bad-model` on settings, a loss, a trainer or tensors that do not fit. */
export function trainedFrom(stored: StoredModel, kernels: () => Kernels): TrainedModel {
  if (stored.trees) return asBadModel(() => treesFrom(stored));
  return stored.tables === undefined ? fromTensors(stored, kernels().matrices) : fromTables(stored);
}

function fromTables({ manifest, tables, dataset }: StoredFactors): TrainedModel {
  const { model, objective: declared, training } = manifest;
  const { confidence, ...rest } = { ...declared, ...model };
  const settings = objectiveSettings({ ...rest, ...(confidence ? { confidence } : {}) });
  const objective = asBadModel(() => {
    const made = differentiable(settings, dataset.interactions, keysOf(dataset));
    closedFormsOf(made);
    return made;
  });
  const values: Readonly<Record<string, Float64Array | undefined>> = {
    user_factors: tables.userFactors,
    item_factors: tables.itemFactors,
    user_bias: tables.userBias,
    item_bias: tables.itemBias,
    mean: Float64Array.of(tables.mean),
  };
  const params = new Float64Array(objective.parameterCount);
  for (const tensor of objective.tensors) putValues(tensor, values[tensor.name] ?? new Float64Array(0), params);
  return modelFrom(headOf(manifest), objective, params, closedTrainer(settings, training));
}

function fromTensors(stored: StoredTensors, matrices: MatrixKernels): TrainedModel {
  const { manifest, tensors, dataset } = stored;
  const { model, objective: declared, training } = manifest;
  const loss = known(losses, declared.loss, "loss");
  const { l2, l2Bias, l2Shared, regularizer, extraWeight, sampling, confidence } = declared;
  const settings: ObjectiveSettings = {
    kind: known(modelKinds, model.name, "model"),
    model: model.settings,
    loss: loss.confidence && confidence ? ials(confidence) : loss,
    ...{ l2, l2Bias, l2Shared, regularizer, extraWeight, sampling },
  };
  const drawn = tensors.get(negativesName);
  const parts = { negatives: drawn && Uint32Array.from(drawn.values), matrices };
  const { recipe, sharding } = training;
  const trainer = asBadModel(() =>
    recipe === undefined ? closedTrainer(settings, { begins: training.begins }) : byBatches(settings, recipeOf(recipe)),
  );
  if (sharding) return asBadModel(() => shardsFrom(stored, sharding, settings, trainer, parts));
  const objective = asBadModel(() => differentiable(settings, dataset.interactions, keysOf(dataset), parts));
  return modelFrom(headOf(manifest), objective, paramsFrom(objective, tensors), trainer);
}

/** Folders that do not say where their training began have random factors as a start. */
function closedTrainer(
  settings: ObjectiveSettings,
  { trainer, begins = "random" }: { readonly trainer?: string; readonly begins?: Beginning | undefined },
): Trainer {
  return alsNewton(settings, { name: trainer, begins });
}

type Head = Pick<(StoredFactors | StoredTensors)["manifest"], "training" | "result" | "forgotten">;

function headOf({ training, result, forgotten }: Head): Head {
  return { training, result, forgotten };
}

function modelFrom(
  { training, result, forgotten }: Head,
  objective: Objective,
  params: Float64Array,
  trainer: Trainer,
): TrainedModel {
  return smoothModel({
    objective,
    params,
    trainer,
    seed: training.seed,
    ...toleranceOf(training),
    status: result.status as TrainStatus,
    value: result.objective,
    gradientNorm: result.gradientNorm,
    origin: forgotten ? "forgotten" : training.trainer.startsWith("imported") ? "imported" : "trained",
  });
}

function keysOf({ userIds, itemIds }: StoredModel["dataset"]) {
  return nameKeys(userIds.list, itemIds.list);
}

function known<Value>(catalogue: Readonly<Record<string, Value>>, name: string, what: string): Value {
  if (Object.hasOwn(catalogue, name)) return catalogue[name];
  throw new LetheError("bad-model", `model.json: no ${what} "${name}"`, `one of: ${Object.keys(catalogue).join(", ")}`);
}

function asBadModel<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (error instanceof LetheError && error.code === "bad-input")
      throw new LetheError("bad-model", `model.json: ${error.message}`, error.advice);
    throw error;
  }
}

/** What is stored of a model: settings, objective and trainer, where its training ended, and its tensors. */
export function contentsOf(trained: TrainedModel) {
  const { smooth, trainer, seed } = trained;
  const members = membersOf(trained);
  if (members) {
    const { sharding, ...rest } = shardContents(trained, members);
    const { status, value, gradientNorm, ...ended } = endOf(members, trained.learned);
    const training = {
      trainer: trainer.name,
      seed,
      ...toleranceOf(ended),
      ...howTrained(trainer.sharding?.inner),
      sharding,
    };
    return { ...rest, training, result: { status, objective: value, gradientNorm } };
  }
  if (trainer.boosting && trained.trees) return treeContents(trained, trainer.boosting, trained.trees.booster);
  if (smooth === undefined)
    throw new LetheError("unsupported", `a model of the kind ${trained.kind} cannot be stored`, "keep it in memory");
  const { status, value, gradientNorm } = smooth;
  const training = { trainer: trainer.name, seed, ...toleranceOf(smooth) };
  const result = { status, objective: value, gradientNorm };
  const followed = howTrained(trainer);
  const closed = "recipe" in followed ? undefined : factorizationSettings(smooth.objective.settings);
  if (closed) return { ...tablesOf(smooth, closed), training: { ...training, ...followed }, result };
  return { ...tensorsOf(smooth), training: { ...training, ...followed }, result };
}

/** What is stored of a tolerance; the share of the data's scale where it goes along with them. */
function toleranceOf({ tolerance, relativeTolerance }: Tolerance): Tolerance {
  return { tolerance, ...(relativeTolerance === undefined ? {} : { relativeTolerance }) };
}

/** The recipe of a trainer by batches; closed forms have none, and where they began. */
function howTrained(trainer: Trainer | undefined) {
  if (trainer?.recipe !== undefined) return { recipe: plain(trainer.recipe) };
  return trainer?.begins === undefined ? {} : { begins: trainer.begins };
}

function tablesOf({ objective, params }: Smooth, settings: NonNullable<ReturnType<typeof factorizationSettings>>) {
  const { factors, biases, mean, l2, l2Bias, regularizer, confidence } = settings;
  const values = new Map(objective.tensors.map((tensor) => [tensor.name, valuesOf(tensor, params)]));
  const table = (name: string) => values.get(name) ?? new Float64Array(0);
  const learned = values.get("mean");
  return {
    model: { name: confidence ? ("ials" as const) : ("mf" as const), factors, biases, mean },
    objective: { loss: "squared" as const, l2, l2Bias, regularizer, ...(confidence ? { confidence } : {}) },
    tables: {
      userFactors: table("user_factors"),
      itemFactors: table("item_factors"),
      ...(biases ? { userBias: table("user_bias"), itemBias: table("item_bias") } : {}),
      mean: learned ? learned[0] : mean.kind === "fixed" ? mean.value : 0,
    },
  };
}

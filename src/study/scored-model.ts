/** A model of any other kind between memory and folder: settings, tensors and negatives, and what is left when ids have no data. */

import type { AuditedModel } from "../audit/audit.ts";
import { LetheError } from "../errors.ts";
import type { Tensor } from "../exchange/files/safetensors.ts";
import type { StoredTensors } from "../exchange/model/folder.ts";
import { negativesName } from "../exchange/model/tables.ts";
import { modelKinds } from "../model/index.ts";
import { type ModelSettings, sizeOf } from "../model/model.ts";
import { losses } from "../objective/loss.ts";
import { nameKeys, noItem } from "../objective/negatives.ts";
import { type ScoredObjective, type ScoredSettings, scoredObjective } from "../objective/scored.ts";
import type { TrainStatus } from "../training/descent.ts";
import { recipeOf } from "../training/recipe.ts";
import type { TrainedScored } from "../training/trained.ts";
import { type Kept, keptDataset, keptRows } from "./kept.ts";

/** A trained model of this family and the names of its users and items. */
export interface NamedScored extends AuditedModel {
  readonly trained: TrainedScored;
}

/** What a folder holds, as a trained model; throws `bad-model` on settings, a loss or tensors that do not fit. */
export function scoredFrom({ manifest, tensors, dataset }: StoredTensors): TrainedScored {
  const { model, objective: stated, training, result } = manifest;
  const settings: ScoredSettings = {
    kind: known(modelKinds, model.name, "model"),
    model: model.settings,
    loss: known(losses, stated.loss, "loss"),
    l2: stated.l2,
    l2Shared: stated.l2Shared,
    regularizer: stated.regularizer,
    extraWeight: stated.extraWeight,
    sampling: stated.sampling,
  };
  const drawn = tensors.get(negativesName);
  const keys = nameKeys(dataset.userIds.list, dataset.itemIds.list);
  const negatives = drawn && Uint32Array.from(drawn.values);
  const objective = asBadModel(() => scoredObjective(settings, dataset.interactions, keys, negatives));
  return {
    objective,
    params: paramsFrom(objective, tensors),
    seed: training.seed,
    trainer: training.trainer,
    tolerance: training.tolerance,
    recipe: asBadModel(() => recipeOf(training.recipe)),
    status: result.status as TrainStatus,
    value: result.objective,
    gradientNorm: result.gradientNorm,
  };
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

function paramsFrom({ model, parameterCount }: ScoredObjective, tensors: ReadonlyMap<string, Tensor>): Float64Array {
  const params = new Float64Array(parameterCount);
  for (const name of tensors.keys())
    if (name !== negativesName && !model.tensors.some((tensor) => tensor.name === name))
      throw new LetheError("bad-model", `parameters.safetensors has a tensor ${name} that the settings do not ask for`);
  for (const { name, shape, at } of model.tensors) {
    const found = tensors.get(name);
    if (found === undefined || found.shape.join() !== shape.join())
      throw new LetheError(
        "bad-model",
        `parameters.safetensors has ${name} in shape [${found?.shape.join(", ") ?? "none"}]; the settings ask for [${shape.join(", ")}]`,
      );
    params.set(found.values, at);
  }
  return params;
}

/** What is stored of a model, its objective and recipe, and its tensors with the negatives. */
export function storedScored({ objective, params, recipe }: TrainedScored) {
  const { kind, model: settings, loss, sampling, ...rest } = objective.settings;
  const { tensors } = objective.model;
  const values = new Map<string, Tensor>(
    tensors.map(({ name, shape, at }) => [name, { shape, values: params.subarray(at, at + sizeOf(shape)) }]),
  );
  if (sampling)
    values.set(negativesName, {
      shape: [objective.interactions.size, sampling.perRow],
      values: Float64Array.from(objective.negatives),
    });
  return {
    model: {
      name: kind.name,
      settings: plain(settings),
      tensors: tensors.map(({ name, shape, rowsOf }) => ({ name, shape: [...shape], ...(rowsOf ? { rowsOf } : {}) })),
    },
    objective: { loss: loss.name, ...rest, ...(sampling ? { sampling } : {}) },
    recipe: plain({ ...recipe }),
    tensors: values,
  };
}

function plain(settings: ModelSettings): Record<string, number | string | boolean | number[]> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}

/**
 * The same model without the users that have no interaction, and without the items that nothing refers to any more: an item that others drew as a
 * negative, or that a softmax runs over, is part of their data.
 */
export function compactScored<Named extends NamedScored>(named: Named): Named {
  const { trained, dataset } = named;
  const { objective } = trained;
  const { interactions, settings } = objective;
  const drawn = new Set(objective.negatives);
  const users = keptRows(interactions.byUser.start);
  const items = keptRows(interactions.byItem.start, (item) => settings.loss.form === "listwise" || drawn.has(item));
  const left = keptDataset(dataset, interactions, users, items);
  if (left.interactions === interactions) return { ...named, dataset: left };
  const negatives = objective.negatives.map((item) => (item === noItem ? noItem : items.next[item]));
  const keys = nameKeys(left.userIds.list, left.itemIds.list);
  const compact = scoredObjective(settings, left.interactions, keys, negatives);
  const params = pickRows(trained, compact, { user: users, item: items });
  return { ...named, trained: { ...trained, objective: compact, params }, dataset: left };
}

function pickRows(
  { objective, params }: TrainedScored,
  compact: ScoredObjective,
  kept: Readonly<Record<"user" | "item", Kept>>,
): Float64Array {
  const out = new Float64Array(compact.parameterCount);
  objective.model.tensors.forEach(({ shape, at, rowsOf }, k) => {
    const to = compact.model.tensors[k].at;
    if (rowsOf === undefined) out.set(params.subarray(at, at + sizeOf(shape)), to);
    else {
      const width = sizeOf(shape) / shape[0];
      kept[rowsOf].old.forEach((row, n) => {
        out.set(params.subarray(at + row * width, at + (row + 1) * width), to + n * width);
      });
    }
  });
  return out;
}

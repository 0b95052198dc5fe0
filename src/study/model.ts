/** A trained model with its outside names: opened from a folder, compacted, and stored. */

import type { AuditedModel } from "../audit/audit.ts";
import { idsOf } from "../data/dataset.ts";
import { interactionsOf } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import { readModel, type StoredModel, writeModel } from "../exchange/folder.ts";
import type { Manifest } from "../exchange/manifest.ts";
import { strideOf } from "../kernel/kernels.ts";
import { paramsOf, tablesOf } from "../model/matrix-factorization.ts";
import { type FactorizationSettings, factorization } from "../objective/factorization.ts";
import type { TrainStatus } from "../training/descent.ts";
import { modelOf, type Trained } from "../training/trained.ts";
import { version } from "../version.ts";

/** A trained model and the names of its users and items. */
export interface NamedModel extends AuditedModel {
  /** How it came to be, if it forgot. */
  readonly forgotten?: ForgottenNote | undefined;
}

/** What a stored model says of how it forgot. */
export interface ForgottenNote {
  readonly method: string;
  readonly guarantee: string;
  readonly certificate: Readonly<Record<string, number | string | boolean | null>>;
}

/** Opens a model folder; throws `bad-model` naming the damaged file. */
export async function openModel(folder: string): Promise<NamedModel> {
  const { manifest, tables, dataset } = await readModel(folder);
  const settings: FactorizationSettings = {
    factors: manifest.model.factors,
    biases: manifest.model.biases,
    mean: manifest.model.mean,
    l2: manifest.objective.l2,
    l2Bias: manifest.objective.l2Bias,
    regularizer: manifest.objective.regularizer,
  };
  const objective = factorization(settings, dataset.interactions);
  const trained: Trained = {
    objective,
    params: paramsOf(objective.shape, { ...tables, userBias: tables.userBias, itemBias: tables.itemBias }),
    seed: manifest.training.seed,
    trainer: manifest.training.trainer,
    tolerance: manifest.training.tolerance,
    status: manifest.result.status as TrainStatus,
    value: manifest.result.objective,
    gradientNorm: manifest.result.gradientNorm,
  };
  return { trained, dataset, forgotten: manifest.forgotten };
}

/** Writes a model folder, less the ids that have no data; what was computed with forgotten rows is not in it. */
export async function storeModel(
  folder: string,
  named: NamedModel,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Manifest> {
  const { trained, dataset, forgotten } = compacted(named);
  const { settings } = trained.objective;
  if (!Number.isFinite(trained.value) || !Number.isFinite(trained.gradientNorm))
    throw new LetheError(
      "bad-input",
      `J is ${trained.value} and ‖∇J‖ ${trained.gradientNorm}: these numbers are too large to compute with; nothing was written`,
      "are the ratings, a fixed mean or an L2 of an extreme size?",
    );
  const { userBias, itemBias, ...rest } = tablesOf(modelOf(trained));
  const stored: StoredModel = {
    manifest: {
      format: "lethe-model",
      formatVersion: 1,
      lethe: version,
      model: { name: "mf", factors: settings.factors, biases: settings.biases, mean: settings.mean },
      objective: { loss: "squared", l2: settings.l2, l2Bias: settings.l2Bias, regularizer: settings.regularizer },
      training: { trainer: trained.trainer, seed: trained.seed, tolerance: trained.tolerance },
      result: { status: trained.status, objective: trained.value, gradientNorm: trained.gradientNorm },
      ...(forgotten ? { forgotten: { ...forgotten, certificate: { ...forgotten.certificate } } } : {}),
    },
    tables: { ...rest, ...(userBias && itemBias ? { userBias, itemBias } : {}) },
    dataset,
  };
  return writeModel(folder, stored, options);
}

/** The same model without the users and items that have no interaction: their rows, ids and titles go. */
export function compacted(named: NamedModel): NamedModel {
  const { trained, dataset } = named;
  const { interactions } = trained.objective;
  const users = kept(interactions.byUser.start);
  const items = kept(interactions.byItem.start);
  if (users.old.length === interactions.userCount && items.old.length === interactions.itemCount)
    return { ...named, dataset: { ...dataset, interactions } };
  const compact = interactionsOf({
    userCount: users.old.length,
    itemCount: items.old.length,
    users: interactions.users.map((u) => users.next[u]),
    items: interactions.items.map((i) => items.next[i]),
    ratings: interactions.ratings,
    times: interactions.times,
  });
  const objective = factorization(trained.objective.settings, compact);
  const itemIds = items.old.map((i) => dataset.itemIds.list[i]);
  const stillThere = new Set(itemIds);
  return {
    ...named,
    trained: { ...trained, objective, params: pickRows(trained, users.old, items.old) },
    dataset: {
      interactions: compact,
      userIds: idsOf(users.old.map((u) => dataset.userIds.list[u])),
      itemIds: idsOf(itemIds),
      itemInfo: new Map([...dataset.itemInfo].filter(([id]) => stillThere.has(id))),
    },
  };
}

/** Old indices of the rows with data, and the new index of each old one. */
function kept(start: Uint32Array): { old: number[]; next: Uint32Array } {
  const old: number[] = [];
  const next = new Uint32Array(start.length - 1);
  for (let r = 0; r < next.length; r++)
    if (start[r + 1] > start[r]) {
      next[r] = old.length;
      old.push(r);
    }
  return { old, next };
}

function pickRows(trained: Trained, users: readonly number[], items: readonly number[]): Float64Array {
  const { shape } = trained.objective;
  const stride = strideOf(shape);
  const places = [...users, ...items.map((i) => shape.userCount + i)];
  const params = new Float64Array(places.length * stride + (shape.learnedMean ? 1 : 0));
  places.forEach((row, k) => {
    params.set(trained.params.subarray(row * stride, (row + 1) * stride), k * stride);
  });
  if (shape.learnedMean) params[params.length - 1] = trained.params[trained.params.length - 1];
  return params;
}

/** A factorization between memory and folder: what is stored of it, and what is left of it when ids have no data. */

import type { AuditedModel } from "../audit/audit.ts";
import type { StoredFactors } from "../exchange/model/folder.ts";
import { strideOf } from "../kernel/kernels.ts";
import { paramsOf, tablesOf } from "../model/matrix-factorization.ts";
import { type FactorizationSettings, factorization } from "../objective/factorization.ts";
import type { TrainStatus } from "../training/descent.ts";
import { modelOf, type Trained } from "../training/trained.ts";
import { type Kept, keptDataset, keptRows } from "./kept.ts";

/** A trained factorization and the names of its users and items. */
export interface NamedFactors extends AuditedModel {
  readonly trained: Trained;
}

/** What a folder holds, as a trained model. */
export function factorsFrom({ manifest, tables, dataset }: StoredFactors): Trained {
  const { model, objective: stated, training, result } = manifest;
  const settings: FactorizationSettings = {
    factors: model.factors,
    biases: model.biases,
    mean: model.mean,
    l2: stated.l2,
    l2Bias: stated.l2Bias,
    regularizer: stated.regularizer,
    ...(stated.confidence ? { confidence: stated.confidence } : {}),
  };
  const objective = factorization(settings, dataset.interactions);
  return {
    objective,
    params: paramsOf(objective.shape, { ...tables, userBias: tables.userBias, itemBias: tables.itemBias }),
    seed: training.seed,
    trainer: training.trainer,
    tolerance: training.tolerance,
    status: result.status as TrainStatus,
    value: result.objective,
    gradientNorm: result.gradientNorm,
  };
}

/** What is stored of a model and its objective, and its tables. */
export function storedFactors(trained: Trained) {
  const { factors, biases, mean, l2, l2Bias, regularizer, confidence } = trained.objective.settings;
  const { userBias, itemBias, ...rest } = tablesOf(modelOf(trained));
  return {
    model: { name: confidence ? ("ials" as const) : ("mf" as const), factors, biases, mean },
    objective: { loss: "squared" as const, l2, l2Bias, regularizer, ...(confidence ? { confidence } : {}) },
    tables: { ...rest, ...(userBias && itemBias ? { userBias, itemBias } : {}) },
  };
}

/** The same model without the users and items that have no interaction: their rows, ids and titles go. */
export function compactFactors<Named extends NamedFactors>(named: Named): Named {
  const { trained, dataset } = named;
  const { interactions } = trained.objective;
  const users = keptRows(interactions.byUser.start);
  const items = keptRows(interactions.byItem.start);
  const left = keptDataset(dataset, interactions, users, items);
  if (left.interactions === interactions) return { ...named, dataset: left };
  const objective = factorization(trained.objective.settings, left.interactions);
  return { ...named, trained: { ...trained, objective, params: pickRows(trained, users, items) }, dataset: left };
}

function pickRows(trained: Trained, users: Kept, items: Kept): Float64Array {
  const { shape } = trained.objective;
  const stride = strideOf(shape);
  const places = [...users.old, ...items.old.map((i) => shape.userCount + i)];
  const params = new Float64Array(places.length * stride + (shape.learnedMean ? 1 : 0));
  places.forEach((row, k) => {
    params.set(trained.params.subarray(row * stride, (row + 1) * stride), k * stride);
  });
  if (shape.learnedMean) params[params.length - 1] = trained.params[trained.params.length - 1];
  return params;
}

/** The factors of a model in the formats of the systems that serve them. */

import { LetheError } from "../../errors.ts";
import type { ForeignFactors, ForeignWriteOptions } from "../../exchange/foreign/factors.ts";
import { writeForeign } from "../../exchange/foreign/index.ts";
import type { FactorForm } from "../../model/model.ts";
import { valuesOf } from "../../model/tensors.ts";
import { baseScore } from "../../training/base-score.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import type { NamedModel } from "../store/model.ts";

/** What exporting reports. */
export interface ExportReport {
  readonly format: string;
  readonly path: string;
  readonly factors: number;
  readonly users: number;
  readonly items: number;
  readonly biases: boolean;
  /** Added to every score; 0 where the model has none. */
  readonly mean: number;
}

/** Writes a model's factors; throws `unsupported` for models whose scores are no dot products. */
export async function exportModel(
  named: NamedModel,
  format: string,
  path: string,
  options: ForeignWriteOptions = {},
): Promise<ExportReport> {
  const factors = foreignOf(named);
  await writeForeign(path, format, factors, options);
  return {
    format,
    path,
    factors: factors.factors,
    users: named.dataset.userIds.size,
    items: named.dataset.itemIds.size,
    biases: factors.userBias !== undefined || factors.itemBias !== undefined,
    mean: factors.mean ?? 0,
  };
}

function foreignOf({ trained, dataset }: NamedModel): ForeignFactors {
  const names = { userIds: dataset.userIds.list, itemIds: dataset.itemIds.list, precision: "float64" as const };
  const { factors: form, smooth, kind } = trained;
  if (form === undefined)
    throw new LetheError(
      "unsupported",
      `the scores of ${kind} are no dot products: these formats cannot hold it`,
      "its folder has all parameters in parameters.safetensors",
    );
  const stated: Record<string, number> = {};
  if (smooth) {
    const { l2, loss } = smooth.objective.settings;
    stated.regularization = l2;
    if (loss.confidence) stated.alpha = loss.confidence.alpha;
  }
  return { ...withoutMean(form, meanOf(trained), smooth), ...names, stated };
}

/** The form with the mean apart from the users' biases that carry it: these are the model's own, to the bit. */
function withoutMean(form: FactorForm, mean: number, smooth: Smooth | undefined) {
  if (mean === 0) return form;
  const own = smooth?.objective.tensors.find(({ name }) => name === "user_bias");
  return { ...form, userBias: smooth && own && valuesOf(own, smooth.params), mean };
}

function meanOf(trained: TrainedModel): number {
  return baseScore(trained, undefined, undefined);
}

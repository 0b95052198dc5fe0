/** The factors of a model in the formats of the systems that serve them. */

import { LetheError } from "../errors.ts";
import type { ForeignFactors, ForeignWriteOptions } from "../exchange/foreign/factors.ts";
import { writeForeign } from "../exchange/foreign/index.ts";
import { tablesOf } from "../model/matrix-factorization.ts";
import { factorFormOf, isFactorTrained, modelOf } from "../training/trained.ts";
import type { NamedModel } from "./model.ts";

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
  if (isFactorTrained(trained)) {
    const { settings } = trained.objective;
    const { mean, ...tables } = tablesOf(modelOf(trained));
    const stated: Record<string, number> = { regularization: settings.l2 };
    if (settings.confidence) stated.alpha = settings.confidence.alpha;
    return { factors: settings.factors, ...tables, ...(mean === 0 ? {} : { mean }), ...names, stated };
  }
  const form = factorFormOf(trained);
  if (form === undefined)
    throw new LetheError(
      "unsupported",
      `the scores of ${trained.objective.settings.kind.name} are no dot products: these formats cannot hold it`,
      "its folder has all parameters in parameters.safetensors",
    );
  return { ...form, ...names, stated: { regularization: trained.objective.settings.l2 } };
}

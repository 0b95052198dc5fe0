/** The factors of a model in the formats of the systems that serve them. */

import { LetheError } from "../../errors.ts";
import type { ForeignFactors, ForeignWriteOptions } from "../../exchange/foreign/factors.ts";
import { withoutBiases, writeForeign } from "../../exchange/foreign/index.ts";
import type { FactorForm } from "../../model/model.ts";
import { valuesOf } from "../../model/tensors.ts";
import { baseScore } from "../../training/base-score.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { leftoversOf } from "../store/leftovers.ts";
import type { NamedModel } from "../store/model.ts";
import { atPositions, emptyRowsOf, movedRowsOf, numbered, numberedNotes } from "./exported-rows.ts";
import { statedSettings } from "./kept-settings.ts";

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
  /** Rows of zeros at the positions of those who have no data, where there are any. */
  readonly emptyRows?: { readonly users: number; readonly items: number };
  /** Which rows are at another place, or under another number, than they were; absent where none is. */
  readonly notes?: readonly string[];
  /** Where data of an earlier export, or of a writer that died, may still lie: what could not be removed, where there is any. */
  readonly leftovers?: string[];
}

/** How a model is exported. */
export interface ExportOptions extends ForeignWriteOptions {
  /** Writes rows one after another, also where they are known by position. */
  readonly compact?: boolean | undefined;
}

/** Formats whose readers go by the positions of rows. */
const byPosition: readonly string[] = ["npz", "safetensors"];

/**
 * Writes a model's factors. A side that was known by position when it was imported keeps its layout in formats without ids: those who have no
 * data have a row of zeros there. Throws `unsupported` for models whose scores are no dot products.
 */
export async function exportModel(
  named: NamedModel,
  format: string,
  path: string,
  { compact = false, ...options }: ExportOptions = {},
): Promise<ExportReport> {
  const { positions = {} } = named;
  const factors = foreignOf(named, format);
  const inRows = byPosition.includes(format);
  const numbers = format === "spark" && options.ids === "positions";
  const placed =
    compact || !(inRows || numbers)
      ? factors
      : inRows
        ? atPositions(alone(factors, format, options), positions)
        : numbered(factors, positions);
  const left = await writeForeign(path, format, placed, numbers && !compact ? { ...options, ids: "outside" } : options);
  const emptyRows = inRows && !compact ? emptyRowsOf(factors, positions) : { users: 0, items: 0 };
  const notes = [
    ...((inRows || numbers) && compact ? movedRowsOf(factors, positions) : []),
    ...(numbers ? numberedNotes(factors, positions) : []),
  ];
  return {
    ...(emptyRows.users + emptyRows.items > 0 ? { emptyRows } : {}),
    ...(notes.length > 0 ? { notes } : {}),
    format,
    path,
    factors: factors.factors,
    users: named.dataset.userIds.size,
    items: named.dataset.itemIds.size,
    biases: factors.userBias !== undefined || factors.itemBias !== undefined,
    mean: factors.mean ?? 0,
    ...(await leftoversOf(path, left)),
  };
}

/** The model without biases where they are to become factors: a row that is not there has none of these either. */
function alone(factors: ForeignFactors, format: string, { biases }: ForeignWriteOptions): ForeignFactors {
  return format === "npz" && biases === "columns" ? withoutBiases(factors) : factors;
}

function foreignOf({ trained, dataset, foreign }: NamedModel, format: string): ForeignFactors {
  const names = { userIds: dataset.userIds.list, itemIds: dataset.itemIds.list, precision: "float64" as const };
  const { factors: form, smooth, shards, kind } = trained;
  if (form === undefined)
    throw new LetheError(
      "unsupported",
      `the scores of ${shards ? "a model in shards" : kind} are no dot products: these formats cannot hold it`,
      "its folder has all parameters in parameters.safetensors",
    );
  const stated = statedSettings(format, foreign, smooth);
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

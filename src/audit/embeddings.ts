/** Embeddings of users and items by outside ids. */

import type { FactorForm } from "../model/model.ts";
import { rowAt } from "../model/tensors.ts";
import type { AuditedModel } from "./audit.ts";

/** The two sides that have embeddings. */
export type Side = "user" | "item";

/** The embeddings of one side. */
export interface Embeddings {
  /** The length of one. */
  readonly width: number;
  /** That of an outside id; undefined where the model does not have the id. */
  of(id: string): Float64Array | undefined;
}

/** Rows of the tables whose dot products are the scores, biases left out; undefined where scores are none. */
export function factorsOf({ trained, dataset }: AuditedModel, side: Side): Embeddings | undefined {
  const form = trained.factors;
  if (form === undefined) return undefined;
  const { find } = idsOfSide(dataset, side);
  const [table, width] = [tableOf(form, side), form.factors];
  return {
    width,
    of(id) {
      const row = find(id);
      return row === undefined ? undefined : table.subarray(row * width, (row + 1) * width);
    },
  };
}

/** The same, or, where scores are no dot products, the rows of all tables of that side next to each other; undefined where there are none. */
export function embeddingsOf(model: AuditedModel, side: Side): Embeddings | undefined {
  const factors = factorsOf(model, side);
  const { smooth } = model.trained;
  if (factors !== undefined || smooth === undefined) return factors;
  const { objective, params } = smooth;
  const tables = objective.tensors.filter(({ rowsOf, penalised }) => rowsOf === side && penalised === "table");
  if (tables.length === 0) return undefined;
  const { find } = idsOfSide(model.dataset, side);
  return {
    width: tables.reduce((sum, { width }) => sum + width, 0),
    of(id) {
      const row = find(id);
      if (row === undefined) return undefined;
      const parts = tables.map((table) => params.subarray(rowAt(table, row), rowAt(table, row) + table.width));
      return Float64Array.from(parts.flatMap((part) => [...part]));
    },
  };
}

/** The ids of one side. */
export function idsOfSide(
  { userIds, itemIds }: AuditedModel["dataset"],
  side: Side,
): AuditedModel["dataset"]["userIds"] {
  return side === "user" ? userIds : itemIds;
}

/** One of the two tables, row-major. */
export function tableOf(form: FactorForm, side: Side): Float64Array {
  return side === "user" ? form.userFactors : form.itemFactors;
}

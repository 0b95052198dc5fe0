/** What random numbers of single parameters are keyed by: outside ids where a parameter is somebody's, so that indices mean nothing. */

import type { NameKeys } from "../model/model.ts";
import { rowAt, type TensorPlace } from "../model/tensors.ts";
import type { Objective } from "../objective/objective.ts";

/** A tensor as rows that have keys: what all share is a table of single numbers. */
export function asTable({ rows, width, rowsOf }: TensorPlace): { readonly rows: number; readonly width: number } {
  return rowsOf === undefined ? { rows: rows * width, width: 1 } : { rows, width };
}

/** The key of a row: that of its user or item, else its number. */
export function rowKeyOf({ rowsOf }: TensorPlace, { users, items }: NameKeys, row: number): number {
  // Outputs beside the items have no id.
  return rowsOf === undefined ? row : ((rowsOf === "user" ? users : items)[row] ?? row);
}

/** Two 32-bit keys of every parameter: of its row, and of its column and tensor. */
export interface PlaceKeys {
  readonly rows: Uint32Array;
  readonly columns: Uint32Array;
}

/** Tensors are apart by more than they have columns. */
const apart = 2 ** 16;

/** The keys of all parameters. */
export function placeKeysOf({ tensors, keys, parameterCount }: Objective): PlaceKeys {
  const out = { rows: new Uint32Array(parameterCount), columns: new Uint32Array(parameterCount) };
  tensors.forEach((tensor, n) => {
    const { rows, width } = asTable(tensor);
    for (let r = 0; r < rows; r++) {
      const from = tensor.rowsOf === undefined ? tensor.at + r : rowAt(tensor, r);
      out.rows.fill(rowKeyOf(tensor, keys, r), from, from + width);
      for (let f = 0; f < width; f++) out.columns[from + f] = n * apart + f;
    }
  });
  return out;
}

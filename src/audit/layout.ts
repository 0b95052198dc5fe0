/** Parameters of one model in the layout of another, by outside ids. */

import { rowAt, type TensorPlace } from "../model/tensors.ts";
import type { Smooth } from "../training/trained-model.ts";
import type { AuditedModel } from "./audit.ts";

/** Outside names. */
type Named = Pick<AuditedModel, "dataset">;

/** A parameter vector with its layout. */
export type Parameters = Pick<Smooth, "objective" | "params">;

/** The parameters of `from`, in the layout of `to`, by outside ids; zero where there is none. */
export function rowsFrom(from: Named, source: Parameters, to: Named, layout: Parameters): Float64Array {
  const out = new Float64Array(layout.params.length);
  for (const here of layout.objective.tensors) {
    const there = source.objective.tensors.find(({ name }) => name === here.name);
    if (there === undefined || there.width !== here.width || there.rowsOf !== here.rowsOf) continue;
    for (const [row, found] of twins(from, to, here))
      out.set(source.params.subarray(rowAt(there, found), rowAt(there, found) + there.width), rowAt(here, row));
  }
  return out;
}

/** Rows of a tensor that both models have: here and there. */
function twins(from: Named, to: Named, { rowsOf, rows }: TensorPlace): (readonly [number, number])[] {
  if (rowsOf === undefined) return Array.from({ length: rows }, (_, row) => [row, row] as const);
  const [there, here] =
    rowsOf === "user" ? [from.dataset.userIds, to.dataset.userIds] : [from.dataset.itemIds, to.dataset.itemIds];
  return here.list.flatMap((id, row) => {
    const found = there.find(id);
    return found === undefined ? [] : [[row, found] as const];
  });
}

/** Two parameter vectors in the layout of the first, at the places that both have. */
export interface Common {
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** How many places these are. */
  readonly places: number;
}

/** The parameters that two models have in common, by outside ids, zero elsewhere; undefined where their tensors have other names or widths. */
export function commonParameters(a: Named, of: Parameters, b: Named, other: Parameters): Common | undefined {
  const alike = of.objective.tensors.every((here) =>
    other.objective.tensors.some(
      ({ name, width, rowsOf, rows }) =>
        name === here.name && width === here.width && rowsOf === here.rowsOf && (rowsOf || rows === here.rows),
    ),
  );
  if (!alike) return undefined;
  const there = rowsFrom(b, { ...other, params: new Float64Array(other.params.length).fill(1) }, a, of);
  return {
    first: of.params.map((x, k) => x * there[k]),
    second: rowsFrom(b, other, a, of),
    places: there.reduce((sum, one) => sum + one, 0),
  };
}

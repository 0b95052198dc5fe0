/** How far apart are the parameters, once the freedom of rotation is taken out? */

import { strideOf } from "../kernel/kernels.ts";
import { symmetricEigen } from "../numeric/dense.ts";
import type { Audit, AuditedModel } from "./audit.ts";

/** ‖θ − θ′R‖ over the rows that both have, R the best rotation (Procrustes), relative to ‖θ‖; and the largest difference of one entry. */
export interface ParametersFinding {
  readonly comparedWith: "retrained" | "original";
  readonly relative: number;
  readonly largest: number;
}

/** Distance in aligned parameters, from the retrained model where there is one, else from the original. */
export function alignedParameters(): Audit<ParametersFinding> {
  return {
    name: "parameters",
    question: "how far are the parameters, after the best rotation?",
    async run({ original, unlearned, retrained }) {
      const other = retrained ?? original;
      return { comparedWith: retrained ? "retrained" : "original", ...aligned(unlearned, other) };
    },
  };
}

function aligned(a: AuditedModel, b: AuditedModel): { relative: number; largest: number } {
  const { factors } = a.trained.objective.shape;
  if (factors !== b.trained.objective.shape.factors) return { relative: Number.NaN, largest: Number.NaN };
  const rows = commonRows(a, b);
  const cross = new Float64Array(factors * factors);
  for (const [x, y] of rows)
    for (let f = 0; f < factors; f++)
      for (let g = 0; g < factors; g++) cross[f * factors + g] += b.trained.params[y + f] * a.trained.params[x + g];
  const turn = nearestRotation(cross, factors);
  let squares = 0;
  let size = 0;
  let largest = 0;
  for (const [x, y] of rows)
    for (let g = 0; g < factors; g++) {
      let turned = 0;
      for (let f = 0; f < factors; f++) turned += b.trained.params[y + f] * turn[f * factors + g];
      const gap = a.trained.params[x + g] - turned;
      squares += gap * gap;
      size += a.trained.params[x + g] ** 2;
      largest = Math.max(largest, Math.abs(gap));
    }
  return { relative: size > 0 ? Math.sqrt(squares / size) : 0, largest };
}

/** Places of the rows of users and items that both models have. */
function commonRows(a: AuditedModel, b: AuditedModel): [number, number][] {
  const out: [number, number][] = [];
  const at = (model: AuditedModel, row: number) => row * strideOf(model.trained.objective.shape);
  a.dataset.userIds.list.forEach((id, u) => {
    const v = b.dataset.userIds.find(id);
    if (v !== undefined) out.push([at(a, u), at(b, v)]);
  });
  a.dataset.itemIds.list.forEach((id, i) => {
    const j = b.dataset.itemIds.find(id);
    if (j !== undefined)
      out.push([at(a, a.trained.objective.shape.userCount + i), at(b, b.trained.objective.shape.userCount + j)]);
  });
  return out;
}

/** The orthogonal factor of the polar decomposition, M(MᵀM)^−½; directions without size are left out. */
function nearestRotation(matrix: Float64Array, order: number): Float64Array {
  const gram = new Float64Array(order * order);
  for (let k = 0; k < order; k++)
    for (let a = 0; a < order; a++)
      for (let b = 0; b < order; b++) gram[a * order + b] += matrix[k * order + a] * matrix[k * order + b];
  const { values, vectors } = symmetricEigen(gram, order);
  const root = new Float64Array(order * order);
  for (let c = 0; c < order; c++) {
    if (!(values[c] > 1e-24 * values[0])) continue;
    for (let a = 0; a < order; a++)
      for (let b = 0; b < order; b++)
        root[a * order + b] += (vectors[a * order + c] * vectors[b * order + c]) / Math.sqrt(values[c]);
  }
  const out = new Float64Array(order * order);
  for (let a = 0; a < order; a++)
    for (let k = 0; k < order; k++)
      for (let b = 0; b < order; b++) out[a * order + b] += matrix[a * order + k] * root[k * order + b];
  return out;
}

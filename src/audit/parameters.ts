/** How far apart are the parameters, once the freedom of rotation is taken out? */

import { strideOf } from "../kernel/kernels.ts";
import { symmetricEigen } from "../numeric/dense.ts";
import { addScaled, dot, norm } from "../numeric/vector.ts";
import { isFactorTrained, type Trained } from "../training/trained.ts";
import type { Audit, AuditedModel } from "./audit.ts";

/** ‖θ − θ′R‖ over the rows that both have, R the best rotation (Procrustes), relative to ‖θ‖; and the largest difference of one entry. */
export interface ParametersFinding {
  readonly comparedWith: "retrained" | "original";
  readonly relative: number;
  readonly largest: number;
}

/** Distance in aligned parameters, from the retrained model where there is one, else from the original; null but for factorizations. */
export function alignedParameters(): Audit<ParametersFinding | null> {
  return {
    name: "parameters",
    question: "how far are the parameters, after the best rotation?",
    async run({ original, unlearned, retrained }) {
      const other = retrained ?? original;
      if (!isFactors(unlearned) || !isFactors(other)) return null;
      return { comparedWith: retrained ? "retrained" : "original", ...aligned(unlearned, other) };
    },
  };
}

/** A factorization with its names. */
interface Factors extends AuditedModel {
  readonly trained: Trained;
}

function isFactors(model: AuditedModel): model is Factors {
  return isFactorTrained(model.trained);
}

function aligned(a: Factors, b: Factors): { relative: number; largest: number } {
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
function commonRows(a: Factors, b: Factors): [number, number][] {
  const out: [number, number][] = [];
  const at = (model: Factors, row: number) => row * strideOf(model.trained.objective.shape);
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

/** U·Vᵀ of M = U·Σ·Vᵀ, the best rotation (Schönemann 1966); where M has no size, any completion of U does as well as another. */
function nearestRotation(matrix: Float64Array, order: number): Float64Array {
  const gram = new Float64Array(order * order);
  for (let k = 0; k < order; k++)
    for (let a = 0; a < order; a++)
      for (let b = 0; b < order; b++) gram[a * order + b] += matrix[k * order + a] * matrix[k * order + b];
  const { vectors } = symmetricEigen(gram, order);
  const left: Float64Array[] = [];
  const out = new Float64Array(order * order);
  for (let c = 0; c < order; c++) {
    const image = Float64Array.from({ length: order }, (_, a) => {
      let sum = 0;
      for (let k = 0; k < order; k++) sum += matrix[a * order + k] * vectors[k * order + c];
      return sum;
    });
    const u = orthonormal(image, left) ?? completion(left, order);
    left.push(u);
    for (let a = 0; a < order; a++) for (let b = 0; b < order; b++) out[a * order + b] += u[a] * vectors[b * order + c];
  }
  return out;
}

/** What a vector has beside others, at length 1; undefined where that is no more than rounding. */
function orthonormal(vector: Float64Array, others: readonly Float64Array[]): Float64Array | undefined {
  const before = norm(vector);
  const out = vector.slice();
  for (let pass = 0; pass < 2; pass++) for (const other of others) addScaled(out, -dot(other, out), other);
  const length = norm(out);
  return length > 1e-3 * before ? out.map((x) => x / length) : undefined;
}

/** A unit vector orthogonal to fewer than `order` others. */
function completion(others: readonly Float64Array[], order: number): Float64Array {
  const candidates = Array.from({ length: order }, (_, k) => {
    const axis = new Float64Array(order);
    axis[k] = 1;
    for (let pass = 0; pass < 2; pass++) for (const other of others) addScaled(axis, -dot(other, axis), other);
    return axis;
  });
  const longest = candidates.reduce((best, axis) => (norm(axis) > norm(best) ? axis : best));
  return longest.map((x) => x / norm(longest));
}

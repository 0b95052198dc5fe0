/** The rotation that brings one table closest to another. */

import { symmetricEigen } from "./dense.ts";
import { addScaled, dot, norm } from "./vector.ts";

/**
 * U·Vᵀ of the order × order matrix M = U·Σ·Vᵀ, row-major: with M = YᵀX it is the R that minimises ‖X − YR‖ (Procrustes: Schönemann 1966). Where
 * M has no size, any completion of U does as well as another.
 */
export function nearestRotation(matrix: Float64Array, order: number): Float64Array {
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

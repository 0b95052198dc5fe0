/** The plane in which points differ most. */

import { centred } from "./alignment.ts";
import { symmetricEigen } from "./dense.ts";

/** Points in a plane. */
export interface Plane {
  /** Row-major, two columns; columns are centred. */
  readonly points: Float64Array;
  /** The share of all variance that is along each axis; 0 where nothing varies. */
  readonly explained: readonly [number, number];
}

/**
 * The two leading principal components of points, row-major of `width` columns (Pearson 1901). Each axis points to where the entry that is
 * farthest from 0 is positive, so that rotated points have the same picture. O(points · width² + width³).
 */
export function principalPlane(table: Float64Array, width: number): Plane {
  const rows = width > 0 ? table.length / width : 0;
  const x = centred(table, width);
  const covariance = new Float64Array(width * width);
  for (let r = 0; r < rows; r++)
    for (let f = 0; f < width; f++)
      for (let g = 0; g < width; g++) covariance[f * width + g] += x[r * width + f] * x[r * width + g];
  const { values, vectors } = symmetricEigen(covariance, width);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const points = new Float64Array(2 * rows);
  for (let axis = 0; axis < Math.min(2, width); axis++) {
    let farthest = 0;
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let f = 0; f < width; f++) sum += x[r * width + f] * vectors[f * width + axis];
      points[2 * r + axis] = sum;
      if (Math.abs(sum) > Math.abs(farthest)) farthest = sum;
    }
    if (farthest < 0) for (let r = 0; r < rows; r++) points[2 * r + axis] *= -1;
  }
  const share = (axis: number) => (total > 0 && axis < width ? Math.max(0, values[axis]) / total : 0);
  return { points, explained: [share(0), share(1)] };
}

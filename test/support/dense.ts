/** Dense twins of what the estimators compute with: Hessians, blocks, gradients by the weight of a row, and elimination. */

import type { Pairs } from "../../src/model/model.ts";
import { addScaled, dot, norm } from "../../src/numeric/vector.ts";
import { denseOf } from "../../src/objective/hessian.ts";
import type { Objective } from "../../src/objective/objective.ts";
import type { Target } from "../../src/objective/target.ts";
import { weightedObjective } from "../model/graph/weighted.ts";
import { gradientOf } from "../objective/subject.ts";

/** Solves by elimination with row exchanges. */
export function eliminate(matrix: readonly (readonly number[])[], side: readonly number[]): number[] {
  const n = side.length;
  const a = matrix.map((row, r) => [...row, side[r]]);
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let r = c + 1; r < n; r++) if (Math.abs(a[r][c]) > Math.abs(a[pivot][c])) pivot = r;
    [a[c], a[pivot]] = [a[pivot], a[c]];
    for (let r = c + 1; r < n; r++) {
      const factor = a[r][c] / a[c][c];
      for (let k = c; factor !== 0 && k <= n; k++) a[r][k] -= factor * a[c][k];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let r = n - 1; r >= 0; r--) {
    let sum = a[r][n];
    for (let k = r + 1; k < n; k++) sum -= a[r][k] * x[k];
    x[r] = sum / a[r][r];
  }
  return x;
}

/** H at parameters, row-major. */
export function hessianAt(
  objective: Objective,
  params: Float64Array,
  curvature: "full" | "gauss-newton" = "full",
): Float64Array {
  const size = objective.parameterCount;
  return denseOf({ size, apply: (v, out) => objective.hessianProduct(params, v, out, curvature) }).values;
}

/** The rows and columns of a square matrix at these places. */
export function blockAt(matrix: Float64Array, order: number, places: ArrayLike<number>): number[][] {
  return Array.from(places, (r) => Array.from(places, (c) => matrix[r * order + c]));
}

/** A⁻¹·b. */
export function solve(block: readonly (readonly number[])[], b: ArrayLike<number>): Float64Array {
  return Float64Array.from(eliminate(block, Array.from(b)));
}

/** Entries at these places. */
export function at(vector: ArrayLike<number>, places: ArrayLike<number>): Float64Array {
  return Float64Array.from(places, (place) => vector[place]);
}

/** The target at parameters, under the served model built with these weights. */
export function targetAt(
  objective: Objective,
  params: Float64Array,
  target: Target,
  weights = onesOf(objective),
): number {
  const { kind, model } = objective.settings;
  const served = kind.build(kind.serving?.(model) ?? model, objective.interactions, weights, objective.keys);
  return target.of(served.at(params, target.pairs).scores);
}

/** ∇target, one coordinate direction after the other. */
export function targetSlope(objective: Objective, params: Float64Array, target: Target): Float64Array {
  const point = objective.serving.at(params, target.pairs);
  const slopes = target.slopes(point.scores);
  return params.map((_, k) => {
    const along = point.jvp(new Float64Array(params.length).with(k, 1));
    return slopes.reduce((sum, slope, n) => sum + slope * along[n], 0);
  });
}

/** The gradient of a row's own term, with its share of the L2, as what ∇J is less without the row; for models that no interaction enters. */
export function ownGradient(objective: Objective, params: Float64Array, row: number | Uint32Array): Float64Array {
  const without = gradientOf(objective.without(typeof row === "number" ? Uint32Array.of(row) : row), params);
  return gradientOf(objective, params).map((x, k) => x - without[k]);
}

/** The gradient of the loss that a row's examples have, the model held as it is. */
export function lossGradient(objective: Objective, params: Float64Array, row: number): Float64Array {
  const examples = objective.examplesOfRows(Uint32Array.of(row));
  const point = objective.model.at(params, examples.pairs);
  const slopes = new Float64Array(point.scores.length);
  objective.settings.loss.evaluate(point.scores, examples, slopes);
  return params.map((_, k) => {
    const along = point.jvp(new Float64Array(params.length).with(k, 1));
    return slopes.reduce((sum, slope, n) => sum + slope * along[n], 0);
  });
}

/** ∂∇J/∂w and ∂target/∂w for the weight of one row in the loss and in the model, by central differences. */
export function byWeight(
  objective: Objective,
  params: Float64Array,
  row: number,
  target: Target,
): { readonly gradient: Float64Array; readonly value: number } {
  const step = 1e-4;
  const [more, less] = [1 + step, 1 - step].map((w) => onesOf(objective).with(row, w));
  const [above, below] = [more, less].map((w) => weightedObjective(objective, w).evaluate(params).gradient);
  const [up, down] = [more, less].map((w) => targetAt(objective, params, target, w));
  return { gradient: above.map((x, k) => (x - below[k]) / (2 * step)), value: (up - down) / (2 * step) };
}

/** Every interaction with weight one. */
export function onesOf({ interactions }: Objective): Float64Array {
  return new Float64Array(interactions.size).fill(1);
}

/** One pair. */
export function pairOf(user: number, item: number): Pairs {
  return { users: Uint32Array.of(user), items: Uint32Array.of(item) };
}

/**
 * PHP, P the projection off what can be turned alike: no score knows of it, H is null there at an optimum and of either sign nearby. The same
 * matrix for models that cannot be turned.
 */
export function offRotations({ model }: Objective, params: Float64Array, matrix: Float64Array): Float64Array {
  const order = params.length;
  const basis: Float64Array[] = [];
  for (const { width, tables } of model.rotations ?? [])
    for (let f = 0; f < width; f++)
      for (let g = 0; g < f; g++) {
        const turn = new Float64Array(order);
        for (const { at, rows, rowStride, columnStride } of tables)
          for (let r = 0; r < rows; r++) {
            const [here, there] = [f, g].map((column) => at + r * rowStride + column * columnStride);
            turn[here] = params[there];
            turn[there] = -params[here];
          }
        const whole = norm(turn);
        for (const other of basis) addScaled(turn, -dot(turn, other), other);
        const length = norm(turn);
        if (length > 1e-9 * whole) basis.push(turn.map((x) => x / length));
      }
  const out = matrix.slice();
  for (const transposed of [false, true])
    for (let r = 0; r < order; r++) {
      const line = Float64Array.from({ length: order }, (_, c) => out[transposed ? c * order + r : r * order + c]);
      for (const turn of basis) addScaled(line, -dot(line, turn), turn);
      for (let c = 0; c < order; c++) out[transposed ? c * order + r : r * order + c] = line[c];
    }
  return out;
}

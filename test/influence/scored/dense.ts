/** Dense twins of what the estimators compute with: Hessians, blocks, gradients by the weight of a row, and elimination. */

import type { Pairs } from "../../../src/model/model.ts";
import { addScaled, dot, norm } from "../../../src/numeric/vector.ts";
import { denseOf } from "../../../src/objective/hessian.ts";
import type { ScoredObjective } from "../../../src/objective/scored.ts";
import type { Target } from "../../../src/objective/target.ts";
import { weightedObjective } from "../../model/graph/weighted.ts";
import { gradientOf } from "../../objective/subject.ts";
import { eliminate } from "../dense-twin.ts";

/** H at parameters, row-major. */
export function hessianAt(
  objective: ScoredObjective,
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
  objective: ScoredObjective,
  params: Float64Array,
  target: Target,
  weights = onesOf(objective),
): number {
  const { kind, model } = objective.settings;
  const served = kind.build(kind.serving?.(model) ?? model, objective.interactions, weights, objective.keys);
  return target.of(served.at(params, target.pairs).scores);
}

/** ∇target, one coordinate direction after the other. */
export function targetSlope(objective: ScoredObjective, params: Float64Array, target: Target): Float64Array {
  const point = objective.serving.at(params, target.pairs);
  const slopes = target.slopes(point.scores);
  return params.map((_, k) => {
    const along = point.jvp(new Float64Array(params.length).with(k, 1));
    return slopes.reduce((sum, slope, n) => sum + slope * along[n], 0);
  });
}

/** The gradient of a row's own term, with its share of the L2, as what ∇J is less without the row; for models that no interaction enters. */
export function ownGradient(objective: ScoredObjective, params: Float64Array, row: number): Float64Array {
  const without = gradientOf(objective.without(Uint32Array.of(row)), params);
  return gradientOf(objective, params).map((x, k) => x - without[k]);
}

/** The gradient of the loss that a row's examples have, the model held as it is. */
export function lossGradient(objective: ScoredObjective, params: Float64Array, row: number): Float64Array {
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
  objective: ScoredObjective,
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
export function onesOf({ interactions }: ScoredObjective): Float64Array {
  return new Float64Array(interactions.size).fill(1);
}

/** One pair. */
export function pairOf(user: number, item: number): Pairs {
  return { users: Uint32Array.of(user), items: Uint32Array.of(item) };
}

/**
 * PHP, P the projection off what turns the factors of users and items alike: no score knows of it, H is null there at an optimum and of either
 * sign nearby. The same matrix for models that cannot be turned.
 */
export function offRotations({ model }: ScoredObjective, params: Float64Array, matrix: Float64Array): Float64Array {
  const order = params.length;
  if (model.asFactors === undefined) return matrix;
  const [{ shape: users }, { shape: items }] = model.tensors;
  const [rows, width] = [users[0] + items[0], users[1]];
  const basis: Float64Array[] = [];
  for (let f = 0; f < width; f++)
    for (let g = 0; g < f; g++) {
      const turn = new Float64Array(order);
      for (let r = 0; r < rows; r++) {
        turn[r * width + f] = params[r * width + g];
        turn[r * width + g] = -params[r * width + f];
      }
      for (const other of basis) addScaled(turn, -dot(turn, other), other);
      const length = norm(turn);
      if (length > 0) basis.push(turn.map((x) => x / length));
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

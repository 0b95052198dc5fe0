/** What a dense layer applies to its sums: ReLU, or softplus, which is ReLU without its kink. Batches are matrices with a row a pair. */

import { softplus as softplusOf } from "../../numeric/logistic.ts";

/**
 * An activation f. Everything that derivatives need is read off the output f(z), so that sums z are not kept. `biasAt` is where the
 * layer's biases begin in a parameter vector, `width` their number.
 */
export interface Activation {
  /** Overwrites sums without their bias by f(z). */
  apply(sums: Float64Array, params: Float64Array, biasAt: number, width: number): void;
  /** Overwrites the tangents of sums without their bias by those of the output. */
  tangent(tangents: Float64Array, output: Float64Array, direction: Float64Array, biasAt: number, width: number): void;
  /** Overwrites the slopes of the output by those of z, and adds every column's sum to the bias' place in `out`. */
  reverse(slopes: Float64Array, output: Float64Array, out: Float64Array, biasAt: number, width: number): void;
  /** The same for slopes and their tangents, of which the latter are summed, where the output moves along `outputTangent`. */
  reverseTangent(
    slopes: Float64Array,
    slopeTangents: Float64Array,
    output: Float64Array,
    outputTangent: Float64Array,
    out: Float64Array,
    biasAt: number,
    width: number,
  ): void;
}

// A ReLU is on or off without a pattern: a branch on it would be mispredicted half of the time, arithmetic costs a fourth of that.

/** max(0, z). Counts as flat where z is 0 or less; its second derivative is 0 everywhere. */
export const relu: Activation = {
  apply(sums, params, biasAt, width) {
    for (let k = 0; k < sums.length; k += width)
      for (let j = 0; j < width; j++) {
        const z = sums[k + j] + params[biasAt + j];
        sums[k + j] = 0.5 * (z + Math.abs(z));
      }
  },
  tangent(tangents, output, direction, biasAt, width) {
    for (let k = 0; k < tangents.length; k += width)
      for (let j = 0; j < width; j++)
        tangents[k + j] = (tangents[k + j] + direction[biasAt + j]) * Number(output[k + j] > 0);
  },
  reverse(slopes, output, out, biasAt, width) {
    for (let k = 0; k < slopes.length; k += width)
      for (let j = 0; j < width; j++) {
        const slope = slopes[k + j] * Number(output[k + j] > 0);
        slopes[k + j] = slope;
        out[biasAt + j] += slope;
      }
  },
  reverseTangent(slopes, slopeTangents, output, _outputTangent, out, biasAt, width) {
    for (let k = 0; k < slopes.length; k++) slopes[k] *= Number(output[k] > 0);
    relu.reverse(slopeTangents, output, out, biasAt, width);
  },
};

/** log(1 + eᶻ). Its slope is f′ = 1 − e^−f, its second derivative f′·(1 − f′). */
export const softplus: Activation = {
  apply(sums, params, biasAt, width) {
    for (let k = 0; k < sums.length; k += width)
      for (let j = 0; j < width; j++) sums[k + j] = softplusOf(sums[k + j] + params[biasAt + j]);
  },
  tangent(tangents, output, direction, biasAt, width) {
    for (let k = 0; k < tangents.length; k += width)
      for (let j = 0; j < width; j++)
        tangents[k + j] = (tangents[k + j] + direction[biasAt + j]) * -Math.expm1(-output[k + j]);
  },
  reverse(slopes, output, out, biasAt, width) {
    for (let k = 0; k < slopes.length; k += width)
      for (let j = 0; j < width; j++) {
        const slope = slopes[k + j] * -Math.expm1(-output[k + j]);
        slopes[k + j] = slope;
        out[biasAt + j] += slope;
      }
  },
  reverseTangent(slopes, slopeTangents, output, outputTangent, out, biasAt, width) {
    for (let k = 0; k < slopes.length; k += width)
      for (let j = 0; j < width; j++) {
        const steepness = -Math.expm1(-output[k + j]);
        // (slope·f′)′ = slope′·f′ + slope·f″·ż, and f′·ż is the output's tangent.
        const moved = slopeTangents[k + j] * steepness + slopes[k + j] * (1 - steepness) * outputTangent[k + j];
        slopes[k + j] *= steepness;
        slopeTangents[k + j] = moved;
        out[biasAt + j] += moved;
      }
  },
};

/** Every activation by name. */
export const activations = { relu, softplus } as const;

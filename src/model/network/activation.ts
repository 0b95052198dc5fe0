/** What a dense layer applies to its sums: ReLU, or squareplus, which is ReLU without its kink. Batches are matrices with a row a pair. */

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

/**
 * ½(z + √(z² + 4)), ReLU without its kink (Barron 2021, "Squareplus", b = 4). With y the output, its slope is f′ = y²/(y² + 1), its second
 * derivative 2·f′·(1 − f′)·y/(y² + 1): arithmetic alone, the same bytes wherever it runs.
 */
export const squareplus: Activation = {
  apply(sums, params, biasAt, width) {
    for (let k = 0; k < sums.length; k += width)
      for (let j = 0; j < width; j++) {
        const z = sums[k + j] + params[biasAt + j];
        // Of the two roots of y² − zy − 1 the one that does not cancel is 1 over the other.
        const far = 0.5 * (Math.abs(z) + Math.sqrt(z * z + 4));
        sums[k + j] = z > 0 ? far : 1 / far;
      }
  },
  tangent(tangents, output, direction, biasAt, width) {
    for (let k = 0; k < tangents.length; k += width)
      for (let j = 0; j < width; j++) {
        const square = output[k + j] * output[k + j];
        tangents[k + j] = (tangents[k + j] + direction[biasAt + j]) * (square / (square + 1));
      }
  },
  reverse(slopes, output, out, biasAt, width) {
    for (let k = 0; k < slopes.length; k += width)
      for (let j = 0; j < width; j++) {
        const square = output[k + j] * output[k + j];
        const slope = slopes[k + j] * (square / (square + 1));
        slopes[k + j] = slope;
        out[biasAt + j] += slope;
      }
  },
  reverseTangent(slopes, slopeTangents, output, outputTangent, out, biasAt, width) {
    for (let k = 0; k < slopes.length; k += width)
      for (let j = 0; j < width; j++) {
        const y = output[k + j];
        const past = 1 / (y * y + 1);
        const steepness = y * y * past;
        // (slope·f′)′ = slope′·f′ + slope·f″·ż, and f′·ż is the output's tangent.
        const moved = slopeTangents[k + j] * steepness + slopes[k + j] * (2 * y * past * past) * outputTangent[k + j];
        slopes[k + j] *= steepness;
        slopeTangents[k + j] = moved;
        out[biasAt + j] += moved;
      }
  },
};

/** Every activation by name. */
export const activations = { relu, squareplus } as const;

/** A dense layer on a batch: forward, tangent, reverse, and the tangent of the reverse. */

import { defaultMatrices } from "../../kernel/default.ts";
import type { Activation } from "./activation.ts";
import { scratch } from "./branch.ts";

/** Where the weights (inputs × outputs, row-major) and the bias of a layer begin in a parameter vector. */
export interface DensePlace {
  readonly inputs: number;
  readonly outputs: number;
  readonly weightsAt: number;
  readonly biasAt: number;
}

/** A layer at parameters, on a batch. Matrices have a row a pair; what is returned is overwritten by the next call. */
export interface DensePass {
  /** f(input·W + b). */
  readonly output: Float64Array;
  /** How the output moves; keeps `inputTangent` for `reverseTangent`. */
  tangent(direction: Float64Array, inputTangent: Float64Array): Float64Array;
  /** Adds the slopes' share of W and b to `out`, returns the slopes of the input. Overwrites `slopes`. */
  reverse(slopes: Float64Array, out: Float64Array): Float64Array;
  /** Adds the derivative of what `reverse` adds along the last tangent; returns the input's slopes and their tangents. Overwrites both. */
  reverseTangent(
    slopes: Float64Array,
    slopeTangents: Float64Array,
    direction: Float64Array,
    out: Float64Array,
  ): { readonly slopes: Float64Array; readonly slopeTangents: Float64Array };
}

/** The forward pass of a layer on `count` rows: `inputs·outputs` multiply-adds a row, a reverse pass twice that. */
export function denseAt(
  place: DensePlace,
  activation: Activation,
  params: Float64Array,
  input: Float64Array,
  count: number,
): DensePass {
  const { inputs, outputs, biasAt } = place;
  const kernels = defaultMatrices();
  const forward = { m: count, k: inputs, n: outputs };
  const backward = { m: count, k: outputs, n: inputs, transposeB: true };
  const toWeights = { m: inputs, k: count, n: outputs, transposeA: true, add: true };
  const weights = weightsIn(place, params);
  const output = new Float64Array(count * outputs);
  kernels.multiply(forward, input, weights, output);
  activation.apply(output, params, biasAt, outputs);
  const outputTangent = scratch(count * outputs);
  const inputSlopes = scratch(count * inputs);
  const inputSlopeTangents = scratch(count * inputs);
  let lastInputTangent = input;
  return {
    output,
    tangent(direction, inputTangent) {
      lastInputTangent = inputTangent;
      kernels.multiply(forward, inputTangent, weights, outputTangent());
      kernels.multiply({ ...forward, add: true }, input, weightsIn(place, direction), outputTangent());
      activation.tangent(outputTangent(), output, direction, biasAt, outputs);
      return outputTangent();
    },
    reverse(slopes, out) {
      activation.reverse(slopes, output, out, biasAt, outputs);
      kernels.multiply(toWeights, input, slopes, weightsIn(place, out));
      kernels.multiply(backward, slopes, weights, inputSlopes());
      return inputSlopes();
    },
    reverseTangent(slopes, slopeTangents, direction, out) {
      activation.reverseTangent(slopes, slopeTangents, output, outputTangent(), out, biasAt, outputs);
      kernels.multiply(toWeights, lastInputTangent, slopes, weightsIn(place, out));
      kernels.multiply(toWeights, input, slopeTangents, weightsIn(place, out));
      kernels.multiply(backward, slopes, weights, inputSlopes());
      kernels.multiply(backward, slopeTangents, weights, inputSlopeTangents());
      kernels.multiply({ ...backward, add: true }, slopes, weightsIn(place, direction), inputSlopeTangents());
      return { slopes: inputSlopes(), slopeTangents: inputSlopeTangents() };
    },
  };
}

function weightsIn({ weightsAt, inputs, outputs }: DensePlace, vector: Float64Array): Float64Array {
  return vector.subarray(weightsAt, weightsAt + inputs * outputs);
}

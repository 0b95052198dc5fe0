/** Where the layers of a variational autoencoder lie in its parameters. */

import type { MatrixKernels } from "../../kernel/matrices/matrices.ts";
import { placed, sizeOf, type TensorPlace } from "../tensors.ts";

/** Lengths of the layers. */
export interface NetworkShape {
  readonly itemCount: number;
  readonly hidden: number;
  readonly latent: number;
  /** What multiplies. */
  readonly matrices: MatrixKernels;
}

/** The tensors by name, all row-major: of the parameters, of a direction, or of a gradient. */
export interface NetworkWeights {
  /** items × hidden. */
  readonly encoder: Float64Array;
  readonly encoderBias: Float64Array;
  /** hidden × 2·latent: to means, then to logarithms of variances. */
  readonly code: Float64Array;
  readonly codeBias: Float64Array;
  /** latent × hidden. */
  readonly decoder: Float64Array;
  readonly decoderBias: Float64Array;
  /** items × hidden. */
  readonly output: Float64Array;
  readonly outputBias: Float64Array;
}

/** The tensors, in order. */
export function networkTensors({ itemCount, hidden, latent }: Omit<NetworkShape, "matrices">): readonly TensorPlace[] {
  return placed([
    { name: "encoder_items", shape: [itemCount, hidden], rowsOf: "item" },
    { name: "encoder_bias", shape: [hidden] },
    { name: "code_weights", shape: [hidden, 2 * latent] },
    { name: "code_bias", shape: [2 * latent] },
    { name: "decoder_weights", shape: [latent, hidden] },
    { name: "decoder_bias", shape: [hidden] },
    { name: "output_items", shape: [itemCount, hidden], rowsOf: "item" },
    { name: "output_bias", shape: [itemCount], rowsOf: "item" },
  ]);
}

/** A vector of parameters taken apart, without copying. */
export function weightsIn(tensors: readonly TensorPlace[], vector: Float64Array): NetworkWeights {
  const [encoder, encoderBias, code, codeBias, decoder, decoderBias, output, outputBias] = tensors.map(
    ({ at, shape }) => vector.subarray(at, at + sizeOf(shape)),
  );
  return { encoder, encoderBias, code, codeBias, decoder, decoderBias, output, outputBias };
}

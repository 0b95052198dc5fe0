/** The reverse pass of a variational autoencoder on a batch of users, and its tangent: forward over reverse. */

import { forEachCode, type Layers, type UserBatch } from "./forward.ts";
import type { NetworkShape, NetworkWeights } from "./layout.ts";
import { addProduct, addRowSums, addTransposed, product, throughTanh } from "./rows.ts";

/** Adjoints of a batch's layers, a row a user; or how they move. */
export interface Adjoints {
  /** Of the decoder's outputs, and of what goes into its tanh. */
  readonly decoder: Float64Array;
  readonly decoderIn: Float64Array;
  readonly code: Float64Array;
  readonly gauss: Float64Array;
  readonly encoder: Float64Array;
  readonly encoderIn: Float64Array;
}

/** Takes the adjoint of the decoder's outputs, and the weights of the divergences, back to the encoder. */
export function reverse(
  shape: NetworkShape,
  w: NetworkWeights,
  { count, noise }: UserBatch,
  at: Layers,
  decoder: Float64Array,
  divergence: Float64Array,
): Adjoints {
  const { hidden, latent, matrices } = shape;
  const decoderIn = throughTanh(at.decoder, decoder);
  const code = product(matrices, { m: count, k: hidden, n: latent, transposeB: true }, decoderIn, w.decoder);
  const gauss = new Float64Array(2 * count * latent);
  forEachCode(count, latent, (k, mean, spread, user) => {
    const v = at.gauss[spread];
    gauss[mean] = code[k] + divergence[user] * at.gauss[mean];
    gauss[spread] = 0.5 * (Math.exp(v / 2) * noise[k] * code[k] + divergence[user] * (Math.exp(v) - 1));
  });
  const encoder = product(matrices, { m: count, k: 2 * latent, n: hidden, transposeB: true }, gauss, w.code);
  return { decoder, decoderIn, code, gauss, encoder, encoderIn: throughTanh(at.encoder, encoder) };
}

/** How the adjoints move when the weights move along `d`, and the layers with them; `decoder` is how that of the outputs moves. */
export function reverseTangent(
  shape: NetworkShape,
  w: NetworkWeights,
  d: NetworkWeights,
  { count, noise }: UserBatch,
  at: Layers,
  moved: Layers,
  back: Adjoints,
  decoder: Float64Array,
  divergence: Float64Array,
): Adjoints {
  const { hidden, latent, matrices } = shape;
  const decoderIn = throughTanhMoved(at.decoder, moved.decoder, back.decoder, decoder);
  const toCode = { m: count, k: hidden, n: latent, transposeB: true };
  const code = product(matrices, toCode, decoderIn, w.decoder);
  addProduct(matrices, toCode, back.decoderIn, d.decoder, code);
  const gauss = new Float64Array(2 * count * latent);
  forEachCode(count, latent, (k, mean, spread, user) => {
    const [v, dv] = [at.gauss[spread], moved.gauss[spread]];
    gauss[mean] = code[k] + divergence[user] * moved.gauss[mean];
    const drawn = Math.exp(v / 2) * noise[k] * (code[k] + 0.5 * dv * back.code[k]);
    gauss[spread] = 0.5 * (drawn + divergence[user] * Math.exp(v) * dv);
  });
  const toEncoder = { m: count, k: 2 * latent, n: hidden, transposeB: true };
  const encoder = product(matrices, toEncoder, gauss, w.code);
  addProduct(matrices, toEncoder, back.gauss, d.code, encoder);
  const encoderIn = throughTanhMoved(at.encoder, moved.encoder, back.encoder, encoder);
  return { decoder, decoderIn, code, gauss, encoder, encoderIn };
}

/** The tangent of (1 − y²)·x: (1 − y²)·ẋ − 2y·ẏ·x. */
function throughTanhMoved(y: Float64Array, dy: Float64Array, x: Float64Array, dx: Float64Array): Float64Array {
  return dx.map((v, k) => (1 - y[k] * y[k]) * v - 2 * y[k] * dy[k] * x[k]);
}

/** Adds layersᵀ·adjoints to the gradients of the inner weights. */
export function addInnerGradient(
  { hidden, latent, matrices }: NetworkShape,
  { count }: UserBatch,
  { code, encoder }: Layers,
  { decoderIn, gauss }: Adjoints,
  out: NetworkWeights,
): void {
  addProduct(matrices, { m: latent, k: count, n: hidden, transposeA: true }, code, decoderIn, out.decoder);
  addProduct(matrices, { m: hidden, k: count, n: 2 * latent, transposeA: true }, encoder, gauss, out.code);
}

/** Adds the adjoints to the gradients of the inner biases, and inputᵀ·adjoints to that of the encoder. */
export function addOuterGradient(
  { hidden }: NetworkShape,
  { input }: UserBatch,
  { decoderIn, gauss, encoderIn }: Adjoints,
  out: NetworkWeights,
): void {
  addRowSums(decoderIn, out.decoderBias);
  addRowSums(gauss, out.codeBias);
  addRowSums(encoderIn, out.encoderBias);
  addTransposed(input, encoderIn, hidden, out.encoder);
}

/** The forward pass of a variational autoencoder on a batch of users, and its tangent. */

import type { MatrixKernels, SparseMatrix } from "../../kernel/matrices/matrices.ts";
import { addScaled } from "../../numeric/vector.ts";
import type { NetworkShape, NetworkWeights } from "./layout.ts";
import { addProduct, addToRows, product, tanhInPlace, throughTanh } from "./rows.ts";

/** What a batch of users brings. */
export interface UserBatch {
  readonly count: number;
  /** count × items. */
  readonly input: SparseMatrix;
  /** ε, count × latent; zeros score by the means. */
  readonly noise: Float64Array;
}

/** Layers of a batch, a row a user; or how they move. */
export interface Layers {
  /** count × hidden. */
  readonly encoder: Float64Array;
  /** count × 2·latent: μ, then log σ². */
  readonly gauss: Float64Array;
  /** z = μ + σ·ε, count × latent. */
  readonly code: Float64Array;
  /** count × hidden; a score is its product with the item's row of the output, plus the item's bias. */
  readonly decoder: Float64Array;
  /** KL(N(μ, σ²) ‖ N(0, 1)) of every user. */
  readonly divergence: Float64Array;
}

/** Runs the network (Liang et al. 2018, §2). */
export function forward(shape: NetworkShape, w: NetworkWeights, { count, input, noise }: UserBatch): Layers {
  const { hidden, latent, matrices } = shape;
  const encoder = readBy(matrices, input, w, hidden);
  tanhInPlace(encoder);
  const gauss = product(matrices, { m: count, k: hidden, n: 2 * latent }, encoder, w.code);
  addToRows(gauss, w.codeBias);
  const code = new Float64Array(count * latent);
  const divergence = new Float64Array(count);
  forEachCode(count, latent, (k, mean, spread, user) => {
    const [m, v] = [gauss[mean], gauss[spread]];
    code[k] = m + Math.exp(v / 2) * noise[k];
    divergence[user] += 0.5 * (Math.exp(v) + m * m - 1 - v);
  });
  const decoder = product(matrices, { m: count, k: latent, n: hidden }, code, w.decoder);
  addToRows(decoder, w.decoderBias);
  tanhInPlace(decoder);
  return { encoder, gauss, code, decoder, divergence };
}

/** How the layers move when the weights move along `d`; with `input`, when the users' rows move along it too. */
export function tangent(
  shape: NetworkShape,
  w: NetworkWeights,
  d: NetworkWeights,
  { count, input: rows, noise }: UserBatch,
  at: Layers,
  input?: SparseMatrix,
): Layers {
  const { hidden, latent, matrices } = shape;
  const read = readBy(matrices, rows, d, hidden);
  if (input) addScaled(read, 1, readBy(matrices, input, { encoder: w.encoder }, hidden));
  const encoder = throughTanh(at.encoder, read);
  const gauss = product(matrices, { m: count, k: hidden, n: 2 * latent }, encoder, w.code);
  addProduct(matrices, { m: count, k: hidden, n: 2 * latent }, at.encoder, d.code, gauss);
  addToRows(gauss, d.codeBias);
  const code = new Float64Array(count * latent);
  const divergence = new Float64Array(count);
  forEachCode(count, latent, (k, mean, spread, user) => {
    const v = at.gauss[spread];
    code[k] = gauss[mean] + 0.5 * Math.exp(v / 2) * noise[k] * gauss[spread];
    divergence[user] += at.gauss[mean] * gauss[mean] + 0.5 * (Math.exp(v) - 1) * gauss[spread];
  });
  const decoder = product(matrices, { m: count, k: latent, n: hidden }, code, w.decoder);
  addProduct(matrices, { m: count, k: latent, n: hidden }, at.code, d.decoder, decoder);
  addToRows(decoder, d.decoderBias);
  return { encoder, gauss, code, decoder: throughTanh(at.decoder, decoder), divergence };
}

/** input·encoder + bias. */
function readBy(
  matrices: MatrixKernels,
  input: SparseMatrix,
  { encoder, encoderBias }: Pick<NetworkWeights, "encoder"> & Partial<NetworkWeights>,
  hidden: number,
): Float64Array {
  const out = new Float64Array(input.rows * hidden);
  matrices.sparseMultiply(input, encoder, hidden, out);
  if (encoderBias) addToRows(out, encoderBias);
  return out;
}

/** Visits every number of every user's code, with the places of its mean and of its log variance. */
export function forEachCode(
  count: number,
  latent: number,
  visit: (place: number, mean: number, spread: number, user: number) => void,
): void {
  for (let user = 0; user < count; user++)
    for (let f = 0; f < latent; f++) visit(user * latent + f, 2 * user * latent + f, (2 * user + 1) * latent + f, user);
}

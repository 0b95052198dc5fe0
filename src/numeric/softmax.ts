/** Weights that sum to 1, from logits, and the reverse derivative. */

/** exp(x_k) / Σ exp(x_j), without overflow. */
export function softmax(logits: Float64Array): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = logits.map((x) => Math.exp(x - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
}

/** Jᵀ·along at these shares: share_k·(along_k − Σ_j share_j·along_j). */
export function softmaxVjp(shares: Float64Array, along: Float64Array): Float64Array {
  const mean = shares.reduce((sum, share, k) => sum + share * along[k], 0);
  return shares.map((share, k) => share * (along[k] - mean));
}

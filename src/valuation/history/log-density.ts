/** How likely data are under a model with a hidden normal code: the lower bound, and importance weights. */

/** What an encoder says of the code of some data: independent normals. */
export interface CodeBelief {
  readonly mean: Float64Array;
  readonly logVariance: Float64Array;
}

/** A noise ε and log p(data | code) at code = mean + σ·ε. */
export interface CodeDraw {
  readonly noise: Float64Array;
  readonly logLikelihood: number;
}

/** The evidence lower bound: the mean of log p(x|z) over the draws, less KL(q ‖ N(0, 1)) (Kingma and Welling 2014, Eq. 3 and 10). In nats. */
export function lowerBound({ mean, logVariance }: CodeBelief, draws: readonly CodeDraw[]): number {
  const divergence = mean.reduce((sum, m, f) => {
    const v = logVariance[f];
    return sum + 0.5 * (Math.exp(v) + m * m - 1 - v);
  }, 0);
  return draws.reduce((sum, { logLikelihood }) => sum + logLikelihood, 0) / draws.length - divergence;
}

/** log of the mean of p(x|z)·p(z)/q(z|x) over the draws: log p(x) as they grow in number, never above it on average (Burda et al. 2016, Eq. 8). In nats. */
export function importanceWeighted(belief: CodeBelief, draws: readonly CodeDraw[]): number {
  const logWeights = draws.map(({ noise, logLikelihood }) => logLikelihood + logRatio(belief, noise));
  const most = Math.max(...logWeights);
  return most + Math.log(logWeights.reduce((sum, x) => sum + Math.exp(x - most), 0) / draws.length);
}

/** log p(z) − log q(z|x) at z = mean + σ·ε; the constants cancel. */
function logRatio({ mean, logVariance }: CodeBelief, noise: Float64Array): number {
  return mean.reduce((sum, m, f) => {
    const code = m + Math.exp(logVariance[f] / 2) * noise[f];
    return sum + 0.5 * (noise[f] ** 2 + logVariance[f] - code * code);
  }, 0);
}

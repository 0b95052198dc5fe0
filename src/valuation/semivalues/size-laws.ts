/** How much every size of a set of others counts in a value: the one thing in which semivalues and interaction indices differ. */

/**
 * Where `joining` players join others of a game of `players`: the share that the sets of s others have, s = 0 … players − joining, each
 * set of a size as much as any other. Shares sum to 1.
 */
export type SizeLaw = (joining: number, players: number) => Float64Array;

/** Every size counts the same: the Shapley value (survey Eq. 17), and its interaction index (Grabisch and Roubens 1999; survey Eq. 19). */
export const uniformSizes: SizeLaw = (joining, players) => {
  const sizes = players - joining + 1;
  return new Float64Array(sizes).fill(1 / sizes);
};

/**
 * Beta(α, β): C(n − 1, s)·B(s + β, n − 1 − s + α)/B(α, β) (Kwon and Zou 2022). A large α gives weight to small sets, a large β to large
 * ones; Beta(1, 1) is Shapley.
 */
export function betaSizes(alpha: number, beta: number): SizeLaw {
  return (joining, players) => {
    const others = players - joining;
    return byRatio(others, (s) => (((others - s) / (s + 1)) * (s + beta)) / (others - 1 - s + alpha));
  };
}

/** Every other player is there with this chance: one half is the Banzhaf value (survey Eq. 27). A mean over several chances: the average marginal effect. */
export function independentSizes(chances: readonly number[]): SizeLaw {
  return (joining, players) => {
    const others = players - joining;
    const each = chances.map((p) => byRatio(others, (s) => (((others - s) / (s + 1)) * p) / (1 - p)));
    return each[0].map((_, s) => each.reduce((sum, one) => sum + one[s], 0) / each.length);
  };
}

/**
 * Shapley–Taylor of an order (Sundararajan et al. 2020; survey Eq. 21): fewer players than that join nobody; as many join s others with the
 * share (a/n)·C(n − a, s)/C(n − 1, s).
 */
export function taylorSizes(order: number): SizeLaw {
  return (joining, players) => {
    const others = players - joining;
    if (joining < order) return Float64Array.from({ length: others + 1 }, (_, s) => (s === 0 ? 1 : 0));
    return byRatio(others, (s) => (others - s) / (players - 1 - s));
  };
}

/** Shares of sizes 0 … others from the ratio of each to the one before, from the largest outwards, so that none overflows. */
function byRatio(others: number, ratio: (size: number) => number): Float64Array {
  const shares = new Float64Array(others + 1);
  let top = 0;
  while (top < others && ratio(top) > 1) top++;
  shares[top] = 1;
  for (let s = top; s < others; s++) shares[s + 1] = shares[s] * ratio(s);
  for (let s = top; s > 0; s--) shares[s - 1] = shares[s] / ratio(s - 1);
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** Shapley values of the features of a row in a tree, leaf by leaf. */

import type { SharedTree } from "./node-shares.ts";

/** A feature on the way to a leaf: whether the row takes all of its turns there, and the share of the examples that do. */
interface Turn {
  readonly feature: number;
  readonly taken: 0 | 1;
  readonly share: number;
}

/**
 * Adds scale·φ of every feature, φ the Shapley values of the set function `meanAnswer` (Lundberg, Erion and Lee 2018, Algorithm 2, path-dependent). A set S reaches a leaf of value v
 * by v·Π_S taken·Π_{not in S} share: a product, whose values are those of a polynomial's coefficients. O(leaves·depth³).
 */
export function addPathValues(
  { tree, leftShare }: SharedTree,
  row: Float64Array,
  scale: number,
  out: Float64Array,
): void {
  const { feature, threshold, left, right, values } = tree;
  const walk = (node: number, turns: readonly Turn[]): void => {
    if (node < 0) {
      addLeaf(scale * values[~node], turns, out);
      return;
    }
    const goesLeft = row[feature[node]] <= threshold[node];
    walk(left[node], turned(turns, feature[node], goesLeft, leftShare[node]));
    walk(right[node], turned(turns, feature[node], !goesLeft, 1 - leftShare[node]));
  };
  if (left.length > 0) walk(0, []);
}

/** The way with one turn more; a feature that has turned before has one turn in all. */
function turned(turns: readonly Turn[], feature: number, taken: boolean, share: number): readonly Turn[] {
  const before = turns.find((turn) => turn.feature === feature);
  const now: Turn = {
    feature,
    taken: taken && before?.taken !== 0 ? 1 : 0,
    share: share * (before?.share ?? 1),
  };
  return before ? turns.map((turn) => (turn === before ? now : turn)) : [...turns, now];
}

function addLeaf(value: number, turns: readonly Turn[], out: Float64Array): void {
  for (const own of turns) {
    const others = turns.filter((turn) => turn !== own);
    out[own.feature] += value * (own.taken - own.share) * meanOfProducts(others);
  }
}

/** Π_S taken·Π_{not in S} share on average over the sets S of others before a player in a random order. */
function meanOfProducts(others: readonly Turn[]): number {
  // By size of S: the sums of all products.
  const sums = new Float64Array(others.length + 1);
  sums[0] = 1;
  others.forEach(({ taken, share }, n) => {
    for (let size = n + 1; size >= 0; size--) sums[size] = sums[size] * share + (size > 0 ? sums[size - 1] * taken : 0);
  });
  let [mean, orders] = [0, 1 / sums.length];
  for (let size = 0; size < sums.length; size++) {
    mean += sums[size] * orders;
    orders *= (size + 1) / (others.length - size);
  }
  return mean;
}

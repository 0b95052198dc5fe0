/** Leaf values again for some of the examples, tree after tree, in trees whose splits stay. */

import type { Steps } from "../run.ts";
import type { Booster, Tree, TreeEnsemble } from "./ensemble.ts";
import type { Leaves } from "./leaves.ts";
import { bestConstant, lossSlopes } from "./loss-slopes.ts";

/** Whether the score before any tree stays with the splits, or is fitted to the examples again. */
export type BaseScore = "frozen" | "recomputed";

/**
 * The booster with every leaf −lr·Σg/(Σh + l2) over the examples in `kept` alone, g and h at the scores that the trees before it give then
 * (Sharchilev et al. 2018, LeafRefit). `leaves` are those of all examples. A leaf that keeps no example adds 0. Sums go in the order of `kept`.
 */
export function* refitLeaves(
  { booster, examples }: Pick<TreeEnsemble, "booster" | "examples">,
  leaves: readonly Leaves[],
  kept: Uint32Array,
  base: BaseScore,
): Steps<Booster> {
  const labels = Float64Array.from(kept, (example) => examples.labels[example]);
  const start = base === "frozen" ? booster.base : bestConstant(labels, booster.loss);
  const scores = new Float64Array(kept.length).fill(start);
  const trees: Tree[] = [];
  for (const [t, tree] of booster.trees.entries()) {
    yield;
    const leaf = leaves[t];
    const values = leafValues(booster, leafSlopes(booster, scores, labels, leaf, kept, tree.values.length));
    for (let k = 0; k < kept.length; k++) scores[k] += values[leaf[kept[k]]];
    trees.push({ ...tree, values });
  }
  return { ...booster, base: start, trees };
}

/** Of every leaf Σg and Σh + l2 of its examples at their scores. */
interface LeafSlopes {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

function leafSlopes(
  { loss, l2 }: Booster,
  scores: Float64Array,
  labels: Float64Array,
  leaf: Leaves,
  kept: Uint32Array,
  count: number,
): LeafSlopes {
  const { mean, second } = lossSlopes[loss];
  const sums = { first: new Float64Array(count), second: new Float64Array(count).fill(l2) };
  for (let k = 0; k < kept.length; k++) {
    const l = leaf[kept[k]];
    const one = mean(scores[k]);
    sums.first[l] += one - labels[k];
    sums.second[l] += second(one);
  }
  return sums;
}

function leafValues({ learningRate }: Booster, { first, second }: LeafSlopes): Float64Array {
  return first.map((g, l) => (second[l] > 0 ? (-learningRate * g) / second[l] : 0));
}

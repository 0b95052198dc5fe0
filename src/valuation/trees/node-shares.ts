/** Trees as they answer without some features: by the shares of the examples that went each way. */

import type { Tree, TreeEnsemble } from "../../boosting/ensemble.ts";
import { leavesOf } from "../../boosting/leaves.ts";
import type { Steps } from "../../run.ts";

/** A tree, and of each node the share of its examples that go left. */
export interface SharedTree {
  readonly tree: Tree;
  readonly leftShare: Float64Array;
}

/** The trees of an ensemble with the shares of its examples; halves where a node has none. */
export function* sharedTrees({ booster, examples }: Pick<TreeEnsemble, "booster" | "examples">): Steps<SharedTree[]> {
  const leaves = yield* leavesOf(booster.trees, examples.features);
  const shared: SharedTree[] = [];
  for (const [t, tree] of booster.trees.entries()) {
    yield;
    const counts = new Float64Array(tree.values.length);
    for (const leaf of leaves[t]) counts[leaf]++;
    shared.push({ tree, leftShare: leftShares(tree, counts) });
  }
  return shared;
}

function leftShares({ left, right }: Tree, counts: Float64Array): Float64Array {
  const shares = new Float64Array(left.length);
  const countOf = (node: number): number => {
    if (node < 0) return counts[~node];
    const [yes, no] = [countOf(left[node]), countOf(right[node])];
    shares[node] = yes + no > 0 ? yes / (yes + no) : 0.5;
    return yes + no;
  };
  if (left.length > 0) countOf(0);
  return shares;
}

/** What a tree says of a row of which only some features are there: at every other question the mean of both sides by their shares. */
export function meanAnswer({ tree, leftShare }: SharedTree, row: Float64Array, present: Uint8Array): number {
  const { feature, threshold, left, right, values } = tree;
  const at = (node: number): number => {
    if (node < 0) return values[~node];
    const asked = feature[node];
    if (present[asked] === 1) return at(row[asked] <= threshold[node] ? left[node] : right[node]);
    return leftShare[node] * at(left[node]) + (1 - leftShare[node]) * at(right[node]);
  };
  return at(left.length > 0 ? 0 : ~0);
}

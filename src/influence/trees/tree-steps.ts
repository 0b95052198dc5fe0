/** The steps of a boosting: what every tree was fitted to, and how its leaves depend on the weights and scores of the examples. */

import type { Leaves } from "../../boosting/leaves.ts";
import { leavesOf } from "../../boosting/leaves.ts";
import { lossSlopes } from "../../boosting/loss-slopes.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Target } from "../../objective/target.ts";
import { finishYielding } from "../../run.ts";
import type { Replay } from "./replay-leaves.ts";

/** One tree of the training. */
export interface TreeStep {
  readonly tree: number;
  /** The leaf of every example. */
  readonly leaves: Leaves;
  readonly values: Float64Array;
  /** Of an example: ∂(its leaf's value)/∂(its weight) = −(lr·g + v·h)/(Σh + l2), v with the learning rate in it. */
  byWeight(example: number): number;
  /** Of an example: ∂(its leaf's value)/∂(its score before the tree) = −(lr·h + v·h′)/(Σh + l2). */
  byScore(example: number): number;
}

/** The trees as they were grown. */
export async function* forwards(replay: Replay, run: RunContext): AsyncGenerator<TreeStep> {
  const { booster, examples } = replay.ensemble;
  const scores = new Float64Array(examples.labels.length).fill(booster.base);
  for (const [tree, { values }] of booster.trees.entries()) {
    await run.yieldToEventLoop();
    yield stepAt(replay, tree, scores);
    addLeaves(scores, replay.leaves[tree], values, 1);
  }
}

/** The trees from the last to the first. */
export async function* backwards(replay: Replay, run: RunContext): AsyncGenerator<TreeStep> {
  const { booster, examples } = replay.ensemble;
  const scores = new Float64Array(examples.labels.length).fill(booster.base);
  for (const [tree, { values }] of booster.trees.entries()) {
    await run.yieldToEventLoop();
    addLeaves(scores, replay.leaves[tree], values, 1);
  }
  for (let tree = booster.trees.length - 1; tree >= 0; tree--) {
    await run.yieldToEventLoop();
    addLeaves(scores, replay.leaves[tree], booster.trees[tree].values, -1);
    yield stepAt(replay, tree, scores);
  }
}

function addLeaves(scores: Float64Array, leaves: Leaves, values: Float64Array, sign: 1 | -1): void {
  for (let k = 0; k < scores.length; k++) scores[k] += sign * values[leaves[k]];
}

/** A tree on the scores before it. */
function stepAt({ ensemble: { booster, examples }, leaves }: Replay, tree: number, scores: Float64Array): TreeStep {
  const { learningRate, l2, loss } = booster;
  const { mean, second, third } = lossSlopes[loss];
  const means = scores.map(mean);
  const { values } = booster.trees[tree];
  const leaf = leaves[tree];
  const curvature = new Float64Array(values.length).fill(l2);
  for (let k = 0; k < scores.length; k++) curvature[leaf[k]] += second(means[k]);
  const over = (k: number, slope: number) => (curvature[leaf[k]] > 0 ? -slope / curvature[leaf[k]] : 0);
  return {
    ...{ tree, values, leaves: leaf },
    byWeight: (k) => over(k, learningRate * (means[k] - examples.labels[k]) + values[leaf[k]] * second(means[k])),
    byScore: (k) => over(k, learningRate * second(means[k]) + values[leaf[k]] * third(means[k])),
  };
}

/** The pairs of a target in the trees. */
export interface AskedPairs {
  /** Of each tree the leaf of every pair. */
  readonly leaves: readonly Leaves[];
  readonly count: number;
}

/** Where the pairs of a target are in the trees. */
export async function askedPairs({ ensemble }: Replay, { pairs }: Target, run: RunContext): Promise<AskedPairs> {
  const rows = ensemble.featuresOf(pairs.users, pairs.items);
  const leaves = await finishYielding(leavesOf(ensemble.booster.trees, rows), run.yieldToEventLoop);
  return { leaves, count: rows.count };
}

/** Sums of values over the leaves that they are in, added to those that are there. */
export function addByLeaf(sums: Float64Array, leaves: Leaves, values: Float64Array): Float64Array {
  for (let k = 0; k < values.length; k++) sums[leaves[k]] += values[k];
  return sums;
}

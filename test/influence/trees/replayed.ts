/** The training of a booster's leaves with a weight an example, written apart from the program: what tree methods are tested against. */

import type { Booster, TreeEnsemble } from "../../../src/boosting/ensemble.ts";
import type { TrainedModel } from "../../../src/training/index.ts";
import { twinLeaf, twinSlopes } from "../../support/twin-booster.ts";

/** The trees of a model that has some. */
export function treesOf({ trees }: TrainedModel): TreeEnsemble {
  if (trees === undefined) throw new Error("no trees");
  return trees;
}

/** Weight 0 for the examples of some rows, 1 for all others. */
export function weightsWithout({ examples }: TreeEnsemble, rows: readonly number[]): number[] {
  return Array.from(examples.owners, (row) => (rows.includes(row) ? 0 : 1));
}

/** The same splits with leaves from weighted examples; the base score too where it is recomputed. */
export function replayedBy(
  { booster, examples: { features, labels } }: TreeEnsemble,
  weights: readonly number[],
  base: "frozen" | "recomputed",
): Pick<Booster, "base" | "trees"> {
  const { loss, learningRate, l2 } = booster;
  const rowOf = (k: number) => [...features.values.subarray(k * features.width, (k + 1) * features.width)];
  const total = weights.reduce((sum, w) => sum + w, 0);
  const mean = weights.reduce((sum, w, k) => sum + w * labels[k], 0) / total;
  const again = loss === "squared" ? mean : Math.log(mean / (1 - mean));
  const start = base === "frozen" ? booster.base : again;
  const scores = weights.map(() => start);
  const trees = booster.trees.map((tree) => {
    const of = scores.map((_, k) => twinLeaf(tree, rowOf(k)));
    const values = tree.values.map((_, leaf) => {
      let [g, h] = [0, l2];
      of.forEach((own, k) => {
        const [first, second] = twinSlopes(loss, scores[k], labels[k]);
        if (own === leaf) [g, h] = [g + weights[k] * first, h + weights[k] * second];
      });
      return h === 0 ? 0 : (-learningRate * g) / h;
    });
    of.forEach((leaf, k) => {
      scores[k] += values[leaf];
    });
    return { ...tree, values };
  });
  return { base: start, trees };
}

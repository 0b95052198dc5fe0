/** LeafInfluence: the derivative of leaf-refit by the weight of a row, for all rows in one walk back through the trees. */

import { boosted } from "../../boosting/ensemble.ts";
import { lossSlopes } from "../../boosting/loss-slopes.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { ensembleOfTrees } from "../../method/needs.ts";
import type { Target } from "../../objective/target.ts";
import { byTarget, sumOverRows } from "../by-target.ts";
import { baseSetting } from "./leaf-refit.ts";
import { type Replay, replayOf, valuesOfRows } from "./replay-leaves.ts";
import { addByLeaf, askedPairs, backwards } from "./tree-steps.ts";

/**
 * ∂target/∂(weight of a row) in frozen splits (Sharchilev et al. 2018, LeafInfluence; survey, §5.1.1): a leaf's value moves by −[lr(J·h) + v(J·h′) + 1_k(lr·g +
 * v·h)]/(Σh + l2), J the derivatives of the scores before the tree. The recursion is linear in the target and runs here from the last tree to the first,
 * so all rows come at the cost of one. Cost: O(n) a tree and target.
 */
export const leafInfluence = method({
  name: "leaf-influence",
  summary: "the derivative of the leaves of a booster by the weight of a row, the splits frozen",
  source: "Sharchilev, Ustinovskiy, Serdyukov and de Rijke (2018), LeafInfluence; survey, §5.1.1",
  needs: [ensembleOfTrees],
  settings: { base: baseSetting },
  cost: "a solve a target",
  properties: {
    ...{ family: "static gradient", kin: "influence functions" },
    ...{ full: "O(nT)", further: "O(nT)", space: "O(nT)", storage: "0" },
    traits: ["assumes differentiable", "estimates leave-one-out", "group influence", "uses Hessian"],
  },
  make: ({ base }): Estimator => ({
    async prepare(model, run) {
      const replay = await replayOf(model, run);
      return byTarget(
        run,
        sumOverRows(async (target, rows) => {
          const values = await derivatives(replay, target, base === "recomputed", run);
          const scores = valuesOfRows(replay.ensemble.examples, values, rows);
          return { scores, status: "converged", residual: replay.residual };
        }),
      );
    },
  }),
});

/** ∂target/∂(weight) of every example. */
async function derivatives(
  replay: Replay,
  target: Target,
  throughBase: boolean,
  run: RunContext,
): Promise<Float64Array> {
  const { booster, examples, featuresOf } = replay.ensemble;
  const asked = await askedPairs(replay, target, run);
  const slopes = target.slopes(boosted(booster, featuresOf(target.pairs.users, target.pairs.items)));
  const count = examples.labels.length;
  const [values, byScore] = [new Float64Array(count), new Float64Array(count)];
  for await (const step of backwards(replay, run)) {
    const byLeaf = addByLeaf(new Float64Array(step.values.length), asked.leaves[step.tree], slopes);
    addByLeaf(byLeaf, step.leaves, byScore);
    for (let k = 0; k < count; k++) {
      const along = byLeaf[step.leaves[k]];
      if (along === 0) continue;
      values[k] += along * step.byWeight(k);
      byScore[k] += along * step.byScore(k);
    }
  }
  return throughBase ? addBase(values, [slopes, byScore], replay) : values;
}

/** What goes through the score before any tree, whose derivative by a weight is −g/Σh there. */
function addBase(values: Float64Array, alongBase: readonly Float64Array[], { ensemble }: Replay): Float64Array {
  const { booster, examples } = ensemble;
  const { mean, second } = lossSlopes[booster.loss];
  const start = mean(booster.base);
  const along = alongBase.reduce((sum, of) => of.reduce((part, x) => part + x, sum), 0);
  const curvature = values.length * second(start);
  return values.map((value, k) => value - (along * (start - examples.labels[k])) / curvature);
}

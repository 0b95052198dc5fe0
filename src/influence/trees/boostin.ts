/** BoostIn: what every tree did to the target, charged to the examples that share its leaf. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { ensembleOfTrees } from "../../method/needs.ts";
import type { Target } from "../../objective/target.ts";
import { byTarget, sumOverRows } from "../by-target.ts";
import { type Replay, replayOf, valuesOfRows } from "./replay-leaves.ts";
import { addByLeaf, askedPairs, forwards } from "./tree-steps.ts";

/**
 * −Σ_t ∂target/∂F_t·1[same leaf]·lr·(g_k + v·h_k)/(Σh + l2), F_t the scores of the target's pairs after tree t and v = −Σg/(Σh + l2) (Brophy, Hammoudeh and Lowd 2023; survey,
 * §5.2.1), with the target in the place of their loss. What a row did to the trees in between is left out. Cost: O(n) a tree and target.
 */
export const boostIn = method({
  name: "boostin",
  summary: "what every tree of a booster did to the target, charged to the rows that share its leaf",
  source: "Brophy, Hammoudeh and Lowd (2023), BoostIn; survey, §5.2.1",
  needs: [ensembleOfTrees],
  settings: {},
  cost: "a solve a target",
  properties: {
    ...{ family: "dynamic gradient", kin: "TracIn" },
    ...{ full: "O(nT)", further: "O(nT)", space: "O(nT)", storage: "0" },
    traits: ["assumes differentiable", "group influence"],
  },
  make: (): Estimator => ({
    async prepare(model, run) {
      const replay = await replayOf(model, run);
      return byTarget(
        run,
        sumOverRows(async (target, rows) => {
          const values = await alongTrees(replay, target, run);
          const scores = valuesOfRows(replay.ensemble.examples, values, rows);
          return { scores, status: "converged", residual: replay.residual };
        }),
      );
    },
  }),
});

async function alongTrees(replay: Replay, target: Target, run: RunContext): Promise<Float64Array> {
  const { booster, examples } = replay.ensemble;
  const asked = await askedPairs(replay, target, run);
  const scores = new Float64Array(asked.count).fill(booster.base);
  const values = new Float64Array(examples.labels.length);
  for await (const step of forwards(replay, run)) {
    const leaves = asked.leaves[step.tree];
    scores.forEach((score, n) => {
      scores[n] = score + step.values[leaves[n]];
    });
    const byLeaf = addByLeaf(new Float64Array(step.values.length), leaves, target.slopes(scores));
    for (let k = 0; k < values.length; k++) {
      const along = byLeaf[step.leaves[k]];
      if (along !== 0) values[k] += along * step.byWeight(k);
    }
  }
  return values;
}

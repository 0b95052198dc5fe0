/** TreeSHAP: how the features of a pair share its score in an ensemble of trees. */

import type { FeatureRows, TreeEnsemble } from "../boosting/ensemble.ts";
import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import type { Measure } from "../method/measure.ts";
import { method } from "../method/method.ts";
import { ensembleOfTrees } from "../method/needs.ts";
import type { Target } from "../objective/target.ts";
import { finishYielding } from "../run.ts";
import { shapOf } from "./history-shap.ts";
import { meanAnswer, type SharedTree, sharedTrees } from "./trees/node-shares.ts";
import { addPathValues } from "./trees/path-values.ts";
import { requireUnits, unitGame } from "./units/unit-game.ts";

/**
 * Shapley values of features (Lundberg, Erion and Lee 2018; survey, §4.3): a set is worth what the trees say of a pair by these features, at all other questions the mean of both
 * answers by the shares of the examples. They sum to f(x) − E f. Of sums of scores in closed form; of other measures from all sets to 12 features, by KernelSHAP beyond.
 */
export const treeShap = method({
  name: "tree-shap",
  summary: "how the features of a pair share its score in a booster; nothing is trained again",
  source: "Lundberg, Erion and Lee (2018), Algorithm 2; survey, §4.3",
  needs: [ensembleOfTrees],
  settings: {
    samples: {
      summary: "sets asked beyond 12 features, of measures that are no sum of scores; 0: 2,048 and two a feature",
      ...{ standard: 0, least: 0, whole: true },
    },
    seed: { summary: "of the sets that are drawn", standard: 1, least: 0, whole: true },
  },
  cost: "closed form",
  properties: {
    ...{ family: "retraining", kin: "Shapley value" },
    ...{ full: "O(nT + p)", further: "O(p)", space: "O(nT)", storage: "O(p)" },
    traits: [],
  },
  make: ({ samples, seed }): Estimator => ({
    async prepare(model, run) {
      const ensemble = model.trees as TreeEnsemble;
      const shared = await finishYielding(sharedTrees(ensemble), run.yieldToEventLoop);
      return {
        async estimate(measures, players) {
          requireUnits("tree-shap", model, players);
          const targets = measures.flatMap(({ target }) => (target?.curvature === 0 ? [target] : []));
          if (targets.length === measures.length) return ofSums(ensemble, shared, measures, targets, run);
          return shapOf(unitGame(scoresWith(ensemble, shared), players.count, measures, run), { samples, seed }, run);
        },
        close: () => {},
      };
    },
  }),
});

/** Scores by some features. */
function scoresWith({ booster, featuresOf }: TreeEnsemble, shared: readonly SharedTree[]) {
  return (present: Uint8Array) =>
    ({ users, items }: Target["pairs"]) => {
      const rows = featuresOf(users, items);
      return Float64Array.from({ length: rows.count }, (_, k) =>
        shared.reduce((score, tree) => score + meanAnswer(tree, rowOf(rows, k), present), booster.base),
      );
    };
}

/** Of measures that are linear in scores: the values of every pair by its slope. */
async function ofSums(
  ensemble: TreeEnsemble,
  shared: readonly SharedTree[],
  measures: readonly Measure[],
  targets: readonly Target[],
  run: EstimateRun,
): Promise<Estimate> {
  const players = ensemble.featureNames.length;
  const values = new Float64Array(measures.length * players);
  const notes: string[] = [];
  for (const [m, { pairs, slopes }] of targets.entries()) {
    const rows = ensemble.featuresOf(pairs.users, pairs.items);
    const weights = slopes(new Float64Array(rows.count));
    const out = values.subarray(m * players, (m + 1) * players);
    for (let k = 0; k < rows.count; k++) {
      await run.yieldToEventLoop();
      for (const tree of shared) addPathValues(tree, rowOf(rows, k), weights[k], out);
    }
    const none = scoresWith(ensemble, shared)(new Uint8Array(players))(pairs);
    const mean = none.reduce((sum, score, k) => sum + weights[k] * score, 0);
    const note = `the values are what it has beyond ${Number(mean.toPrecision(6))}, the mean over the examples`;
    notes.push(measures.length > 1 ? `${measures[m].label}: ${note}` : note);
  }
  return {
    values,
    statuses: new Array(values.length).fill("converged"),
    residual: 0,
    evaluations: measures.length,
    notes,
  };
}

function rowOf({ values, width }: FeatureRows, row: number): Float64Array {
  return values.subarray(row * width, (row + 1) * width);
}

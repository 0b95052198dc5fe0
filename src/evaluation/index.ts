/** The catalogue of metrics, and the protocols that measure them. */

export { type FactorScores, factorBlocks, rankingOfFactors } from "./factor-scores.ts";
export {
  type FullRankingDropped,
  type FullRankingTask,
  fullRanking,
  fullRankingInBlocks,
} from "./full-ranking.ts";
export { areaUnderCurve, hitRate, ndcg, precision, recall, reciprocalRank } from "./metrics.ts";
export { type Places, placesOf, type Tie } from "./places.ts";
export { overlap, topItems } from "./ranking.ts";
export { mae, rmse } from "./rating.ts";
export { metricsOf, type RankingMetrics, type RankingReport } from "./report.ts";
export { type SampledRankingDropped, type SampledRankingTask, sampledRanking } from "./sampled-ranking.ts";
export { type BlockScorer, blocksOfScorer, type Scorer } from "./scorer.ts";

/** Every metric with what it measures. */
export const metrics = [
  { name: "hr", summary: "hit rate: a test item among the first K" },
  { name: "ndcg", summary: "discounted gain of the test items among the first K, over that of the best list" },
  { name: "precision", summary: "share of the first K that are test items" },
  { name: "recall", summary: "share of the test items among the first K" },
  { name: "mrr", summary: "one over the place of the first test item, 0 beyond K" },
  { name: "auc", summary: "chance that a test item is scored above another item" },
  { name: "rmse", summary: "root mean squared error of ratings" },
  { name: "mae", summary: "mean absolute error of ratings" },
] as const;

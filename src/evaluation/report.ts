/** What a ranking evaluation reports: means of metrics over lists, and what was left out of them. */

import { LetheError } from "../errors.ts";
import { areaUnderCurve, hitRate, ndcg, precision, recall, reciprocalRank } from "./metrics.ts";
import type { Places } from "./places.ts";

/** Metrics of one list, or their means over lists; all but `auc` at the cutoff K. */
export interface RankingMetrics {
  readonly hr: number;
  readonly ndcg: number;
  readonly precision: number;
  readonly recall: number;
  readonly mrr: number;
  readonly auc: number;
}

/** Means over lists, NaN over none. */
export interface RankingReport<Dropped = Readonly<Record<string, number>>> {
  /** Users with a list or more that counts. */
  readonly users: number;
  /** Lists that the means are taken over: one a user in a full ranking, one a test pair in a sampled one. */
  readonly lists: number;
  readonly metrics: RankingMetrics;
  readonly k: number;
  /** How many of what was left out, and why. */
  readonly dropped: Dropped;
}

/** All metrics of one list; `auc` is NaN when all its candidates are relevant. */
export function metricsOf(places: Places, k: number): RankingMetrics {
  return {
    hr: hitRate(places, k),
    ndcg: ndcg(places, k),
    precision: precision(places, k),
    recall: recall(places, k),
    mrr: reciprocalRank(places, k),
    auc: areaUnderCurve(places),
  };
}

/** Sums metrics list by list, in the order in which they come. */
export interface MetricMeans {
  add(places: Places): void;
  readonly lists: number;
  /** The means so far. */
  means(): RankingMetrics;
}

const names = ["hr", "ndcg", "precision", "recall", "mrr", "auc"] as const;

/** Means at a cutoff; throws `bad-input` unless `k` is an integer from 1. */
export function metricMeans(k: number): MetricMeans {
  if (!Number.isInteger(k) || k < 1)
    throw new LetheError("bad-input", `cannot look at the first ${k} items: expected an integer from 1`);
  const sums = { hr: 0, ndcg: 0, precision: 0, recall: 0, mrr: 0, auc: 0 };
  let lists = 0;
  return {
    add(places) {
      const metrics = metricsOf(places, k);
      for (const name of names) sums[name] += metrics[name];
      lists++;
    },
    get lists() {
      return lists;
    },
    means() {
      const means = { ...sums };
      for (const name of names) means[name] /= lists;
      return means;
    },
  };
}

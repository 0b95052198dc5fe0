/** How much NDCG@10 differs by seed, and by leaving 99 interactions out. */

import type { Dataset } from "../../src/data/index.ts";
import { sampledRanking } from "../../src/evaluation/index.ts";
import type { RunContext } from "../../src/kernel/run-context.ts";
import { planOf } from "../../src/study/choosing/plan.ts";
import { rankingScorer } from "../../src/study/choosing/ranking.ts";
import type { Table } from "../report.ts";
import { batches, type Split, scattered, sizes, trainedBy } from "./protocol.ts";

/** NDCG@10 of trainings by batches, as the paper trains, with all rows and without 99 of them, from several seeds. */
export async function trainingNoise(split: Split, context: RunContext) {
  const { trainer } = planOf(batches);
  const { training } = split;
  const whole = await trainedBy(trainer, training, 1, context);
  const rest = { ...training, interactions: training.interactions.without(scattered(whole, sizes[0])) };
  const seeds = [1, 2, 3, 4, 5];
  const ndcgOf = async (dataset: Dataset, seed: number) =>
    sampledRanking(rankingScorer(await trainedBy(trainer, dataset, seed, context)), { ...split.test, k: 10 }).metrics
      .ndcg;
  const figures: { seed: number; all: number; without: number }[] = [];
  for (const seed of seeds)
    figures.push({ seed, all: await ndcgOf(training, seed), without: await ndcgOf(rest, seed) });
  return figures;
}

/** Its table. */
export function noiseTable(noise: Awaited<ReturnType<typeof trainingNoise>>): Table {
  return {
    id: "noise",
    caption: "NDCG@10 of training by Adam from several seeds, with all rows and without 99 of 994,169",
    header: ["seed", "all rows", "without 99", "difference"],
    rows: noise.map(({ seed, all, without }) => [
      String(seed),
      all.toFixed(4),
      without.toFixed(4),
      (without - all).toFixed(4),
    ]),
  };
}

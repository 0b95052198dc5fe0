/** What does training in shards cost in accuracy, and do likeness and attention win it back? MovieLens-100K, mf by bpr, 8 factors, five seeds. */

import { resolve } from "node:path";
import { type Dataset, readInteractions } from "../src/data/index.ts";
import { splitLeaveLastOut } from "../src/data/splitting.ts";
import { fullRanking } from "../src/evaluation/index.ts";
import { runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { dataOf, planOf } from "../src/study/choosing/plan.ts";
import { rankingScorer } from "../src/study/choosing/ranking.ts";
import type { Sharding } from "../src/training/index.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";
import { ms } from "./timing.ts";

/** What is trained; none is the whole model. */
const variants: readonly (readonly [string, Omit<Sharding, "seed"> | undefined])[] = [
  ["retrain (one model)", undefined],
  ["SISA: 5 random shards, mean", { shards: 5, partition: "interactions", aggregate: "mean" }],
  ["5 random shards, attention", { shards: 5, partition: "interactions", aggregate: "attention" }],
  [
    "RecEraser: 5 shards of similar users, attention",
    { shards: 5, partition: "user-similarity", aggregate: "attention" },
  ],
  ["5 shards of similar users, mean", { shards: 5, partition: "user-similarity", aggregate: "mean" }],
  ["5 shards of similar items, attention", { shards: 5, partition: "item-similarity", aggregate: "attention" }],
  [
    "5 shards of similar interactions, attention",
    { shards: 5, partition: "interaction-similarity", aggregate: "attention" },
  ],
  [
    "RecEraser: 8 shards of similar users, attention",
    { shards: 8, partition: "user-similarity", aggregate: "attention" },
  ],
];

interface Figure {
  readonly name: string;
  readonly seed: number;
  readonly ndcg: number;
  readonly hr: number;
  readonly milliseconds: number;
  /** Interactions of the smallest and of the largest shard. */
  readonly sizes: readonly [number, number] | undefined;
}

/** Arguments: `seeds=5`, `epochs=20`. */
export async function run(args: readonly string[]): Promise<Report> {
  const option = (name: string, otherwise: number) =>
    Number(args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise);
  const seeds = Array.from({ length: option("seeds", 5) }, (_, k) => k + 1);
  const recipe = { optimizer: "adam", epochs: option("epochs", 20), learningRate: 3e-3, batch: 1024 } as const;
  const { training, task } = await lastOut();
  const kernels = openKernels();
  const context = runContext(kernels);
  const figures: Figure[] = [];
  for (const seed of seeds)
    for (const [name, sharding] of variants) {
      const { trainer } = planOf({
        ...{ model: "mf", loss: "bpr", settings: { factors: 8 }, l2: 1, negatives: 4, seed, recipe },
        ...(sharding ? { sharding } : {}),
      });
      const begun = performance.now();
      const model = await trainer.train(dataOf(training), seed, context);
      const milliseconds = performance.now() - begun;
      const { ndcg, hr } = fullRanking(rankingScorer(model), { ...task, k: 10 }).metrics;
      const held = model.shards?.map(({ rows }) => rows.length);
      const sizes = held && ([Math.min(...held), Math.max(...held)] as const);
      figures.push({ name, seed, ndcg, hr, milliseconds, sizes });
      process.stderr.write(`seed ${seed}: ${name}: NDCG@10 ${ndcg.toFixed(4)}, ${ms(milliseconds)}\n`);
    }
  await kernels.close();
  return {
    tables: [
      {
        id: "receraser",
        caption: `Training in shards: MovieLens-100K, every user's last item held out and ranked among all that they have not, mf by bpr, 8 factors, four negatives, ${recipe.epochs} epochs of Adam; means over ${seeds.length} seeds with intervals of 95 %`,
        header: ["model", "NDCG@10", "HR@10", "smallest and largest shard", "training"],
        rows: variants.map(([name]) => rowOf(figures.filter((figure) => figure.name === name))),
      },
    ],
    figures,
  };
}

/** MovieLens-100K without every user's last item, and those. */
async function lastOut() {
  const { dataset } = await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"));
  const { interactions } = dataset;
  const { train, test } = splitLeaveLastOut(interactions);
  const training: Dataset = { ...dataset, interactions: interactions.select(train) };
  return { training, task: { test: interactions.select(test), train: training.interactions } };
}

/** Half the width of a 95 % interval of a mean, by Student's quantile. */
const quantiles = [Number.NaN, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

function interval(values: readonly number[]): string {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
  const half = (quantiles[values.length - 1] ?? 1.96) * Math.sqrt(variance / values.length);
  return Number.isFinite(half) ? `${mean.toFixed(4)} ± ${half.toFixed(4)}` : mean.toFixed(4);
}

function rowOf(figures: readonly Figure[]): string[] {
  const sizes = figures.flatMap(({ sizes = [] }) => [...sizes]);
  return [
    figures[0].name,
    interval(figures.map(({ ndcg }) => ndcg)),
    interval(figures.map(({ hr }) => hr)),
    sizes.length === 0 ? "" : `${Math.min(...sizes)}, ${Math.max(...sizes)}`,
    ms(figures.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / figures.length),
  ];
}

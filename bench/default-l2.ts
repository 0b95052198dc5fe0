/** The λ that follows from the data beside a grid: how much test error it leaves over the best, and whether factors vanish. */

import { resolve } from "node:path";
import { type Interactions, plantedFactors, readInteractions, splitRandom } from "../src/data/index.ts";
import { rmse } from "../src/evaluation/rating.ts";
import type { Kernels } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { scores } from "../src/model/factor-model.ts";
import { type FactorizationSettings, factorization } from "../src/objective/factorization.ts";
import { indexKeys } from "../src/objective/negatives.ts";
import { train } from "../src/training/factors/als-newton.ts";
import { l2OfFactors } from "../src/training/factors/chosen-l2.ts";
import { modelOf } from "../src/training/factors/trained.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";
import { runWith } from "./subjects.ts";
import { percent } from "./timing.ts";

const settings = {
  ...{ factors: 8, biases: true, mean: { kind: "learned" }, l2Bias: 5, regularizer: "table" },
} as const satisfies Omit<FactorizationSettings, "l2">;

/** Shares of the λ at which all factors vanish. */
const grid = [0.8, 0.65, 0.5, 0.4, 0.32, 0.25, 0.2, 0.15, 0.12, 0.09, 0.06, 0.045, 0.03];

const read = (file: string) => async () => (await readInteractions(file)).dataset.interactions;
const planted = (users: number, items: number, ratings: number, factors: number, noise: number) => async () =>
  plantedFactors({ users, items, ratings, factors, noise, seed: users }).interactions;

const sets: Readonly<Record<string, () => Promise<Interactions>>> = {
  "ml-100k": read(resolve(dataFolder, "ml-100k/ml-100k.inter")),
  "ml-1m": read(resolve(dataFolder, "ml-1m/ratings.dat")),
  "amazon-magazine": read(resolve(dataFolder, "amazon-magazine/ratings.tsv")),
  "examples/ratings.csv": read(resolve(import.meta.dirname, "../examples/ratings.csv")),
  "planted 100 × 80": planted(100, 80, 2000, 2, 0.5),
  "planted 200 × 100": planted(200, 100, 5000, 4, 0.85),
  "planted 300 × 1,000": planted(300, 1000, 9000, 4, 0.3),
  "planted 500 × 300": planted(500, 300, 20_000, 8, 0.85),
  "planted 1,000 × 200": planted(1000, 200, 20_000, 3, 1.2),
  "planted 2,000 × 1,000": planted(2000, 1000, 50_000, 8, 0.85),
  "planted 5,000 × 500": planted(5000, 500, 60_000, 4, 0.5),
  "planted 3,000 × 3,000": planted(3000, 3000, 300_000, 8, 0.85),
  "planted 10,000 × 2,000": planted(10_000, 2000, 500_000, 12, 0.85),
  "planted 1,000 × 1,000": planted(1000, 1000, 40_000, 6, 0.7),
};

/** `only=ml-100k` takes one set, `without=amazon-magazine` leaves one out: on thin sets each λ of the grid takes a minute. */
export async function run(args: readonly string[]): Promise<Report> {
  const [only, without] = ["only=", "without="].map((word) =>
    args.find((arg) => arg.startsWith(word))?.slice(word.length),
  );
  const kernels = openKernels({ threads: 2 });
  const figures: Awaited<ReturnType<typeof measure>>[] = [];
  for (const [name, load] of Object.entries(sets)) {
    if ((only !== undefined && only !== name) || name === without) continue;
    figures.push(await measure(name, await load(), kernels));
    process.stderr.write(`${JSON.stringify(figures.at(-1))}\n`);
  }
  await kernels.close();
  const rows = figures.map(({ name, ratings, l2, share, error, best, bestL2, none }) => [
    ...[name, ratings.toLocaleString("en"), String(l2), share.toFixed(2), error.toFixed(4)],
    ...[best.toFixed(4), bestL2.toPrecision(2), percent(error / best - 1), none.toFixed(4)],
  ]);
  const header = [
    "set",
    "ratings",
    "λ",
    "share of σ₁",
    "test RMSE",
    "best of the grid",
    "at λ",
    "more",
    "without factors",
  ];
  const caption = "The λ that follows from the data, 8 factors, λ_b 5; a tenth of the ratings held out; grid of 13 λ";
  return { tables: [{ id: "squared", caption, header, rows }], figures };
}

async function measure(name: string, all: Interactions, kernels: Kernels) {
  const split = splitRandom(all.size, 0.1, 1);
  const [kept, test] = [all.select(split.train), all.select(split.test)];
  const found = await l2OfFactors(settings, kept, indexKeys(kept), runWith(kernels));
  const errorAt = async (l2: number) => {
    const objective = factorization({ ...settings, l2 }, kept);
    const { params } = await train(objective, { kernels: kernels.factors, sweeps: 30, tolerance: 0.1 });
    return rmse(scores(modelOf({ objective, params }), test.users, test.items), test.ratings);
  };
  const errors: number[] = [];
  for (const share of grid) errors.push(await errorAt(share * found.vanishing));
  const best = Math.min(...errors);
  return {
    ...{ name, ratings: kept.size, l2: found.l2, share: found.l2 / found.vanishing, error: await errorAt(found.l2) },
    ...{ best, bestL2: grid[errors.indexOf(best)] * found.vanishing, none: await errorAt(1.1 * found.vanishing) },
  };
}

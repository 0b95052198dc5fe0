/** Does cleaning help, on MovieLens-100K with a tenth of the ratings turned round and as it is; and are pushed items found? */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Dataset, interactionsOf, readInteractions } from "../src/data/index.ts";
import { splitByIds } from "../src/data/splitting.ts";
import { pushedItems } from "../src/influence/cleaning/pushed-items.ts";
import type { RunContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { methodNamed } from "../src/method/index.ts";
import { keyedUniform } from "../src/numeric/random.ts";
import { auc } from "../src/numeric/statistics.ts";
import { nameKeys } from "../src/objective/negatives.ts";
import { attacks } from "../src/requests/index.ts";
import type { Cleaned } from "../src/study/cases/clean/cleaned.ts";
import { cleanModel } from "../src/study/cases/clean.ts";
import { trainOn } from "../src/study/cases/train.ts";
import { planOf } from "../src/study/choosing/plan.ts";
import type { Smooth } from "../src/training/trained-model.ts";
import { dataFolder } from "./movielens.ts";
import type { Report, Table } from "./report.ts";
import { runWith } from "./subjects.ts";

const plan = planOf({ model: "mf", settings: { factors: 8 }, l2: 15 });
const purpose = 0x666c6970;

/** Training rows, of which a share is turned round, and held-out rows, which are right. */
function spoiltSplit(dataset: Dataset, share: number, seed: number): { training: Dataset; test: Dataset } {
  const { interactions, userIds, itemIds } = dataset;
  const keys = nameKeys(userIds.list, itemIds.list);
  const { train, test } = splitByIds(interactions, keys, { fraction: 0.1 }, seed);
  const kept = interactions.select(train);
  const turned = (row: number) =>
    keyedUniform(seed, keys.users[kept.users[row]], keys.items[kept.items[row]], purpose) < share;
  const ratings = kept.ratings.map((r, row) => (turned(row) ? (r === 3 ? 5 : 6 - r) : r));
  const { userCount, itemCount, users, items } = kept;
  const spoilt = interactionsOf({ userCount, itemCount, users, items, ratings });
  return {
    training: { ...dataset, interactions: spoilt },
    test: { ...dataset, interactions: interactions.select(test) },
  };
}

/** Mean, and the interval of 95 % by Student with n − 1 degrees of freedom. */
function meanWith(values: readonly number[]): string {
  const quantile = [0, 12.71, 4.303, 3.182, 2.776][values.length - 1] ?? 1.96;
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const reach = quantile * Math.sqrt(squares / (values.length - 1) / values.length);
  return `${mean.toFixed(4)} (${(mean - reach).toFixed(4)} to ${(mean + reach).toFixed(4)})`.replaceAll("-", "−");
}

async function cleaning(dataset: Dataset, seeds: number, run: RunContext) {
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const share of [0.1, 0]) {
    const found: Cleaned[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const { training, test } = spoiltSplit(dataset, share, seed);
      const named = await trainOn(training, plan, run);
      const { cleaned } = await cleanModel(named, { draws: 1, seed }, { ...run, test });
      const { suspects: _, ...kept } = cleaned;
      found.push(cleaned);
      figures.push({ id: `flipped ${share}, seed ${seed}`, ...kept });
      process.stderr.write(`flipped ${share}, seed ${seed}: ${cleaned.recommendation.text}\n`);
    }
    const at = (k: number) => found.map(({ curve }) => curve[k].difference);
    const followed = found.map(({ recommendation: { advice, before, after } }) =>
      advice === "keep" ? 0 : after - before,
    );
    const advised = found.filter(({ recommendation }) => recommendation.advice !== "keep").length;
    rows.push([
      share === 0 ? "as it is" : `${100 * share} % turned round`,
      meanOf(found.map(({ error }) => error.keepAll)),
      ...[0, 1, 2, 3].map((k) => meanWith(at(k))),
      meanWith(found.map(({ curve, error }) => curve[3].random - error.keepAll)),
      `${advised} of ${seeds}`,
      meanWith(followed),
    ]);
  }
  return { rows, figures };
}

const meanOf = (values: readonly number[]) => (values.reduce((sum, x) => sum + x, 0) / values.length).toFixed(4);

async function pushing(dataset: Dataset, run: RunContext) {
  const base = await trainOn(dataset, plan, run);
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const attack of ["average-attack", "bandwagon-attack", "influence-push"])
    for (const profiles of [0.01, 0.02, 0.05]) {
      const found: { rank: number; items: number; users: number; statistic: number }[] = [];
      for (const item of ["1170", "1400", "700"]) {
        const method = methodNamed(attacks, attack).entry.make({ profiles, item });
        const planted = await method.plant({ trained: base.trained, dataset: base.dataset }, run);
        const { trained } = await trainOn(planted.dataset, plan, run);
        found.push(await foundIn(trained.smooth as Smooth, planted.item, dataset.userIds.size, run));
      }
      figures.push({ id: `${attack} ${profiles}`, found });
      rows.push([
        attack,
        `${100 * profiles} %`,
        found.map(({ rank }) => String(rank)).join(", "),
        meanOf(found.map(({ items }) => items)),
        meanOf(found.map(({ users }) => users)),
        found.map(({ statistic }) => statistic.toFixed(2)).join(", "),
      ]);
      process.stderr.write(`${rows.at(-1)?.join(" | ")}\n`);
    }
  return { rows, figures };
}

/** The rank of the attacked item, and areas under the curve of it among items and of planted users among users. */
async function foundIn(smooth: Smooth, item: number, real: number, run: RunContext) {
  const { statistics, rows } = await pushedItems(smooth, run);
  const { users, userCount } = smooth.objective.interactions;
  const scores = new Float64Array(userCount);
  users.forEach((user, row) => {
    scores[user] = Math.max(scores[user], rows[row]);
  });
  return {
    rank: statistics.filter((t) => t > statistics[item]).length + 1,
    items: auc(
      [statistics[item]],
      statistics.filter((_, other) => other !== item),
    ),
    users: auc(scores.subarray(real), scores.subarray(0, real)),
    statistic: statistics[item],
  };
}

/** `flipped`, `pushed`, or both; and `seeds=5`. */
export async function run(args: readonly string[]): Promise<Report> {
  const file = resolve(dataFolder, "ml-100k/ml-100k.inter");
  if (!existsSync(file)) {
    process.stderr.write(`no ${file}: set LETHE_DATA to a folder that has ml-100k/ml-100k.inter\n`);
    process.exit(2);
  }
  const seeds = Number(args.find((arg) => arg.startsWith("seeds="))?.slice(6) ?? 5);
  const wanted = (id: string) => args.every((arg) => arg.includes("=")) || args.includes(id);
  const kernels = openKernels();
  const context = runWith(kernels);
  const { dataset } = await readInteractions(file);
  const tables: Table[] = [];
  const figures: unknown[] = [];
  if (wanted("flipped")) {
    const found = await cleaning(dataset, seeds, context);
    figures.push(...found.figures);
    tables.push({
      id: "flipped",
      caption: `lethe clean on 90 % of MovieLens-100K, mf with 8 factors, λ 15; the other ratings are right, and half of their users judge. Differences of the held-out RMSE from keeping all, means over ${seeds} seeds with intervals of 95 %; the last column follows the advice`,
      header: ["ratings", "RMSE", "without 1 %", "2 %", "5 %", "10 %", "10 % at random", "advised", "as advised"],
      rows: found.rows,
    });
  }
  if (wanted("pushed")) {
    const found = await pushing(dataset, context);
    figures.push(...found.figures);
    tables.push({
      id: "pushed",
      caption:
        "Planted profiles in MovieLens-100K that push one item (three of them, with 27 ratings, which is the median, 10 and 15): its rank among 1,682 items, the area under the curve of the item among items and of the profiles among users, and its statistic T",
      header: ["attack", "profiles", "rank of the item", "AUC, item", "AUC, users", "T"],
      rows: found.rows,
    });
  }
  await kernels.close();
  return { tables, figures };
}

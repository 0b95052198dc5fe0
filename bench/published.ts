/** Published rankings of MovieLens-1M: the split of Neural Collaborative Filtering, each test item among its 99 negatives. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Dataset, idsOf } from "../src/data/dataset.ts";
import { readNegatives } from "../src/data/index.ts";
import { indexNegatives } from "../src/data/reading/negatives.ts";
import { type RankingReport, sampledRanking } from "../src/evaluation/index.ts";
import { runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { dataOf, objectiveOf, planOf, type TrainWishes } from "../src/study/choosing/plan.ts";
import { parameterScorer, rankingScorer } from "../src/study/choosing/ranking.ts";
import { holdOut } from "../src/study/choosing/validation.ts";
import { dataFolder, movielens } from "./movielens.ts";
import type { Report } from "./report.ts";

/** The training rows (all but the test's), under the ids of the split's own files, and the test pairs with their negatives. */
export async function ncfSplit(): Promise<{ training: Dataset; test: ReturnType<typeof indexNegatives> }> {
  const dataset = await movielens();
  const folder = resolve(dataFolder, "ml-1m/ncf");
  const lines = (name: string) =>
    readFileSync(resolve(folder, name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));
  const numberOf = new Map(lines("item_map.tsv").map(([index, id]) => [id.trim(), index]));
  const userIds = idsOf(dataset.userIds.list.map((id) => String(Number(id) - 1)));
  const itemIds = idsOf(dataset.itemIds.list.map((id) => numberOf.get(id) ?? `unknown ${id}`));
  const held = new Set(lines("ml-1m.test.rating").map(([user, item]) => `${user} ${item}`));
  const { interactions } = dataset;
  const rows = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter(
    (k) => !held.has(`${userIds.list[interactions.users[k]]} ${itemIds.list[interactions.items[k]]}`),
  );
  const training = { ...dataset, interactions: interactions.select(rows), userIds, itemIds, itemInfo: new Map() };
  return {
    training,
    test: indexNegatives(await readNegatives(resolve(folder, "ml-1m.test.negative")), userIds, itemIds),
  };
}

/** The settings of one row of the table. */
export interface Published {
  readonly name: string;
  readonly wishes: TrainWishes;
  /** What the paper reached: HR@10 and NDCG@10. */
  readonly region: { readonly hr: number; readonly ndcg: number; readonly from: string };
}

/**
 * Trains and ranks. `literal` takes the epoch that is best on the test rows, as the papers do; else one row of every user is held out and the
 * epoch is chosen by it; with `refit` the model is then trained on all rows for as many epochs. `seed=1`, `epochs=…`, `set={"factors":16}` and the like change the settings.
 */
export async function publish(published: Published, args: readonly string[]): Promise<Report> {
  const option = (name: string) => args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  const number = (name: string, otherwise: number) => Number(option(name) ?? otherwise);
  const literal = args.includes("literal");
  const seed = number("seed", 1);
  const { wishes } = published;
  const recipe = {
    ...wishes.recipe,
    epochs: number("epochs", wishes.recipe?.epochs ?? 20),
    learningRate: number("rate", wishes.recipe?.learningRate ?? 1e-3),
    batch: number("batch", wishes.recipe?.batch ?? 1024),
    decay: number("decay", wishes.recipe?.decay ?? 1),
  };
  const settings = { ...wishes.settings, ...JSON.parse(option("set") ?? "{}") };
  const plan = planOf({ ...wishes, l2: number("l2", wishes.l2 ?? 0), settings, seed, recipe });
  const { training, test } = await ncfSplit();
  const held = literal ? undefined : holdOut(training, 1, seed);
  const kernels = openKernels();
  const run = runContext(kernels);
  const objective = objectiveOf(plan, held?.dataset ?? training, kernels.matrices);
  const onTest = (params: Float64Array) => sampledRanking(parameterScorer(objective, params), { ...test, k: 10 });
  const validate = held
    ? held.validate(objective, run)
    : (params: Float64Array) => ({ metric: "test ndcg@10", value: onTest(params).metrics.ndcg });
  const begun = performance.now();
  const chosen = await plan.trainer.train(dataOf(held?.dataset ?? training), seed, {
    ...run,
    validate,
    onEpoch({ log }) {
      const last = log[log.length - 1];
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      process.stderr.write(
        `epoch ${last.epoch + 1}: loss ${last.loss.toFixed(4)}, ${last.validation?.value.toFixed(4)}, ${seconds} s\n`,
      );
    },
  });
  const refit = args.includes("refit") && held !== undefined;
  // Its trainer has as many epochs as were best.
  const final = refit ? await chosen.trainer.train(dataOf(training), seed, run) : chosen;
  const seconds = (performance.now() - begun) / 1000;
  const report = sampledRanking(rankingScorer(final), { ...test, k: 10 });
  await kernels.close();
  return tableOf(published, report, {
    epochs: chosen.recording?.epochs ?? 0,
    seconds,
    literal,
    refit,
    settings: plan.settings.model,
    recipe: plan.recipe,
    l2: plan.settings.l2,
    log: chosen.recording?.log,
  });
}

function tableOf(
  { name, region }: Published,
  report: RankingReport<unknown>,
  course: {
    readonly epochs: number;
    readonly seconds: number;
    readonly literal: boolean;
    readonly refit: boolean;
  } & Record<string, unknown>,
): Report {
  const { hr, ndcg, mrr, auc } = report.metrics;
  const chosen = course.literal ? "best on test (literal)" : `validation${course.refit ? ", then all rows" : ""}`;
  return {
    tables: [
      {
        id: "ranking",
        caption: `MovieLens-1M, split of NCF, each test item among its negatives, ${report.lists} test items`,
        header: ["model", "HR@10", "NDCG@10", "MRR@10", "AUC", "epochs", "chosen by", "published"],
        rows: [
          [
            name,
            ...[hr, ndcg, mrr, auc].map((x) => x.toFixed(4)),
            String(course.epochs),
            chosen,
            `${region.hr} / ${region.ndcg} (${region.from})`,
          ],
        ],
      },
    ],
    figures: { ...course, metrics: report.metrics, dropped: report.dropped },
  };
}

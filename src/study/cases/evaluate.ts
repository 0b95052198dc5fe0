/** How good a model's rankings are, by full ranking or among given negatives. */

import type { Dataset } from "../../data/dataset.ts";
import { interactionsOf } from "../../data/interactions.ts";
import { indexNegatives, type Negatives, readNegatives } from "../../data/reading/negatives.ts";
import type { ReadingOptions } from "../../data/reading.ts";
import { LetheError } from "../../errors.ts";
import { factorRankingSteps } from "../../evaluation/factor-scores.ts";
import { fullRankingSteps } from "../../evaluation/full-ranking.ts";
import { rmse } from "../../evaluation/rating.ts";
import type { RankingMetrics } from "../../evaluation/report.ts";
import { sampledRankingSteps } from "../../evaluation/sampled-ranking.ts";
import { blocksOfScorer } from "../../evaluation/scorer.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { finishYielding } from "../../run.ts";
import { rankingScorer } from "../choosing/ranking.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import { readRowsFor } from "./rows-for-model.ts";

/** What is evaluated on what. */
export interface EvaluationRequest {
  /** A file of held-out interactions. */
  readonly test: string;
  /** NCF's file of negatives, one line a test row; without it every item that the user does not have is ranked. */
  readonly negatives?: string | undefined;
  readonly k?: number | undefined;
  /** How the test file is read. */
  readonly reading?: ReadingOptions | undefined;
}

/** What an evaluation reports. */
export interface EvaluationReport {
  readonly protocol: "full" | "sampled";
  readonly k: number;
  /** Test rows in the file, and users that count. */
  readonly rows: number;
  readonly users: number;
  readonly metrics: RankingMetrics;
  /** RMSE of the test ratings, for models whose scores are ratings. */
  readonly rmse: number | null;
  /** What was left out, and how often. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Evaluates a model on a file. Users and items that the model does not know are counted, and in no mean. */
export async function evaluate(
  named: NamedModel,
  request: EvaluationRequest,
  options: UseOptions = {},
): Promise<EvaluationReport> {
  const { dataset } = await readRowsFor(named.trained, request.test, request.reading);
  return evaluateOn(named, dataset, request, options);
}

/** `evaluate` on a test set that has been read. */
export async function evaluateOn(
  named: NamedModel,
  dataset: Dataset,
  request: Omit<EvaluationRequest, "test"> = {},
  options: UseOptions = {},
): Promise<EvaluationReport> {
  const run = runOf(options);
  const { k = 10 } = request;
  const { users, items, ratings, size } = dataset.interactions;
  await run.yieldToEventLoop();
  const [userAt, itemAt] = (["userIds", "itemIds"] as const).map((ids) =>
    dataset[ids].list.map((id) => named.dataset[ids].find(id) ?? -1),
  );
  const test = {
    users: Int32Array.from(users, (u) => userAt[u]),
    items: Int32Array.from(items, (i) => itemAt[i]),
    ratings,
  };
  await run.yieldToEventLoop();
  const begun = performance.now();
  const found = request.negatives
    ? await sampled(named, await negativesFor(dataset, request.negatives), k, run)
    : await full(named, test, k, run);
  return {
    protocol: request.negatives ? "sampled" : "full",
    k,
    rows: size,
    ...found,
    rmse: await rmseOf(named, test, run),
    seconds: (performance.now() - begun) / 1000,
  };
}

interface TestRows {
  /** −1 where the model does not know the user or item. */
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly ratings: Float64Array;
}

async function full({ trained }: NamedModel, test: TestRows, k: number, { yieldToEventLoop }: RunContext) {
  const { interactions } = trained;
  const known = knownRows(test);
  const task = {
    train: interactions,
    test: interactionsOf({
      userCount: interactions.userCount,
      itemCount: interactions.itemCount,
      users: Uint32Array.from(known, (n) => test.users[n]),
      items: Uint32Array.from(known, (n) => test.items[n]),
      ratings: Float64Array.from(known, (n) => test.ratings[n]),
    }),
    k,
  };
  const form = trained.factors;
  const steps = form ? factorRankingSteps(form, task) : fullRankingSteps(blocksOfScorer(rankingScorer(trained)), task);
  const report = await finishYielding(steps, yieldToEventLoop);
  const { users, metrics, dropped } = report;
  return { users, metrics, dropped: { ...dropped, unknownRows: test.users.length - known.length } };
}

/** The rows whose user and item the model knows. */
function knownRows({ users, items }: TestRows): Uint32Array {
  return Uint32Array.from(users.keys()).filter((n) => users[n] >= 0 && items[n] >= 0);
}

async function sampled({ trained, dataset }: NamedModel, read: Negatives, k: number, { yieldToEventLoop }: RunContext) {
  const listed = indexNegatives(read, dataset.userIds, dataset.itemIds);
  const steps = sampledRankingSteps(rankingScorer(trained), { ...listed, k });
  const report = await finishYielding(steps, yieldToEventLoop);
  return { users: report.users, metrics: report.metrics, dropped: { ...report.dropped } };
}

/** The negatives of a file; throws `bad-input` unless its lines are those of the test rows, in their order. */
async function negativesFor({ interactions, userIds, itemIds }: Dataset, file: string): Promise<Negatives> {
  const read = await readNegatives(file);
  const { users, items, size } = interactions;
  const advice = "the two files must have the same rows in the same order";
  for (let n = 0; n < Math.min(size, read.users.length); n++)
    if (read.users[n] !== userIds.list[users[n]] || read.items[n] !== itemIds.list[items[n]])
      throw new LetheError(
        "bad-input",
        `${file}, line ${n + 1}: found user ${read.users[n]} and item ${read.items[n]}; row ${n + 1} of the test file is another`,
        advice,
      );
  if (read.users.length !== size)
    throw new LetheError("bad-input", `${file}: ${read.users.length} lines for ${size} rows of the test file`, advice);
  return read;
}

const rowsPerPiece = 1 << 16;

async function rmseOf({ trained }: NamedModel, test: TestRows, { yieldToEventLoop }: RunContext) {
  if (trained.unit !== "rating") return null;
  const known = knownRows(test);
  const scores = new Float64Array(known.length);
  for (let from = 0; from < known.length; from += rowsPerPiece) {
    const piece = known.subarray(from, from + rowsPerPiece);
    const pairs = { users: piece.map((n) => test.users[n]), items: piece.map((n) => test.items[n]) };
    scores.set(trained.scores(pairs), from);
    await yieldToEventLoop();
  }
  return rmse(
    scores,
    Float64Array.from(known, (n) => test.ratings[n]),
  );
}

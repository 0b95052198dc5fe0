/** UBPR's protocol: what is trained on, what is forgotten, and how rankings are scored. */

import type { Dataset, Rows } from "../../src/data/index.ts";
import { sampledRanking } from "../../src/evaluation/index.ts";
import type { RunContext } from "../../src/kernel/run-context.ts";
import { type GivenSettings, methodNamed } from "../../src/method/index.ts";
import { keyedUniform, randomOf } from "../../src/numeric/random.ts";
import { dataOf } from "../../src/study/choosing/plan.ts";
import { rankingScorer } from "../../src/study/choosing/ranking.ts";
import type { TrainedModel, Trainer } from "../../src/training/index.ts";
import { type Forgotten, unlearners } from "../../src/unlearning/index.ts";
import type { ncfSplit } from "../published.ts";

/** The data. */
export type Split = Awaited<ReturnType<typeof ncfSplit>>;

/** The cutoffs of UBPR's figures. */
export const cutoffs = [1, 5, 10, 20, 25, 30, 40, 50, 60, 80, 100];

/** The interactions of its Table 2: triples over four negatives. */
export const sizes = [99, 149, 198, 248, 298, 347];

/** Members of models in shards. */
export const shards = 5;

/** Training by batches, as the papers train. */
export const batches = {
  ...{ model: "mf", loss: "bpr", settings: { factors: 8 }, l2: 2, negatives: 4 },
  recipe: { optimizer: "adam", epochs: 20, learningRate: 3e-3, batch: 1024 },
} as const;

/** A method with the model that it starts from. */
export interface Contestant {
  readonly label: string;
  readonly method: string;
  readonly settings?: GivenSettings;
}

/** Tells where the bench is. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A model trained to ‖∇J‖ ≤ 1e-6, or as far as its batches lead. */
export function trainedBy(
  trainer: Trainer,
  dataset: Dataset,
  seed: number,
  context: RunContext,
): Promise<TrainedModel> {
  return trainer.train(dataOf(dataset), seed, { ...context, tolerance: 1e-6 });
}

/** So many interactions at random. */
export function scattered({ interactions, keys }: TrainedModel, count: number): Rows {
  const { users, items, size } = interactions;
  const key = (row: number) => keyedUniform(7, keys.users[users[row]], keys.items[items[row]], 1);
  return chosen(
    Array.from({ length: size }, (_, row) => [key(row), row] as const),
    count,
  );
}

/** So many interactions of the users whom one of five shards would hold. */
export function inOneShard({ interactions, keys }: TrainedModel, count: number): Rows {
  const { users, items, size } = interactions;
  const stream = randomOf(1, "shards").integer(2 ** 53);
  const held = Array.from({ length: size }, (_, row) => row).filter(
    (row) => Math.floor(shards * keyedUniform(stream, keys.users[users[row]], 0, 0)) === 0,
  );
  const key = (row: number) => keyedUniform(7, keys.users[users[row]], keys.items[items[row]], 1);
  return chosen(
    held.map((row) => [key(row), row] as const),
    count,
  );
}

function chosen(keyed: (readonly [number, number])[], count: number): Rows {
  keyed.sort((a, b) => a[0] - b[0]);
  return Uint32Array.from(keyed.slice(0, count), ([, row]) => row).sort();
}

/** Forgets rows by a method of the catalogue. */
export function forgetBy(
  { method, settings = {} }: Contestant,
  model: TrainedModel,
  rows: Rows,
  context: RunContext,
): Promise<Forgotten> {
  return methodNamed(unlearners, method).entry.make(settings).forget(model, rows, context, { seed: 9 });
}

/** HR and NDCG at all cutoffs. */
export function ranking({ test }: Split, model: TrainedModel) {
  const scorer = rankingScorer(model);
  const metrics = cutoffs.map((k) => sampledRanking(scorer, { ...test, k }).metrics);
  return { hr: metrics.map(({ hr }) => hr), ndcg: metrics.map(({ ndcg }) => ndcg) };
}

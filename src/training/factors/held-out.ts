/** Rows that a search for λ holds out, and how far factors that were fitted to the others are from them. */

import type { Interactions, Rows } from "../../data/interactions.ts";
import { knownTo } from "../../data/splitting.ts";
import { factorRankingSteps } from "../../evaluation/factor-scores.ts";
import { rmse } from "../../evaluation/rating.ts";
import { type FactorModel, scores, tablesOf } from "../../model/factor-model.ts";
import type { NameKeys } from "../../model/model.ts";
import { keyedUniform } from "../../numeric/random.ts";
import type { FactorizationSettings } from "../../objective/factorization.ts";
import { finishYielding, type YieldToEventLoop } from "../../run.ts";

/** Rows to fit to, and others of the same users and items to test on. */
export interface Fold {
  readonly train: Interactions;
  readonly test: Interactions;
}

/** Each fold holds out another tenth of the rows. */
const parts = 10;
/** Folds are added up to so many rows to test on. */
const enoughRows = 4000;
const mostFolds = 5;
/** Ranked are all items for so many users that there are about so many scores, but for so many users at least. */
const mostScores = 2 ** 24;
const leastUsers = 256;
const cutoff = 10;
const rowsAtOnce = 65_536;
// Keep these draws apart from others that are keyed by ids.
const purposes = { row: 0x68656c64, user: 0x72616e6b };

/** Folds, one of a large set and up to five of a small one; which rows are in them follows from the ids of users and items alone. */
export async function foldsOf(
  interactions: Interactions,
  keys: NameKeys,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Fold[]> {
  const partOf = await partsOf(interactions, keys, yieldToEventLoop);
  const folds: Fold[] = [];
  let rows = 0;
  for (let part = 0; part < mostFolds && rows < enoughRows; part++) {
    const held = rowsOf(part, partOf);
    await yieldToEventLoop();
    const train = interactions.without(held);
    await yieldToEventLoop();
    const test = knownTo(train, interactions.select(held));
    await yieldToEventLoop();
    rows += test.size;
    if (test.size > 0) folds.push({ train, test });
  }
  return folds;
}

function rowsOf(part: number, partOf: Uint8Array): Rows {
  const rows: number[] = [];
  for (let row = 0; row < partOf.length; row++) if (partOf[row] === part) rows.push(row);
  return Uint32Array.from(rows);
}

async function partsOf({ users, items, size }: Interactions, keys: NameKeys, yieldToEventLoop: YieldToEventLoop) {
  const partOf = new Uint8Array(size);
  for (let from = 0; from < size; from += rowsAtOnce) {
    for (let row = from; row < Math.min(size, from + rowsAtOnce); row++)
      partOf[row] = parts * keyedUniform(1, keys.users[users[row]], keys.items[items[row]], purposes.row);
    await yieldToEventLoop();
  }
  return partOf;
}

/** How far a model is from the rows of a fold to test on: the RMSE of ratings, and of implicit feedback 1 − NDCG@10. */
export async function foldError(
  model: FactorModel,
  fold: Fold,
  keys: NameKeys,
  { confidence }: Pick<FactorizationSettings, "confidence">,
  yieldToEventLoop: YieldToEventLoop,
): Promise<number> {
  return confidence === undefined ? ratingError(model, fold) : rankingError(model, fold, keys, yieldToEventLoop);
}

/** The root of the mean square of errors of folds. */
export function meanOfErrors(errors: readonly number[]): number {
  return Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
}

/** The root mean square of rating − score over the rows to test on. */
export function ratingError(model: FactorModel, { test }: Fold): number {
  return rmse(scores(model, test.users, test.items), test.ratings);
}

/** 1 − NDCG@10: the rows to test on among all items but those of the rows to fit to. Of many items it is that of some users. */
export async function rankingError(
  model: FactorModel,
  { train, test }: Fold,
  keys: NameKeys,
  yieldToEventLoop: YieldToEventLoop,
): Promise<number> {
  const tables = { factors: model.shape.factors, ...tablesOf(model) };
  const task = { train, test: ofSomeUsers(test, keys), k: cutoff };
  const { metrics } = await finishYielding(factorRankingSteps(tables, task), yieldToEventLoop);
  return 1 - metrics.ndcg;
}

function ofSomeUsers(test: Interactions, keys: NameKeys): Interactions {
  const share = Math.max(leastUsers, mostScores / test.itemCount) / test.userCount;
  const isDrawn = (row: number) => keyedUniform(1, keys.users[test.users[row]], 0, purposes.user) < share;
  return share >= 1 ? test : test.select(Uint32Array.from(test.users.keys()).filter(isDrawn));
}

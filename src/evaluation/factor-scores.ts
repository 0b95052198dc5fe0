/** All scores of a factor model, several users at a time, in an order that keeps what is read in the cache. */

import { LetheError } from "../errors.ts";
import { finish, type Steps } from "../run.ts";
import { type FullRankingDropped, type FullRankingTask, fullRankingSteps } from "./full-ranking.ts";
import type { RankingReport } from "./report.ts";
import type { BlockScorer } from "./scorer.ts";

/** Tables of a factor model: score(u, i) = mean + b_u + c_i + p_u·q_i. */
export interface FactorScores {
  readonly factors: number;
  /** users × factors, row-major. */
  readonly userFactors: Float64Array;
  /** items × factors, row-major. */
  readonly itemFactors: Float64Array;
  readonly userBias?: Float64Array | undefined;
  readonly itemBias?: Float64Array | undefined;
  readonly mean?: number | undefined;
}

/** The full ranking of a factor model: the report of `fullRanking` for the same scores, faster. */
export function rankingOfFactors(tables: FactorScores, task: FullRankingTask): RankingReport<FullRankingDropped> {
  return finish(factorRankingSteps(tables, task));
}

/** The same block by block. */
export function factorRankingSteps(
  tables: FactorScores,
  task: FullRankingTask,
): Steps<RankingReport<FullRankingDropped>> {
  const { factors, userFactors, itemFactors } = tables;
  const { userCount, itemCount } = task.test;
  if (userFactors.length !== userCount * factors || itemFactors.length !== itemCount * factors)
    throw new LetheError(
      "bad-input",
      `tables of ${userFactors.length / factors} users and ${itemFactors.length / factors} items for a set of ${userCount} and ${itemCount}`,
      "the model and the set must have the same users and items",
    );
  return fullRankingSteps(factorBlocks(tables), task);
}

// 32 rows of 64 factors are half of a first-level cache, and their scores of 4,000 items a second-level one.
const usersAtOnce = 32;

/**
 * Scores of blocks of users from tables. Every score is one sum in the order of the factors, begun with
 * mean + (b_u + c_i), so that it has the same bits however the work is cut.
 */
export function factorBlocks(tables: FactorScores): BlockScorer {
  const { factors, itemFactors } = tables;
  const itemCount = itemFactors.length / factors;
  const buffer = new Float64Array(usersAtOnce * itemCount);
  const rows = new Float64Array(usersAtOnce * factors);
  return {
    usersAtOnce,
    scoresOfUsers(users) {
      const scores = buffer.subarray(0, users.length * itemCount);
      users.forEach((user, n) => {
        rows.set(tables.userFactors.subarray(user * factors, (user + 1) * factors), n * factors);
        begin(tables, user, scores.subarray(n * itemCount, (n + 1) * itemCount));
      });
      addProducts(rows, users.length, itemFactors, itemCount, factors, scores);
      return scores;
    },
  };
}

function begin({ userBias, itemBias, mean = 0 }: FactorScores, user: number, scores: Float64Array): void {
  const bias = userBias === undefined ? 0 : userBias[user];
  if (itemBias === undefined) scores.fill(mean + bias);
  else for (let item = 0; item < scores.length; item++) scores[item] = mean + (bias + itemBias[item]);
}

/** Adds P·Qᵀ to users × items scores: four items for all users, then the next four. */
function addProducts(
  rows: Float64Array,
  userCount: number,
  itemFactors: Float64Array,
  itemCount: number,
  factors: number,
  scores: Float64Array,
): void {
  for (let item = 0; item < itemCount; item += 4)
    for (let user = 0; user < userCount; user += 4)
      if (item + 4 <= itemCount && user + 4 <= userCount)
        addTile(rows, user * factors, itemFactors, item * factors, factors, scores, user * itemCount + item, itemCount);
      else
        for (let u = user; u < Math.min(user + 4, userCount); u++)
          for (let i = item; i < Math.min(item + 4, itemCount); i++)
            addOne(rows, u * factors, itemFactors, i * factors, factors, scores, u * itemCount + i);
}

function addOne(
  p: Float64Array,
  pAt: number,
  q: Float64Array,
  qAt: number,
  factors: number,
  scores: Float64Array,
  at: number,
): void {
  let sum = scores[at];
  for (let f = 0; f < factors; f++) sum += p[pAt + f] * q[qAt + f];
  scores[at] = sum;
}

/** Four users by four items: sixteen sums that wait for none of the others, from eight numbers read. */
function addTile(
  p: Float64Array,
  p0: number,
  q: Float64Array,
  q0: number,
  factors: number,
  scores: Float64Array,
  at0: number,
  stride: number,
): void {
  const [p1, p2, p3] = [p0 + factors, p0 + 2 * factors, p0 + 3 * factors];
  const [q1, q2, q3] = [q0 + factors, q0 + 2 * factors, q0 + 3 * factors];
  const [at1, at2, at3] = [at0 + stride, at0 + 2 * stride, at0 + 3 * stride];
  let s00 = scores[at0];
  let s01 = scores[at0 + 1];
  let s02 = scores[at0 + 2];
  let s03 = scores[at0 + 3];
  let s10 = scores[at1];
  let s11 = scores[at1 + 1];
  let s12 = scores[at1 + 2];
  let s13 = scores[at1 + 3];
  let s20 = scores[at2];
  let s21 = scores[at2 + 1];
  let s22 = scores[at2 + 2];
  let s23 = scores[at2 + 3];
  let s30 = scores[at3];
  let s31 = scores[at3 + 1];
  let s32 = scores[at3 + 2];
  let s33 = scores[at3 + 3];
  for (let f = 0; f < factors; f++) {
    const a = q[q0 + f];
    const b = q[q1 + f];
    const c = q[q2 + f];
    const d = q[q3 + f];
    let x = p[p0 + f];
    s00 += x * a;
    s01 += x * b;
    s02 += x * c;
    s03 += x * d;
    x = p[p1 + f];
    s10 += x * a;
    s11 += x * b;
    s12 += x * c;
    s13 += x * d;
    x = p[p2 + f];
    s20 += x * a;
    s21 += x * b;
    s22 += x * c;
    s23 += x * d;
    x = p[p3 + f];
    s30 += x * a;
    s31 += x * b;
    s32 += x * c;
    s33 += x * d;
  }
  scores[at0] = s00;
  scores[at0 + 1] = s01;
  scores[at0 + 2] = s02;
  scores[at0 + 3] = s03;
  scores[at1] = s10;
  scores[at1 + 1] = s11;
  scores[at1 + 2] = s12;
  scores[at1 + 3] = s13;
  scores[at2] = s20;
  scores[at2 + 1] = s21;
  scores[at2 + 2] = s22;
  scores[at2 + 3] = s23;
  scores[at3] = s30;
  scores[at3 + 1] = s31;
  scores[at3 + 2] = s32;
  scores[at3 + 3] = s33;
}

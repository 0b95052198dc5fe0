/** Full ranking: every user's test items among all items that the user has not been trained on. */

import type { Interactions } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import { finish, type Steps } from "../run.ts";
import { placesOf } from "./places.ts";
import { metricMeans, type RankingReport } from "./report.ts";
import { type BlockScorer, blocksOfScorer, checkScores, type Scorer } from "./scorer.ts";

/** What is ranked for whom. The sets have the same users and items; a row in `test` makes its item relevant. */
export interface FullRankingTask {
  readonly test: Interactions;
  readonly train: Interactions;
  /** Rows whose items are no candidates either, such as those that settings were chosen by. */
  readonly validation?: Interactions | undefined;
  /** The cutoff K; 10 by default. */
  readonly k?: number | undefined;
}

/** What a full ranking leaves out. */
export interface FullRankingDropped {
  /** Users without a test item among their candidates: they are in no mean. */
  readonly usersWithoutTest: number;
  /** Users whose candidates are all test items: nothing can be ranked wrong. */
  readonly usersWithoutNegatives: number;
  /** Test rows whose item is no candidate, because the user has it in the train or validation rows. */
  readonly testInTrain: number;
  /** Test rows that repeat the user and item of another: the item counts once. */
  readonly repeatedTest: number;
}

/**
 * Ranks, for every user with test items, all items but those in the user's train and validation rows; metrics are
 * averaged over users. Throws `bad-input` when the sets differ in their users or items, `k` is no integer from 1, or
 * a score is NaN.
 */
export function fullRanking(scorer: Scorer, task: FullRankingTask): RankingReport<FullRankingDropped> {
  return fullRankingInBlocks(blocksOfScorer(scorer), task);
}

/** `fullRanking` with the scores of several users at once; the report is the same. */
export function fullRankingInBlocks(scorer: BlockScorer, task: FullRankingTask): RankingReport<FullRankingDropped> {
  return finish(fullRankingSteps(scorer, task));
}

/** The same block by block. */
export function* fullRankingSteps(
  { usersAtOnce, scoresOfUsers }: BlockScorer,
  task: FullRankingTask,
): Steps<RankingReport<FullRankingDropped>> {
  checkSets(task);
  const { k = 10 } = task;
  const { itemCount } = task.test;
  const means = metricMeans(k);
  const { lists, dropped } = rankedLists(task);
  for (let from = 0; from < lists.length; from += usersAtOnce) {
    const block = lists.slice(from, from + usersAtOnce);
    const scores = scoresOfUsers(Uint32Array.from(block, ({ user }) => user));
    checkScores(scores, block.length * itemCount, `users ${block[0].user} …`);
    block.forEach(({ user, relevant, excluded }, n) => {
      const row = scores.subarray(n * itemCount, (n + 1) * itemCount);
      means.add(placesOf(row, relevant, excluded, `user ${user}`));
    });
    yield;
  }
  return { users: means.lists, lists: means.lists, metrics: means.means(), k, dropped };
}

function checkSets({ test, train, validation = train }: FullRankingTask): void {
  for (const set of [train, validation])
    if (set.userCount !== test.userCount || set.itemCount !== test.itemCount)
      throw new LetheError(
        "bad-input",
        `sets of ${set.userCount} users × ${set.itemCount} items and of ${test.userCount} × ${test.itemCount}`,
        "select the rows to train and to test on from one set",
      );
}

/** What is ranked for one user: all items but the excluded ones, by index. */
export interface RankedList {
  readonly user: number;
  readonly relevant: readonly number[];
  readonly excluded: readonly number[];
}

/** The lists of a task, by user, and what is left out of them. */
export function rankedLists(task: FullRankingTask): { lists: RankedList[]; dropped: FullRankingDropped } {
  const { test, train, validation } = task;
  const lists: RankedList[] = [];
  const dropped = { usersWithoutTest: 0, usersWithoutNegatives: 0, testInTrain: 0, repeatedTest: 0 };
  for (let user = 0; user < test.userCount; user++) {
    const excluded = itemsOf(train, user);
    if (validation !== undefined) for (const item of itemsOf(validation, user)) excluded.add(item);
    const relevant = relevantOf(test, user, excluded, dropped);
    if (relevant.length === 0) dropped.usersWithoutTest++;
    else if (relevant.length + excluded.size === test.itemCount) dropped.usersWithoutNegatives++;
    else lists.push({ user, relevant, excluded: [...excluded] });
  }
  return { lists, dropped };
}

function relevantOf(
  test: Interactions,
  user: number,
  excluded: ReadonlySet<number>,
  dropped: { testInTrain: number; repeatedTest: number },
): number[] {
  const { start, rows } = test.byUser;
  const relevant = new Set<number>();
  for (let at = start[user]; at < start[user + 1]; at++) {
    const item = test.items[rows[at]];
    if (excluded.has(item)) dropped.testInTrain++;
    else if (relevant.has(item)) dropped.repeatedTest++;
    else relevant.add(item);
  }
  return [...relevant];
}

function itemsOf({ byUser: { start, rows }, items }: Interactions, user: number): Set<number> {
  const set = new Set<number>();
  for (let at = start[user]; at < start[user + 1]; at++) set.add(items[rows[at]]);
  return set;
}

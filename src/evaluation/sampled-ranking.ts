/** Sampled ranking: every test item among a few negatives drawn for it. */

import { LetheError } from "../errors.ts";
import { finish, type Steps } from "../run.ts";
import { placesOf } from "./places.ts";
import { metricMeans, type RankingReport } from "./report.ts";
import { checkScores, type Scorer } from "./scorer.ts";

/** Test pairs by index, each with its negatives; a negative number stands for a user or item that the model has not. */
export interface SampledRankingTask {
  readonly users: ArrayLike<number>;
  readonly items: ArrayLike<number>;
  readonly negatives: readonly ArrayLike<number>[];
  /** The cutoff K; 10 by default. */
  readonly k?: number | undefined;
}

/** What a sampled ranking leaves out. */
export interface SampledRankingDropped {
  /** Negatives that are test items of the same user: the item of the pair, or that of another pair of the user. */
  readonly ownTestItems: number;
  /** Lists that had such negatives. */
  readonly listsWithOwnTestItems: number;
  /** Negatives that the model does not know. */
  readonly unknownNegatives: number;
  /** Test pairs whose user or item the model does not know: they are in no mean. */
  readonly unknownPairs: number;
  /** Test pairs without a negative left: they are in no mean. */
  readonly pairsWithoutNegatives: number;
}

/**
 * Ranks the item of every test pair among its negatives, less those that are test items of the same user or unknown;
 * a negative that is listed twice counts twice. Metrics are averaged over pairs. `auc` is the share of negatives
 * ranked below the test item, ties counting half. Throws `bad-input` when the lists differ in length, `k` is no
 * integer from 1, or a score is NaN.
 */
export function sampledRanking(scorer: Scorer, task: SampledRankingTask): RankingReport<SampledRankingDropped> {
  return finish(sampledRankingSteps(scorer, task));
}

/** The same, some pairs at a time. */
export function* sampledRankingSteps(
  scorer: Scorer,
  task: SampledRankingTask,
): Steps<RankingReport<SampledRankingDropped>> {
  const { users, items, negatives, k = 10 } = task;
  if (items.length !== users.length || negatives.length !== users.length)
    throw new LetheError("bad-input", `${users.length} users, ${items.length} items, ${negatives.length} lists`);
  const means = metricMeans(k);
  const counted = new Set<number>();
  const own = testItemsOf(users, items);
  const dropped = {
    ownTestItems: 0,
    listsWithOwnTestItems: 0,
    unknownNegatives: 0,
    unknownPairs: 0,
    pairsWithoutNegatives: 0,
  };
  for (let n = 0; n < users.length; n++) {
    const user = users[n];
    if (user < 0 || items[n] < 0) {
      dropped.unknownPairs++;
      continue;
    }
    const candidates = candidatesOf(items[n], negatives[n], own.get(user) ?? new Set(), dropped);
    if (candidates.length < 2) {
      dropped.pairsWithoutNegatives++;
      continue;
    }
    const scores = scorer(user, candidates);
    checkScores(scores, candidates.length, `user ${user}`);
    means.add(placesOf(scores, [0], [], `user ${user}, among the test item ${items[n]} and its negatives`));
    counted.add(user);
    if (n % pairsAtOnce === 0) yield;
  }
  return { users: counted.size, lists: means.lists, metrics: means.means(), k, dropped };
}

const pairsAtOnce = 64;

/** The test items of every user. */
function testItemsOf(users: ArrayLike<number>, items: ArrayLike<number>): Map<number, Set<number>> {
  const own = new Map<number, Set<number>>();
  for (let n = 0; n < users.length; n++) {
    const set = own.get(users[n]);
    if (set === undefined) own.set(users[n], new Set([items[n]]));
    else set.add(items[n]);
  }
  return own;
}

/** The test item, then the negatives that remain. */
function candidatesOf(
  item: number,
  negatives: ArrayLike<number>,
  own: ReadonlySet<number>,
  dropped: { ownTestItems: number; listsWithOwnTestItems: number; unknownNegatives: number },
): Uint32Array {
  const kept = [item];
  let owned = 0;
  for (let k = 0; k < negatives.length; k++)
    if (negatives[k] < 0) dropped.unknownNegatives++;
    else if (own.has(negatives[k])) owned++;
    else kept.push(negatives[k]);
  dropped.ownTestItems += owned;
  if (owned > 0) dropped.listsWithOwnTestItems++;
  return Uint32Array.from(kept);
}

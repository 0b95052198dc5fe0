/** Scores and pairs by outside ids, so that models with different indices can be compared. */

import { randomOf } from "../numeric/random.ts";
import { finish, type Steps, type YieldToEventLoop } from "../run.ts";
import { baseScore } from "../training/base-score.ts";
import type { AuditedModel, NamedPairs } from "./audit.ts";

/**
 * The score of a pair of outside ids. An id without data scores as an empty row: the mean and the other side's bias where the model has them,
 * else 0.
 */
export function scoreByIds(named: AuditedModel, userId: string, itemId: string): number {
  return scoresByIds(named, { users: [userId], items: [itemId], ratings: undefined })[0];
}

/** `scoreByIds` for many pairs. */
export function scoresByIds(named: AuditedModel, pairs: NamedPairs): Float64Array {
  const { userIds, itemIds } = named.dataset;
  return knownScores(named, pairs).map((score, k) =>
    Number.isNaN(score) ? baseScore(named.trained, userIds.find(pairs.users[k]), itemIds.find(pairs.items[k])) : score,
  );
}

/** The same, some pairs at a time. */
export async function scoresByIdsYielding(
  named: AuditedModel,
  pairs: NamedPairs,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const out = new Float64Array(pairs.users.length);
  for (let from = 0; from < out.length; from += pairsAtOnce) {
    await yieldToEventLoop();
    const [users, items] = [pairs.users, pairs.items].map((ids) => ids.slice(from, from + pairsAtOnce));
    out.set(scoresByIds(named, { users, items, ratings: undefined }), from);
  }
  return out;
}

const pairsAtOnce = 2048;

/** Scores of pairs of outside ids; NaN where the model does not know the user or the item. */
export function knownScores({ trained, dataset }: AuditedModel, pairs: NamedPairs): Float64Array {
  const users = pairs.users.map((id) => dataset.userIds.find(id));
  const items = pairs.items.map((id) => dataset.itemIds.find(id));
  const known = [...users.keys()].filter((k) => users[k] !== undefined && items[k] !== undefined);
  const scores = trained.scores({
    users: Uint32Array.from(known, (k) => users[k] ?? 0),
    items: Uint32Array.from(known, (k) => items[k] ?? 0),
  });
  const out = new Float64Array(users.length).fill(Number.NaN);
  known.forEach((k, n) => {
    out[k] = scores[n];
  });
  return out;
}

/** Pairs drawn at random from the ids of a model. */
export function randomPairs({ dataset }: AuditedModel, count: number, seed: number): NamedPairs {
  const random = randomOf(seed, "audited pairs");
  const draw = (list: readonly string[]) => Array.from({ length: count }, () => list[random.integer(list.length)]);
  return { users: draw(dataset.userIds.list), items: draw(dataset.itemIds.list), ratings: undefined };
}

/** Interactions of `before` that `after` does not have, counted: a pair rated twice and kept once is there once. */
export function missingPairs(before: AuditedModel, after: AuditedModel): NamedPairs {
  return finish(missingPairsSteps(before, after));
}

const usersAtOnce = 64;

/** The same, some users at a time. */
export function* missingPairsSteps(before: AuditedModel, after: AuditedModel): Steps<NamedPairs> {
  const { interactions } = before.trained;
  const { byUser, items, ratings, users } = interactions;
  yield;
  const itemOf = Int32Array.from(after.dataset.itemIds.list, (id) => before.dataset.itemIds.find(id) ?? -1);
  const missing: number[] = [];
  for (let user = 0; user < interactions.userCount; user++) {
    const left = ratingsOf(after, after.dataset.userIds.find(before.dataset.userIds.list[user]), itemOf);
    for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) {
      const row = byUser.rows[k];
      const same = left.get(items[row]);
      const at = same?.indexOf(ratings[row]) ?? -1;
      if (at < 0) missing.push(row);
      else same?.splice(at, 1);
    }
    if (user % usersAtOnce === 0) yield;
  }
  missing.sort((a, b) => a - b);
  return {
    users: missing.map((row) => before.dataset.userIds.list[users[row]]),
    items: missing.map((row) => before.dataset.itemIds.list[items[row]]),
    ratings: Float64Array.from(missing, (row) => ratings[row]),
  };
}

/** The ratings of a user, by item in other indices; none of a user who is not there. */
function ratingsOf({ trained }: AuditedModel, user: number | undefined, itemOf: Int32Array): Map<number, number[]> {
  const out = new Map<number, number[]>();
  if (user === undefined) return out;
  const { byUser, items, ratings } = trained.interactions;
  for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) {
    const row = byUser.rows[k];
    const item = itemOf[items[row]];
    const same = out.get(item);
    if (same) same.push(ratings[row]);
    else out.set(item, [ratings[row]]);
  }
  return out;
}

/** Scores and pairs by outside ids, so that models with different indices can be compared. */

import { strideOf } from "../kernel/kernels.ts";
import { meanOf } from "../model/matrix-factorization.ts";
import { randomOf } from "../numeric/random.ts";
import { type AnyTrained, isFactorTrained, modelOf, scorerOf } from "../training/trained.ts";
import type { AuditedModel, NamedPairs } from "./audit.ts";

/**
 * The score of a pair of outside ids. An id without data scores as an empty row: the mean and the other side's bias of a factorization, 0 of
 * another model.
 */
export function scoreByIds(named: AuditedModel, userId: string, itemId: string): number {
  return scoresByIds(named, { users: [userId], items: [itemId], ratings: undefined })[0];
}

/** Scores of many pairs, as `scoreByIds` has them. */
export function scoresByIds({ trained, dataset }: AuditedModel, pairs: NamedPairs): Float64Array {
  const users = pairs.users.map((id) => dataset.userIds.find(id));
  const items = pairs.items.map((id) => dataset.itemIds.find(id));
  const known = [...users.keys()].filter((k) => users[k] !== undefined && items[k] !== undefined);
  const scores = scorerOf(trained)({
    users: Uint32Array.from(known, (k) => users[k] ?? 0),
    items: Uint32Array.from(known, (k) => items[k] ?? 0),
  });
  const out = new Float64Array(users.length).fill(Number.NaN);
  known.forEach((k, n) => {
    out[k] = scores[n];
  });
  return out.map((s, k) =>
    users[k] !== undefined && items[k] !== undefined ? s : emptyScore(trained, users[k], items[k]),
  );
}

function emptyScore(trained: AnyTrained, user: number | undefined, item: number | undefined): number {
  if (!isFactorTrained(trained)) return 0;
  const model = modelOf(trained);
  const { shape, params } = model;
  const bias = (row: number | undefined) =>
    row !== undefined && shape.biases ? params[row * strideOf(shape) + shape.factors] : 0;
  return meanOf(model) + bias(user) + bias(item === undefined ? undefined : shape.userCount + item);
}

/** Pairs drawn at random from the ids of a model. */
export function randomPairs({ dataset }: AuditedModel, count: number, seed: number): NamedPairs {
  const random = randomOf(seed, "audited pairs");
  const draw = (list: readonly string[]) => Array.from({ length: count }, () => list[random.integer(list.length)]);
  return { users: draw(dataset.userIds.list), items: draw(dataset.itemIds.list), ratings: undefined };
}

/** Interactions of `before` that `after` does not have, counted: a pair rated twice and kept once is there once. */
export function missingPairs(before: AuditedModel, after: AuditedModel): NamedPairs {
  const key = (user: string, item: string, rating: number) => `${user}\u0000${item}\u0000${rating}`;
  const left = new Map<string, number>();
  forEachPair(after, (user, item, rating) => {
    const at = key(user, item, rating);
    left.set(at, (left.get(at) ?? 0) + 1);
  });
  const users: string[] = [];
  const items: string[] = [];
  const ratings: number[] = [];
  forEachPair(before, (user, item, rating) => {
    const at = key(user, item, rating);
    const count = left.get(at) ?? 0;
    if (count > 0) left.set(at, count - 1);
    else {
      users.push(user);
      items.push(item);
      ratings.push(rating);
    }
  });
  return { users, items, ratings: Float64Array.from(ratings) };
}

function forEachPair(
  { trained, dataset }: AuditedModel,
  visit: (user: string, item: string, rating: number) => void,
): void {
  const { users, items, ratings, size } = trained.objective.interactions;
  for (let k = 0; k < size; k++) visit(dataset.userIds.list[users[k]], dataset.itemIds.list[items[k]], ratings[k]);
}

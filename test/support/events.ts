/** Models and data sets as events under outside ids: what stays the same when indices move. */

import { expect } from "vitest";
import { type Dataset, idsOf } from "../../src/data/dataset.ts";
import { interactionsOf } from "../../src/data/interactions.ts";
import type { NamedModel } from "../../src/study/store/model.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { triplesOf } from "./small.ts";

/** A row under outside ids. */
export type Event = readonly [user: string, item: string, rating: number];

/** Events as a data set, with ids in order of first appearance. */
export function datasetOf(events: readonly Event[]): Dataset {
  const [userIds, itemIds] = [0, 1].map((side) => idsOf([...new Set(events.map((event) => String(event[side])))]));
  const indexOf = (side: 0 | 1, ids: Dataset["userIds"]) =>
    Uint32Array.from(events, (event) => ids.find(event[side]) ?? 0);
  const interactions = interactionsOf({
    ...{ userCount: userIds.size, itemCount: itemIds.size },
    ...{ users: indexOf(0, userIds), items: indexOf(1, itemIds), ratings: Float64Array.from(events, ([, , r]) => r) },
  });
  return { interactions, userIds, itemIds, itemInfo: new Map() };
}

/** The rows of a model. */
export function eventsOf({ trained, dataset }: NamedModel): Event[] {
  const { userIds, itemIds } = dataset;
  return triplesOf(trained.interactions).map(([u, i, r]) => [userIds.list[u], itemIds.list[i], r]);
}

/** A model whose ids are its indices in decimal. */
export function inDecimal(trained: TrainedModel): NamedModel {
  const { interactions } = trained;
  const decimal = (count: number) => idsOf(Array.from({ length: count }, (_, k) => String(k)));
  const [userIds, itemIds] = [decimal(interactions.userCount), decimal(interactions.itemCount)];
  return { trained, dataset: { interactions, userIds, itemIds, itemInfo: new Map() } };
}

/** Scores of all pairs of the users and items that have rows in `like`. */
export function scoresOf({ trained, dataset }: NamedModel, like: NamedModel): Float64Array {
  const [users, items] = [0, 1].map((side) => [...new Set(eventsOf(like).map((event) => String(event[side])))].sort());
  const pairs = users.flatMap((user) => items.map((item) => [user, item] as const));
  return trained.scores({
    users: Uint32Array.from(pairs, ([user]) => dataset.userIds.find(user) ?? expect.fail(`no user ${user}`)),
    items: Uint32Array.from(pairs, ([, item]) => dataset.itemIds.find(item) ?? expect.fail(`no item ${item}`)),
  });
}

/** The largest difference of two models' scores. */
export function apart(one: NamedModel, other: NamedModel): number {
  const [a, b] = [scoresOf(one, one), scoresOf(other, one)];
  return a.reduce((most, score, k) => Math.max(most, Math.abs(score - b[k])), 0);
}

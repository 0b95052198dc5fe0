/** Pairs drawn by seed and outside ids, so that neither the order of rows nor an index matters. */

import { keyedUniform, randomOf } from "../../numeric/random.ts";
import { nameKeys } from "../../objective/negatives.ts";
import type { YieldToEventLoop } from "../../run.ts";
import type { AuditedModel, NamedPairs } from "../audit.ts";

/** How many points are drawn, by which seed. */
export interface DrawSettings {
  /** Of each class, at most. */
  readonly points: number;
  readonly seed: number;
}

/** Keys of a model's outside ids: the same ids have the same keys in every model. */
export function keysOf({ dataset }: Pick<AuditedModel, "dataset">) {
  return nameKeys(dataset.userIds.list, dataset.itemIds.list);
}

/** Some of a list of pairs. */
export function pairsAt({ users, items, ratings }: NamedPairs, rows: ArrayLike<number>): NamedPairs {
  const list = Array.from(rows);
  return {
    users: list.map((k) => users[k]),
    items: list.map((k) => items[k]),
    ratings: ratings && Float64Array.from(list, (k) => ratings[k]),
  };
}

/** Pairs of ids that a model knows. */
export async function drawnPairs(
  model: AuditedModel,
  pairs: NamedPairs,
  settings: DrawSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<NamedPairs> {
  const { userIds, itemIds } = model.dataset;
  const keys = keysOf(model);
  const source = {
    ...{ count: pairs.users.length, ratings: pairs.ratings },
    userKey: (k: number) => keys.users[userIds.find(pairs.users[k]) ?? 0],
    itemKey: (k: number) => keys.items[itemIds.find(pairs.items[k]) ?? 0],
  };
  return pairsAt(pairs, await drawn(source, settings, yieldToEventLoop));
}

/** Interactions of a model. */
export async function drawnInteractions(
  model: AuditedModel,
  settings: DrawSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<NamedPairs> {
  const { users, items, ratings, size } = model.trained.interactions;
  const keys = keysOf(model);
  const source = {
    ...{ count: size, ratings },
    userKey: (k: number) => keys.users[users[k]],
    itemKey: (k: number) => keys.items[items[k]],
  };
  return interactionsAt(model, await drawn(source, settings, yieldToEventLoop));
}

/** All interactions of some users, user by user. */
export async function drawnUsers(
  model: AuditedModel,
  { points, seed }: DrawSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<NamedPairs> {
  const { byUser, items, userCount } = model.trained.interactions;
  const keys = keysOf(model);
  const stream = randomOf(seed, "users of an attack").integer(2 ** 53);
  const present = [...Array(userCount).keys()].filter((user) => byUser.start[user + 1] > byUser.start[user]);
  const numbers = Float64Array.from(keys.users, (key) => keyedUniform(stream, key, 0, 0));
  present.sort((a, b) => numbers[a] - numbers[b] || a - b);
  const rows: number[] = [];
  for (const user of present.slice(0, points)) {
    await yieldToEventLoop();
    const own = Array.from(byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]));
    rows.push(...own.sort((a, b) => keys.items[items[a]] - keys.items[items[b]] || a - b));
  }
  return interactionsAt(model, rows);
}

function interactionsAt({ trained: { interactions }, dataset }: AuditedModel, rows: ArrayLike<number>): NamedPairs {
  const { users, items, ratings } = interactions;
  return {
    users: Array.from(rows, (row) => dataset.userIds.list[users[row]]),
    items: Array.from(rows, (row) => dataset.itemIds.list[items[row]]),
    ratings: Float64Array.from(rows, (row) => ratings[row]),
  };
}

/** Rows to be drawn from. */
interface Source {
  readonly count: number;
  readonly ratings: Float64Array | undefined;
  userKey(k: number): number;
  itemKey(k: number): number;
}

/** At most `points` rows, in the order of numbers that belong to their ids; rows of one pair by their ratings. */
async function drawn(
  { count, ratings, userKey, itemKey }: Source,
  { points, seed }: DrawSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Uint32Array> {
  const stream = randomOf(seed, "points of an attack").integer(2 ** 53);
  const numbers = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    if (k % 4096 === 0) await yieldToEventLoop();
    numbers[k] = keyedUniform(stream, userKey(k), itemKey(k), 0);
  }
  // The smallest are sorted alone: sorting a million numbers would hold up the event loop.
  let below = (points + 6 * Math.sqrt(points)) / count;
  let chosen = indicesBelow(numbers, below);
  while (chosen.length < points && below <= 1) {
    below *= 2;
    chosen = indicesBelow(numbers, below);
  }
  await yieldToEventLoop();
  chosen.sort((a, b) => numbers[a] - numbers[b] || (ratings ? ratings[a] - ratings[b] : 0) || a - b);
  return chosen.slice(0, points);
}

function indicesBelow(numbers: Float64Array, limit: number): Uint32Array {
  const out: number[] = [];
  for (let k = 0; k < numbers.length; k++) if (numbers[k] < limit) out.push(k);
  return Uint32Array.from(out);
}

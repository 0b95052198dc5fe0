/** Which interactions an attack is tried on: forgotten ones as members, held-out ones as others. */

import { LetheError } from "../../errors.ts";
import { keyedUniform, randomOf } from "../../numeric/random.ts";
import { nameKeys } from "../../objective/negatives.ts";
import type { YieldToEventLoop } from "../../run.ts";
import type { AuditedModel, AuditSubject, NamedPairs } from "../audit.ts";

/** How many points are drawn, by which seed. */
export interface DrawSettings {
  /** Of each class, at most. */
  readonly points: number;
  /** Of held-out ones, at most, where these are more. */
  readonly heldOut?: number | undefined;
  readonly seed: number;
}

/** The points of an attack, in an order that follows from their outside ids and the seed. */
export interface MembershipPoints {
  /** Forgotten interactions. */
  readonly members: NamedPairs;
  /** Held-out interactions of users and items that the original knows, on pairs that it was not trained on. */
  readonly nonMembers: NamedPairs;
  /** Members whose user or item has no interaction left in the unlearned model, which scores it as an empty row. */
  readonly gone: number;
  /** Held-out interactions that are no use: their pair was trained on, or their user or item is unknown. */
  readonly leftOut: number;
}

/** What an attack cannot do without. */
export function missingPoints({ forgotten, test }: AuditSubject): string | undefined {
  if (forgotten.users.length === 0) return "needs forgotten interactions";
  return test === undefined || test.users.length === 0 ? "needs held-out ratings" : undefined;
}

/** Draws the points. Throws `bad-input` where none of the held-out interactions is of use. */
export async function membershipPoints(
  subject: AuditSubject,
  settings: DrawSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<MembershipPoints> {
  const { original, unlearned, forgotten, test = nothing } = subject;
  const usable = await heldOut(original, test, yieldToEventLoop);
  if (usable.users.length === 0)
    throw new LetheError(
      "bad-input",
      `none of ${test.users.length} held-out interactions is of a user and an item of the original on a pair that it was not trained on`,
      "give interactions that were held out of its training",
    );
  const members = await drawnPairs(original, forgotten, settings, yieldToEventLoop);
  const { points, heldOut: most = points } = settings;
  const nonMembers = await drawnPairs(original, usable, { ...settings, points: most }, yieldToEventLoop);
  const has = (k: number) =>
    rowLeft(unlearned, "user", members.users[k]) !== undefined &&
    rowLeft(unlearned, "item", members.items[k]) !== undefined;
  const gone = members.users.filter((_, k) => !has(k)).length;
  return { members, nonMembers, gone, leftOut: test.users.length - usable.users.length };
}

const nothing: NamedPairs = { users: [], items: [], ratings: undefined };

async function heldOut(original: AuditedModel, test: NamedPairs, yieldToEventLoop: YieldToEventLoop) {
  const rows: number[] = [];
  for (let k = 0; k < test.users.length; k++) {
    if (k % 256 === 0) await yieldToEventLoop();
    const user = original.dataset.userIds.find(test.users[k]);
    const item = original.dataset.itemIds.find(test.items[k]);
    if (user !== undefined && item !== undefined && !hasPair(original, user, item)) rows.push(k);
  }
  return pairsAt(test, rows);
}

/** Whether a model was trained on a pair of its indices. */
export function hasPair({ trained: { interactions } }: AuditedModel, user: number, item: number): boolean {
  const { byUser, items } = interactions;
  for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) if (items[byUser.rows[k]] === item) return true;
  return false;
}

/** The index of an outside id that has interactions in a model. */
export function rowLeft({ trained, dataset }: AuditedModel, side: "user" | "item", id: string): number | undefined {
  const { byUser, byItem } = trained.interactions;
  const { start } = side === "user" ? byUser : byItem;
  const row = (side === "user" ? dataset.userIds : dataset.itemIds).find(id);
  return row !== undefined && start[row + 1] > start[row] ? row : undefined;
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

/** Interactions of a model, drawn by seed and outside ids. */
export async function drawnInteractions(
  { trained: { interactions }, dataset }: AuditedModel,
  settings: DrawSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<NamedPairs> {
  const { users, items, ratings } = interactions;
  const rows = await drawn({ users, items, ratings }, keysOf({ dataset }), settings, yieldToEventLoop);
  return {
    users: Array.from(rows, (row) => dataset.userIds.list[users[row]]),
    items: Array.from(rows, (row) => dataset.itemIds.list[items[row]]),
    ratings: Float64Array.from(rows, (row) => ratings[row]),
  };
}

/** All interactions of some users, drawn by seed and outside ids. */
export function drawnUsers({ trained, dataset }: AuditedModel, { points, seed }: DrawSettings): NamedPairs {
  const { byUser, items, userCount } = trained.interactions;
  const keys = keysOf({ dataset });
  const stream = randomOf(seed, "users of an attack").integer(2 ** 53);
  const present = Array.from({ length: userCount }, (_, user) => user).filter(
    (u) => byUser.start[u + 1] > byUser.start[u],
  );
  const numbers = Float64Array.from(keys.users, (key) => keyedUniform(stream, key, 0, 0));
  const chosen = present.sort((a, b) => numbers[a] - numbers[b] || a - b).slice(0, points);
  const rows = chosen.flatMap((user) =>
    Array.from(byUser.rows.subarray(byUser.start[user], byUser.start[user + 1])).sort(
      (a, b) => keys.items[items[a]] - keys.items[items[b]] || a - b,
    ),
  );
  return {
    users: rows.map((row) => dataset.userIds.list[trained.interactions.users[row]]),
    items: rows.map((row) => dataset.itemIds.list[items[row]]),
    ratings: undefined,
  };
}

/** Keys of a model's outside ids: the same ids have the same keys in every model. */
export function keysOf({ dataset }: Pick<AuditedModel, "dataset">) {
  return nameKeys(dataset.userIds.list, dataset.itemIds.list);
}

/** Pairs of ids that a model knows, drawn by seed and outside ids. */
async function drawnPairs(
  model: AuditedModel,
  pairs: NamedPairs,
  settings: DrawSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<NamedPairs> {
  const { userIds, itemIds } = model.dataset;
  const users = Uint32Array.from(pairs.users, (id) => userIds.find(id) ?? 0);
  const items = Uint32Array.from(pairs.items, (id) => itemIds.find(id) ?? 0);
  return pairsAt(
    pairs,
    await drawn({ users, items, ratings: pairs.ratings }, keysOf(model), settings, yieldToEventLoop),
  );
}

/** At most `points` of some rows, in the order of numbers that belong to their ids; rows of one pair by their ratings. */
async function drawn(
  rows: { users: Uint32Array; items: Uint32Array; ratings: Float64Array | undefined },
  keys: ReturnType<typeof nameKeys>,
  { points, seed }: DrawSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Uint32Array> {
  const { users, items, ratings } = rows;
  const stream = randomOf(seed, "points of an attack").integer(2 ** 53);
  const numbers = new Float64Array(users.length);
  for (let k = 0; k < numbers.length; k++) {
    if (k % 4096 === 0) await yieldToEventLoop();
    numbers[k] = keyedUniform(stream, keys.users[users[k]], keys.items[items[k]], 0);
  }
  // The smallest are sorted alone: sorting a million numbers would hold up the event loop.
  let below = (points + 6 * Math.sqrt(points)) / numbers.length;
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

/** Features of a user and an item, made of interactions: how many there are of each, what they say, and since when. */

import { type Interactions, indexBy } from "../data/interactions.ts";
import { orderOf } from "./bins.ts";
import type { Booster, FeatureRows } from "./ensemble.ts";
import type { ItemGenres } from "./settings.ts";

/** Users and items, pair by pair. */
export interface FeaturePairs {
  readonly users: ArrayLike<number>;
  readonly items: ArrayLike<number>;
}

/** Keys of outside ids. */
export interface FeatureKeys {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
}

/** Features by name, and those of any pairs. */
export interface PairFeatures {
  readonly names: readonly string[];
  of(pairs: FeaturePairs): FeatureRows;
}

/** Users, or items: how many, and that of every row. */
interface Side {
  readonly size: number;
  readonly of: Uint32Array;
}

/** A column a feature, a value a user (or an item). */
export type Columns = Readonly<Record<string, Float64Array>>;

/** A column a genre: 1 for items that have it, else 0. */
export function genreColumns(genres: ItemGenres | undefined, { items }: FeatureKeys): Columns {
  const has = (name: string) => Float64Array.from(items, (key) => (genres?.of.get(key)?.has(name) ? 1 : 0));
  return Object.fromEntries((genres?.names ?? []).map((name) => [`genre_${name}`, has(name)]));
}

/**
 * The features of pairs that a loss has use for: of ratings, or of choices; of times, where there are any; and what else is known of items, a column
 * each. Sums go in the order of the rows.
 */
export function pairFeatures(rows: Interactions, loss: Booster["loss"], known: Columns = {}): PairFeatures {
  const made = loss === "squared" ? ofRatings : ofChoices;
  const user = { size: rows.userCount, of: rows.users };
  const item = { size: rows.itemCount, of: rows.items };
  const ofUsers = Object.entries({ ...made(rows, user, item), ...ofTimes(rows, user) });
  const ofItems = Object.entries({ ...made(rows, item, user), ...ofTimes(rows, item), ...known });
  const names = [...ofUsers.map(([name]) => `user_${name}`), ...ofItems.map(([name]) => `item_${name}`)];
  return {
    names,
    of({ users, items }) {
      const values = new Float64Array(users.length * names.length);
      for (let k = 0, at = 0; k < users.length; k++) {
        for (const [, column] of ofUsers) values[at++] = column[users[k]];
        for (const [, column] of ofItems) values[at++] = column[items[k]];
      }
      return { count: users.length, width: names.length, values };
    },
  };
}

/** The rows by user, item and rating, whatever order they came in. */
export function orderedByIds(interactions: Interactions, keys: FeatureKeys): Interactions {
  const { users, items, ratings } = interactions;
  const [userRanks, itemRanks] = [ranksOf(keys.users), ranksOf(keys.items)];
  const sortedBy = (order: Uint32Array, ranks: Uint32Array, side: Uint32Array) =>
    indexBy(
      order.map((row) => ranks[side[row]]),
      ranks.length,
    ).rows.map((k) => order[k]);
  return interactions.select(sortedBy(sortedBy(orderOf([], ratings), itemRanks, items), userRanks, users));
}

function ranksOf(keys: Uint32Array): Uint32Array {
  const ranks = new Uint32Array(keys.length);
  const order = Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b]);
  order.forEach((key, rank) => {
    ranks[key] = rank;
  });
  return ranks;
}

/** Rows that an offset is shrunk by: so many without any. */
const shrinkage = 5;

/** Number, mean and variance of the ratings, and how far they are above the means of the other side. */
function ofRatings({ ratings }: Interactions, own: Side, other: Side): Columns {
  const count = countsOf(own);
  const mean = meansOf(own, ratings);
  const theirs = meansOf(other, ratings);
  const squares = meansOf(
    own,
    ratings.map((rating) => rating * rating),
  );
  const above = sumsOf(
    own,
    ratings.map((rating, row) => rating - theirs[other.of[row]]),
  );
  return {
    count,
    mean,
    variance: squares.map((square, k) => (count[k] === 0 ? 0 : Math.max(0, square - mean[k] ** 2))),
    offset: above.map((sum, k) => sum / (count[k] + shrinkage)),
  };
}

/** The number of choices, and how many the other side has in the mean. */
function ofChoices(_: Interactions, own: Side, other: Side): Columns {
  const count = countsOf(own);
  const theirs = countsOf(other);
  const taste = sumsOf(
    own,
    Float64Array.from(other.of, (key) => theirs[key]),
  );
  return { count, taste: taste.map((sum, k) => sum / Math.max(1, count[k])) };
}

/** The day of the first row of each, in days since 1970; of those without one, that of the last row of all. */
function ofTimes({ times }: Interactions, { size, of }: Side): Columns {
  if (times === undefined) return {};
  const latest = times.filter(Number.isFinite).reduce((most, time) => Math.max(most, time), -Infinity);
  const first = new Float64Array(size).fill(Number.isFinite(latest) ? latest : 0);
  of.forEach((key, row) => {
    if (times[row] < first[key]) first[key] = times[row];
  });
  return { first_day: first.map((seconds) => seconds / 86_400) };
}

function countsOf(side: Side): Float64Array {
  return sumsOf(side, new Float64Array(side.of.length).fill(1));
}

function sumsOf({ size, of }: Side, values: Float64Array): Float64Array {
  const sums = new Float64Array(size);
  for (let row = 0; row < of.length; row++) sums[of[row]] += values[row];
  return sums;
}

/** Means; of those without rows that of all. */
function meansOf(side: Side, values: Float64Array): Float64Array {
  const overall = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const counts = countsOf(side);
  return sumsOf(side, values).map((sum, k) => (counts[k] === 0 ? overall : sum / counts[k]));
}

/** A user's own rows as the neighbours of an item: their order by distance, and how they vote on whether the item is liked. */

import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { Need } from "../../method/method.ts";
import { valuesOf } from "../../model/tensors.ts";
import { dot, norm } from "../../numeric/vector.ts";
import type { Target } from "../../objective/target.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** The rows of a target's user, the nearest first, and whether each votes as the target's own label says. */
export interface Electorate {
  readonly rows: Rows;
  /** Of every row in that order: 1 where its label is that of the target, else 0. */
  readonly agrees: Uint8Array;
}

/** Features of items, a row an item. */
export interface ItemFeatures {
  readonly width: number;
  readonly values: Float64Array;
}

/** Items as rows of numbers, and scores in the unit of ratings, so that both have a label by one threshold. */
export const itemsAmongRatings: Need = {
  name: "rows of numbers for items, and scores that are ratings",
  unmet(model) {
    if (model.unit !== "rating")
      return `scores of ${model.kind} are no ratings, and have no label by a threshold of ratings`;
    return featuresOf(model) === undefined ? `${model.kind} has no rows of items` : undefined;
  },
};

/** The item's row in the model: its factors where scores are dot products, else its rows of all embedding tables. Undefined where there are none. */
export function featuresOf({ factors, smooth, interactions }: TrainedModel): ItemFeatures | undefined {
  if (factors !== undefined) return { width: factors.factors, values: factors.itemFactors };
  const tables = smooth?.objective.tensors.filter(({ rowsOf, shape }) => rowsOf === "item" && shape.length > 1) ?? [];
  if (smooth === undefined || tables.length === 0) return undefined;
  const parts = tables.map((table) => ({ width: table.width, values: valuesOf(table, smooth.params) }));
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const values = new Float64Array(interactions.itemCount * width);
  let column = 0;
  for (const part of parts) {
    for (let i = 0; i < interactions.itemCount; i++)
      values.set(part.values.subarray(i * part.width, (i + 1) * part.width), i * width + column);
    column += part.width;
  }
  return { width, values };
}

/** 1 − cosine of the angle between two rows, to twelve digits, so that rounding orders nothing; 1 where one of them is zero. */
export function cosineDistance(a: Float64Array, b: Float64Array): number {
  const size = norm(a) * norm(b);
  return Math.round((size === 0 ? 1 : 1 - dot(a, b) / size) * 1e12) / 1e12;
}

/**
 * The user's rows by the distance of their items to the target's; ties by the key of the item's outside id, then by rating. A row is labelled
 * by rating ≥ threshold, the target by its rating where it has one (the mean of several), else by its score. Threshold 0: the user's mean.
 * Throws `unsupported` for a target of several pairs.
 */
export function electorateOf(
  model: TrainedModel,
  features: ItemFeatures,
  target: Target,
  threshold: number,
): Electorate {
  const [user, item] = onePairOf(target);
  const { byUser, items, ratings } = model.interactions;
  const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const least = threshold === 0 ? meanOf(ratings, own) : threshold;
  const known = own.filter((row) => items[row] === item);
  const liked = (known.length > 0 ? meanOf(ratings, known) : model.scores(target.pairs)[0]) >= least;
  const rows = nearestFirst(model, features, own, item);
  return { rows, agrees: Uint8Array.from(rows, (row) => (ratings[row] >= least === liked ? 1 : 0)) };
}

function nearestFirst({ interactions, keys }: TrainedModel, features: ItemFeatures, own: Rows, item: number): Rows {
  const { items, ratings } = interactions;
  const at = (i: number) => features.values.subarray(i * features.width, (i + 1) * features.width);
  const distance = new Map(Array.from(own, (row) => [row, cosineDistance(at(items[row]), at(item))]));
  const far = (row: number) => distance.get(row) ?? 0;
  return own
    .slice()
    .sort((a, b) => far(a) - far(b) || keys.items[items[a]] - keys.items[items[b]] || ratings[b] - ratings[a] || a - b);
}

function meanOf(ratings: Float64Array, rows: Rows): number {
  return rows.reduce((sum, row) => sum + ratings[row], 0) / rows.length;
}

function onePairOf({ label, pairs }: Target): readonly [number, number] {
  if (pairs.users.length === 1) return [pairs.users[0], pairs.items[0]];
  throw new LetheError(
    "unsupported",
    `${label} is about ${pairs.users.length} pairs; neighbours vote on one user and one item`,
    "ask about the score of one pair",
  );
}

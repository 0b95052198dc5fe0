/** Somebody whom a model does not know: their scores from some answers, and what one more answer is worth, the items held fixed. */

import type { Interactions } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { type Factorization, placesOf } from "../../objective/factorization.ts";
import { penaltyOf } from "../../objective/row-gradient.ts";
import { baseScore } from "../../training/base-score.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { ownRowAt, regressor } from "../fast/blocks.ts";
import { ratingFormsOf } from "../rating-forms.ts";
import { addProduct, errorsWithOneMore, expectedError, type Prior, rowFrom } from "./risk.ts";

/** What is to be predicted: the ratings that people give, each item as often as it was rated; or every item once. */
export type Wanted = "ratings" | "items";

/** What a model tells of people it does not know. Items are by index. */
export interface Newcomers {
  /** The share of people who have rated each item: how likely it is that a person can. */
  readonly known: Float64Array;
  /** Mean squared error of the model on the ratings that it was trained on. */
  readonly noise: number;
  /** The expected squared error of scores, noise apart, from answers about these items. */
  expected(items: ArrayLike<number>): number;
  /** The same with one more answer, by its item. */
  withOneMore(items: ArrayLike<number>, run: Pick<RunContext, "yieldToEventLoop">): Promise<Float64Array>;
  /** Scores of all items from answers. */
  scores(items: ArrayLike<number>, ratings: ArrayLike<number>): Float64Array;
}

/** Prepares a model for people it does not know. Throws `unsupported` for models whose users cannot be solved by themselves. Cost: O((users + items)·d² + rows·d). */
export function newcomersOf(model: TrainedModel, wanted: Wanted): Newcomers {
  const closed = ratingFormsOf(model, "what an answer is worth");
  const { params } = model.smooth as Smooth;
  const prior = priorOf(model, closed, params, wanted);
  const bases = Float64Array.from({ length: closed.shape.itemCount }, (_, i) => baseScore(model, undefined, i));
  return {
    known: knownIn(model.interactions),
    noise: prior.noise,
    expected: (items) => expectedError(prior, items),
    withOneMore: (items, run) => errorsWithOneMore(prior, items, run),
    scores(items, ratings) {
      const row = rowFrom(
        prior,
        items,
        Array.from(ratings, (rating, k) => rating - bases[items[k]]),
      );
      return bases.map((base, i) => row.reduce((sum, p, f) => sum + p * prior.regressors[i * prior.order + f], base));
    },
  };
}

function priorOf(model: TrainedModel, closed: Factorization, params: Float64Array, wanted: Wanted): Prior {
  const { shape, settings } = closed;
  const { byUser, byItem } = model.interactions;
  const { stride: order } = placesOf(shape);
  const regressors = new Float64Array(shape.itemCount * order);
  for (let i = 0; i < shape.itemCount; i++) regressor(closed, params, "user", i, shape.biases, regressors, i * order);
  const rated = (k: number) => byItem.start[k + 1] - byItem.start[k];
  return {
    order,
    regressors,
    people: momentOf(
      params,
      order,
      shape.userCount,
      (u) => (byUser.start[u + 1] > byUser.start[u] ? 1 : 0),
      (u) => ownRowAt(closed, "user", u),
    ),
    wanted: momentOf(
      regressors,
      order,
      shape.itemCount,
      (i) => (wanted === "ratings" ? rated(i) : Math.min(1, rated(i))),
      (i) => i * order,
    ),
    noise: squaredError(model),
    penalties: Float64Array.from({ length: order }, (_, f) => penaltyOf(closed, f)),
    shares: (answers) => (settings.regularizer === "table" ? 1 : Math.max(1, answers)),
  };
}

/** Σ w·x xᵀ/Σ w. */
function momentOf(
  from: Float64Array,
  order: number,
  count: number,
  weightOf: (k: number) => number,
  placeOf: (k: number) => number,
): Float64Array {
  const sum = new Float64Array(order * order);
  let weight = 0;
  for (let k = 0; k < count; k++) {
    weight += weightOf(k);
    addProduct(sum, from, placeOf(k), order, weightOf(k));
  }
  return sum.map((x) => x / (weight || 1));
}

function knownIn({ byUser, byItem, userCount, users }: Interactions): Float64Array {
  let people = 0;
  for (let u = 0; u < userCount; u++) if (byUser.start[u + 1] > byUser.start[u]) people++;
  return Float64Array.from({ length: byItem.start.length - 1 }, (_, i) => {
    const rows = byItem.rows.subarray(byItem.start[i], byItem.start[i + 1]);
    return new Set(Array.from(rows, (row) => users[row])).size / (people || 1);
  });
}

function squaredError({ interactions, scores }: TrainedModel): number {
  const found = scores(interactions);
  return found.reduce((sum, score, row) => sum + (score - interactions.ratings[row]) ** 2, 0) / (found.length || 1);
}

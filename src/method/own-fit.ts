/** How well a model fits the rows that a player brought: what memorization is measured by. */

import type { Rows } from "../data/interactions.ts";
import type { Pairs } from "../model/model.ts";
import { sigmoid, softplus } from "../numeric/logistic.ts";
import { meanFitTarget, type Target } from "../objective/target.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { type Measure, measureOf } from "./measure.ts";

/**
 * The fit of rows as a measure: of ratings −½·mean squared error, in rating²; of scores the mean log-likelihood −log(1 + e^−score) that the
 * pairs are liked, in nats. Throws `bad-input` on no rows.
 */
export function fitOf({ interactions, unit }: Pick<TrainedModel, "interactions" | "unit">, rows: Rows): Measure {
  const pairs = {
    users: Uint32Array.from(rows, (row) => interactions.users[row]),
    items: Uint32Array.from(rows, (row) => interactions.items[row]),
  };
  return fitOfPairs(
    unit,
    pairs,
    Float64Array.from(rows, (row) => interactions.ratings[row]),
  );
}

/** The same of any pairs; the ratings count where scores are ratings. */
export function fitOfPairs(unit: TrainedModel["unit"], { users, items }: Pairs, ratings: Float64Array): Measure {
  if (unit === "rating") return measureOf(meanFitTarget(users, items, ratings), "rating²");
  return measureOf(likedTarget(users, items), "nats");
}

/** The fit of one row at any score of its pair: −½(score − rating)² in rating², or the log-likelihood that it is liked in nats. */
export function rowFit(
  { interactions, unit }: Pick<TrainedModel, "interactions" | "unit">,
  row: number,
  score: number,
): number {
  return unit === "rating" ? -0.5 * (score - interactions.ratings[row]) ** 2 : -softplus(-score);
}

/** Its slope on that score. */
export function rowFitSlope(
  { interactions, unit }: Pick<TrainedModel, "interactions" | "unit">,
  row: number,
  score: number,
): number {
  return unit === "rating" ? interactions.ratings[row] - score : sigmoid(-score);
}

function likedTarget(users: Uint32Array, items: Uint32Array): Target {
  const n = users.length;
  return {
    label: `mean log-likelihood of ${n} liked pairs`,
    pairs: { users, items },
    of: (scores) => -scores.reduce((sum, score) => sum + softplus(-score), 0) / n,
    slopes: (scores) => scores.map((score) => sigmoid(-score) / n),
  };
}

/** The objective of matrix factorization: squared loss on ratings, or on every pair by confidence, plus L2, all in one sum. */

import type { Interactions, Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import { type FactorProblem, type FactorShape, type Grouped, parameterCountOf, strideOf } from "../kernel/kernels.ts";
import { type Confidence, confidenceOf, isLiked } from "./loss.ts";

/** The mean of the scores: a parameter that training finds, or a constant. */
export type Mean = { readonly kind: "learned" } | { readonly kind: "fixed"; readonly value: number };

/** "table": ½λ‖table‖² stays when rows go. "interaction": every row carries ½λ(‖p_u‖² + ‖q_i‖²) and takes it along. */
export type Regularizer = "table" | "interaction";

/** What is minimised, apart from the data. */
export interface FactorizationSettings {
  readonly factors: number;
  readonly biases: boolean;
  readonly mean: Mean;
  /** λ: L2 of the embeddings, in the sum-scaled objective. */
  readonly l2: number;
  /** λ_b: L2 of the biases. */
  readonly l2Bias: number;
  readonly regularizer: Regularizer;
  /** Absent: ratings are what the scores should be. Needs biases off and the mean fixed at 0. */
  readonly confidence?: Confidence | undefined;
}

/**
 * What a row adds to J: ½·weight·score² − pull·score (+ a constant). Explicit: weight 1, pull the rating. Implicit, on top of
 * the pair's zero: weight c − 1, c its confidence, and pull c where the pair is liked, else 0.
 */
export interface Terms {
  /** Absent: 1 each. */
  readonly weights: Float64Array | undefined;
  readonly pulls: Float64Array;
}

/** J(θ) = ½Σ(score − rating)² + ½λ(‖P‖² + ‖Q‖²) + ½λ_b(‖b‖² + ‖c‖²) over a set of interactions; implicit: ½Σ over all pairs of confidence·(liked − score)². */
export interface Factorization {
  readonly settings: FactorizationSettings;
  readonly interactions: Interactions;
  readonly shape: FactorShape;
  readonly parameterCount: number;
  readonly terms: Terms;
  /** Weight of ½·score² of every pair there is: 1 for implicit feedback, else 0. */
  readonly zeroWeight: number;
  /** The same for the kernels; built at the first use. */
  readonly problem: FactorProblem;
  /** The same objective had these rows never been there; the regularizer stands (table) or goes with them (interaction). */
  without(rows: Rows): Factorization;
}

/** The objective of these settings on these interactions; throws `bad-input` for settings that have no unique optimum. */
export function factorization(settings: FactorizationSettings, interactions: Interactions): Factorization {
  checkSettings(settings);
  if (settings.confidence !== undefined) checkImplicit(settings, settings.confidence, interactions);
  return checked(settings, interactions);
}

function checked(settings: FactorizationSettings, interactions: Interactions): Factorization {
  const shape: FactorShape = {
    userCount: interactions.userCount,
    itemCount: interactions.itemCount,
    factors: settings.factors,
    biases: settings.biases,
    learnedMean: settings.mean.kind === "learned",
  };
  const terms = termsOf(settings.confidence, interactions.ratings);
  let problem: FactorProblem | undefined;
  return {
    settings,
    interactions,
    shape,
    parameterCount: parameterCountOf(shape),
    terms,
    zeroWeight: settings.confidence === undefined ? 0 : 1,
    get problem() {
      problem ??= problemOf(settings, shape, interactions, terms);
      return problem;
    },
    without: (rows) => checked(settings, interactions.without(rows)),
  };
}

function termsOf(confidence: Confidence | undefined, ratings: Float64Array): Terms {
  if (confidence === undefined) return { weights: undefined, pulls: ratings };
  return {
    weights: ratings.map((r) => confidenceOf(confidence, r) - 1),
    pulls: ratings.map((r) => (isLiked(r) ? confidenceOf(confidence, r) : 0)),
  };
}

/**
 * Whether a row carries its share of interaction L2. In implicit feedback only liked pairs do, as Spark counts them
 * (`numExplicits` in its ALS).
 */
export function carriesL2({ settings, interactions }: Factorization, row: number): boolean {
  if (settings.regularizer === "table") return false;
  return settings.confidence === undefined || isLiked(interactions.ratings[row]);
}

/** How many of some rows carry a share of interaction L2; 1 under table L2, which stands whatever the rows. */
export function sharesOfL2(objective: Factorization, rows: ArrayLike<number>): number {
  if (objective.settings.regularizer === "table") return 1;
  let count = 0;
  for (let k = 0; k < rows.length; k++) if (carriesL2(objective, rows[k])) count++;
  return count;
}

/**
 * Rows of a side that J puts at zero, whatever the other side: those without ratings and, in implicit feedback, those without a liked pair, which
 * have nothing but zeros.
 */
export function restingRows({ interactions, zeroWeight, terms }: Factorization, side: "user" | "item"): number[] {
  const { start, rows } = side === "user" ? interactions.byUser : interactions.byItem;
  const rests = (r: number) => {
    for (let k = start[r]; k < start[r + 1]; k++) if (zeroWeight === 0 || terms.pulls[rows[k]] > 0) return false;
    return true;
  };
  return Array.from({ length: start.length - 1 }, (_, r) => r).filter(rests);
}

/** The most that a confidence may be. */
const mostConfidence = 1e150;

/** Whether a number gives a confidence that can be computed with. */
export function isConfident(confidence: Confidence, rating: number): boolean {
  return confidenceOf(confidence, rating) <= mostConfidence;
}

function checkImplicit(
  { biases, mean }: FactorizationSettings,
  given: Confidence,
  { users, items, ratings, byUser, userCount, itemCount }: Interactions,
): void {
  if (biases || mean.kind !== "fixed" || mean.value !== 0)
    throw new LetheError(
      "bad-input",
      "implicit feedback has no biases and no mean: every pair is a 0 or a 1",
      "set `biases` to none and `mean` to 0",
    );
  const { base, alpha } = given;
  if (!(base >= 0 && base <= 1e6 && alpha > 0 && alpha <= 1e12))
    throw new LetheError("bad-input", `confidence ${base} + ${alpha}·r; expected a base from 0 and alpha above 0`);
  const seen = new Int32Array(itemCount).fill(-1);
  for (let u = 0; u < userCount; u++)
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const row = byUser.rows[k];
      if (!isConfident(given, ratings[row])) throw tooConfident(`row ${row}`, given, ratings[row]);
      if (seen[items[row]] === u)
        throw new LetheError(
          "bad-input",
          `row ${row} repeats its user ${users[row]} and item ${items[row]}: a pair has one confidence`,
          "read with `duplicates` sum, last or error",
        );
      seen[items[row]] = u;
    }
}

/** What is wrong with a number that `isConfident` refuses, at a place. */
export function tooConfident(place: string, confidence: Confidence, rating: number): LetheError {
  return new LetheError(
    "bad-input",
    `${place}: ${rating} gives a confidence of ${confidenceOf(confidence, rating)}; expected at most ${mostConfidence}`,
    "divide the numbers of the file, or choose a smaller `alpha`",
  );
}

function checkSettings(settings: FactorizationSettings): void {
  const { factors, l2, l2Bias, biases, mean } = settings;
  if (!Number.isInteger(factors) || factors < 1 || factors > 1024)
    throw new LetheError("bad-input", `factors is ${factors}; expected a whole number from 1 to 1024`);
  if (!(l2 > 0 && l2 <= 1e12))
    throw new LetheError(
      "bad-input",
      `l2 is ${l2}; expected a number above 0`,
      "without L2 the optimum is not unique and forgetting cannot be certified; 15 suits MovieLens at 8 factors",
    );
  if (biases && !(l2Bias > 0 && l2Bias <= 1e12))
    throw new LetheError(
      "bad-input",
      `l2-bias is ${l2Bias}; expected a number above 0`,
      "without it shifts between the mean and the biases are free; set `biases` to none to leave biases out",
    );
  if (mean.kind === "fixed" && !(Math.abs(mean.value) < 1e150))
    throw new LetheError("bad-input", `mean is ${mean.value}; expected a finite number`);
}

function problemOf(
  settings: FactorizationSettings,
  shape: FactorShape,
  interactions: Interactions,
  { weights, pulls }: Terms,
): FactorProblem {
  const { users, items, byUser, byItem, ratings } = interactions;
  const shares =
    settings.regularizer === "table"
      ? undefined
      : settings.confidence
        ? ratings.map((r) => (isLiked(r) ? 1 : 0))
        : new Float64Array(ratings.length).fill(1);
  const ofUsers = grouped(byUser.start, users, items, pulls);
  const ofItems = grouped(byItem.start, items, users, pulls);
  const implicit =
    weights === undefined
      ? {}
      : {
          weights: grouped(byUser.start, users, items, weights).values,
          itemWeights: grouped(byItem.start, items, users, weights).values,
          zeroWeight: 1,
          // c·liked².
          constant: pulls.reduce((sum, c) => sum + c / 2, 0),
        };
  return {
    shape,
    fixedMean: settings.mean.kind === "fixed" ? settings.mean.value : 0,
    byUser: ofUsers.grouped,
    ratings: ofUsers.values,
    byItem: ofItems.grouped,
    itemRatings: ofItems.values,
    factorPenalty: settings.l2,
    biasPenalty: settings.l2Bias,
    userScale: scales(users, shares, byUser.start.length - 1),
    itemScale: scales(items, shares, byItem.start.length - 1),
    ...implicit,
  };
}

/** Other sides and ratings in the order of the index, in one pass without it. */
function grouped(
  start: Uint32Array,
  keys: Uint32Array,
  otherKeys: Uint32Array,
  ratings: Float64Array,
): { grouped: Grouped; values: Float64Array } {
  const next = start.slice();
  const others = new Uint32Array(ratings.length);
  const values = new Float64Array(ratings.length);
  for (let k = 0; k < ratings.length; k++) {
    const to = next[keys[k]]++;
    others[to] = otherKeys[k];
    values[to] = ratings[k];
  }
  return { grouped: { start, others }, values };
}

/** The shares of interaction L2 that every row of a side has; without shares 1 each. */
function scales(keys: Uint32Array, shares: Float64Array | undefined, count: number): Float64Array {
  if (shares === undefined) return new Float64Array(count).fill(1);
  const out = new Float64Array(count);
  for (let k = 0; k < keys.length; k++) out[keys[k]] += shares[k];
  return out;
}

/** The same objective with another λ or another number of factors; indexes and ratings are shared. */
export function withChanged(
  objective: Factorization,
  change: { readonly l2?: number; readonly factors?: number },
): Factorization {
  const settings = { ...objective.settings, ...change };
  const shape = { ...objective.shape, factors: settings.factors };
  return {
    ...objective,
    settings,
    shape,
    parameterCount: parameterCountOf(shape),
    problem: { ...objective.problem, shape, factorPenalty: settings.l2 },
    without: (rows) => withChanged(objective.without(rows), change),
  };
}

/** Parameters with as many columns of factors as asked for: the first ones, and zeros where there are more. */
export function withColumns(shape: FactorShape, params: Float64Array, factors: number): Float64Array {
  const wanted = { ...shape, factors };
  const [from, to] = [strideOf(shape), strideOf(wanted)];
  const rows = shape.userCount + shape.itemCount;
  const out = new Float64Array(parameterCountOf(wanted));
  const kept = Math.min(factors, shape.factors);
  for (let r = 0; r < rows; r++) {
    for (let f = 0; f < kept; f++) out[r * to + f] = params[r * from + f];
    if (shape.biases) out[r * to + factors] = params[r * from + shape.factors];
  }
  if (shape.learnedMean) out[rows * to] = params[rows * from];
  return out;
}

/** Where the rows of a point's tables begin, in doubles. */
export interface Places {
  readonly stride: number;
  readonly itemsAt: number;
  /** −1 when the mean is fixed. */
  readonly meanAt: number;
}

/** Where things are inside the flat parameter vector. */
export function placesOf(shape: FactorShape): Places {
  const stride = strideOf(shape);
  return {
    stride,
    itemsAt: shape.userCount * stride,
    meanAt: shape.learnedMean ? (shape.userCount + shape.itemCount) * stride : -1,
  };
}

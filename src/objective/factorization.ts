/** The objective of matrix factorization: squared loss on ratings, or on every pair by confidence, plus L2, all in one sum. */

import type { Interactions, Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import { type FactorProblem, type FactorShape, type Grouped, parameterCountOf, strideOf } from "../kernel/kernels.ts";
import type { Confidence } from "./loss.ts";

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
 * the pair's zero: weight c − 1, pull c, c its confidence.
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
  const pulls = ratings.map((r) => confidence.base + confidence.alpha * r);
  return { weights: pulls.map((c) => c - 1), pulls };
}

function checkImplicit(
  { biases, mean }: FactorizationSettings,
  { base, alpha }: Confidence,
  { users, items, ratings, byUser, userCount, itemCount }: Interactions,
): void {
  if (biases || mean.kind !== "fixed" || mean.value !== 0)
    throw new LetheError(
      "bad-input",
      "implicit feedback has no biases and no mean: every pair is a 0 or a 1",
      "set `biases` to none and `mean` to 0",
    );
  if (!(base >= 0 && base <= 1e6 && alpha > 0 && alpha <= 1e12))
    throw new LetheError("bad-input", `confidence ${base} + ${alpha}·r; expected a base from 0 and alpha above 0`);
  const seen = new Int32Array(itemCount).fill(-1);
  for (let u = 0; u < userCount; u++)
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++) {
      const row = byUser.rows[k];
      const confidence = base + alpha * ratings[row];
      if (!(confidence >= 1 && confidence <= 1e150))
        throw new LetheError(
          "bad-input",
          `row ${row}: ${ratings[row]} gives a confidence of ${confidence}; expected from 1, that of a pair without a row, to 1e150`,
          "choose base and alpha so that base + alpha·r is at least 1 in every row",
        );
      if (seen[items[row]] === u)
        throw new LetheError(
          "bad-input",
          `row ${row} repeats its user ${users[row]} and item ${items[row]}: a pair has one confidence`,
          "read with `duplicates` sum, last or error",
        );
      seen[items[row]] = u;
    }
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
  const { users, items, byUser, byItem } = interactions;
  const perRow = settings.regularizer === "interaction";
  const ofUsers = grouped(byUser.start, users, items, pulls);
  const ofItems = grouped(byItem.start, items, users, pulls);
  const implicit =
    weights === undefined
      ? {}
      : {
          weights: grouped(byUser.start, users, items, weights).values,
          itemWeights: grouped(byItem.start, items, users, weights).values,
          zeroWeight: 1,
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
    userScale: scales(byUser.start, perRow),
    itemScale: scales(byItem.start, perRow),
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

function scales(start: Uint32Array, perRow: boolean): Float64Array {
  const out = new Float64Array(start.length - 1).fill(1);
  if (perRow) for (let r = 0; r < out.length; r++) out[r] = start[r + 1] - start[r];
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

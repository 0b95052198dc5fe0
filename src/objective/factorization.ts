/** The objective of matrix factorization: squared loss on ratings plus L2, everything (biases and mean) in one sum. */

import type { Interactions, Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import { type FactorProblem, type FactorShape, type Grouped, parameterCountOf, strideOf } from "../kernel/kernels.ts";

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
}

/** J(θ) = ½Σ(score − rating)² + ½λ(‖P‖² + ‖Q‖²) + ½λ_b(‖b‖² + ‖c‖²) over a set of interactions. */
export interface Factorization {
  readonly kind: "factorization";
  readonly settings: FactorizationSettings;
  readonly interactions: Interactions;
  readonly shape: FactorShape;
  readonly parameterCount: number;
  /** The same for the kernels; built at the first use. */
  readonly problem: FactorProblem;
  /** The same objective had these rows never been there; the regularizer stands (table) or goes with them (interaction). */
  without(rows: Rows): Factorization;
}

/** The objective of these settings on these interactions; throws `bad-input` for settings that have no unique optimum. */
export function factorization(settings: FactorizationSettings, interactions: Interactions): Factorization {
  checkSettings(settings);
  const shape: FactorShape = {
    userCount: interactions.userCount,
    itemCount: interactions.itemCount,
    factors: settings.factors,
    biases: settings.biases,
    learnedMean: settings.mean.kind === "learned",
  };
  let problem: FactorProblem | undefined;
  return {
    kind: "factorization",
    settings,
    interactions,
    shape,
    parameterCount: parameterCountOf(shape),
    get problem() {
      problem ??= problemOf(settings, shape, interactions);
      return problem;
    },
    without: (rows) => factorization(settings, interactions.without(rows)),
  };
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
      "without it shifts between the mean and the biases are free; use --biases none to leave biases out",
    );
  if (mean.kind === "fixed" && !(Math.abs(mean.value) < 1e150))
    throw new LetheError("bad-input", `mean is ${mean.value}; expected a finite number`);
}

function problemOf(settings: FactorizationSettings, shape: FactorShape, interactions: Interactions): FactorProblem {
  const { users, items, ratings, byUser, byItem } = interactions;
  const perRow = settings.regularizer === "interaction";
  const ofUsers = grouped(byUser.start, users, items, ratings);
  const ofItems = grouped(byItem.start, items, users, ratings);
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

/** Gradients of one score and of one rating's term of the objective, as rows of the tables. */

import { type FactorModel, score } from "../model/factor-model.ts";
import { carriesL2, type Factorization, placesOf } from "./factorization.ts";

/** Adds scale·∇score(user, item) to a full vector. */
export function addScoreGradient(
  objective: Factorization,
  params: Float64Array,
  user: number,
  item: number,
  scale: number,
  out: Float64Array,
): void {
  const { factors, biases } = objective.shape;
  const { stride, itemsAt, meanAt } = placesOf(objective.shape);
  const p = user * stride;
  const q = itemsAt + item * stride;
  for (let f = 0; f < factors; f++) {
    out[p + f] += scale * params[q + f];
    out[q + f] += scale * params[p + f];
  }
  if (biases) {
    out[p + factors] += scale;
    out[q + factors] += scale;
  }
  if (meanAt >= 0) out[meanAt] += scale;
}

/** Minus the slope of a row's term at its score: rating − score; for implicit feedback pull − weight·score, beside the pair's zero. */
export function residualOf(objective: Factorization, model: FactorModel, row: number): number {
  const { users, items } = objective.interactions;
  const { weights, pulls } = objective.terms;
  const s = score(model, users[row], items[row]);
  return pulls[row] - (weights === undefined ? s : weights[row] * s);
}

/** Adds scale·∇ℓ of a row: the loss, and under interaction L2 the penalty that the row carries. */
export function addRowGradient(
  objective: Factorization,
  model: FactorModel,
  row: number,
  scale: number,
  out: Float64Array,
): void {
  const { users, items } = objective.interactions;
  const e = residualOf(objective, model, row);
  addScoreGradient(objective, model.params, users[row], items[row], -e * scale, out);
  if (!carriesL2(objective, row)) return;
  const { stride, itemsAt } = placesOf(objective.shape);
  for (const at of [users[row] * stride, itemsAt + items[row] * stride])
    for (let f = 0; f < stride; f++) out[at + f] += scale * penaltyOf(objective, f) * model.params[at + f];
}

/** λ of entry f of a row: that of the embedding or that of the bias. */
export function penaltyOf(objective: Factorization, f: number): number {
  return f < objective.settings.factors ? objective.settings.l2 : objective.settings.l2Bias;
}

/** ⟨∇ℓ of a row, vector⟩. */
export function rowGradientDot(
  objective: Factorization,
  model: FactorModel,
  row: number,
  vector: Float64Array,
): number {
  const { users, items } = objective.interactions;
  const { factors, biases } = objective.shape;
  const { stride, itemsAt, meanAt } = placesOf(objective.shape);
  const p = users[row] * stride;
  const q = itemsAt + items[row] * stride;
  const { params } = model;
  let along = meanAt >= 0 ? vector[meanAt] : 0;
  if (biases) along += vector[p + factors] + vector[q + factors];
  for (let f = 0; f < factors; f++) along += params[q + f] * vector[p + f] + params[p + f] * vector[q + f];
  let sum = -residualOf(objective, model, row) * along;
  if (carriesL2(objective, row))
    for (const at of [p, q])
      for (let f = 0; f < stride; f++) sum += penaltyOf(objective, f) * params[at + f] * vector[at + f];
  return sum;
}

/** ⟨∇ℓ of every row, direction⟩. */
export function factorRowsAlong(
  objective: Factorization,
  params: Float64Array,
  rows: ArrayLike<number>,
  direction: Float64Array,
): Float64Array {
  const { shape, settings } = objective;
  const model = { shape, params, fixedMean: settings.mean.kind === "fixed" ? settings.mean.value : 0 };
  return Float64Array.from(rows, (row) => rowGradientDot(objective, model, row, direction));
}

/** Gradients of one score and of one rating's term of the objective, as rows of the tables. */

import { type FactorModel, meanOf, score } from "../model/factor-model.ts";
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

/** ⟨∇ℓ of every row, direction⟩; with `lossOnly` without the L2 that a row carries. Cost: O(d) a row, without any allocation. */
export function factorRowsAlong(
  objective: Factorization,
  params: Float64Array,
  rows: ArrayLike<number>,
  direction: Float64Array,
  lossOnly = false,
): Float64Array {
  const { interactions, shape, settings, terms } = objective;
  const { users, items } = interactions;
  const { factors, biases } = shape;
  const { stride, itemsAt, meanAt } = placesOf(shape);
  const mean = meanOf({ shape, params, fixedMean: settings.mean.kind === "fixed" ? settings.mean.value : 0 });
  const alongMean = meanAt >= 0 ? direction[meanAt] : 0;
  const carried = lossOnly ? undefined : carriedAlong(objective, params, direction);
  const out = new Float64Array(rows.length);
  for (let k = 0; k < out.length; k++) {
    const row = rows[k];
    const p = users[row] * stride;
    const q = itemsAt + items[row] * stride;
    let score = mean;
    let along = alongMean;
    for (let f = 0; f < factors; f++) {
      score += params[p + f] * params[q + f];
      along += params[q + f] * direction[p + f] + params[p + f] * direction[q + f];
    }
    if (biases) {
      score += params[p + factors] + params[q + factors];
      along += direction[p + factors] + direction[q + factors];
    }
    const weighted = terms.weights === undefined ? score : terms.weights[row] * score;
    out[k] = (weighted - terms.pulls[row]) * along;
    if (carried !== undefined && carriesL2(objective, row)) out[k] += carried[p / stride] + carried[q / stride];
  }
  return out;
}

/** What one share of interaction L2 counts along a direction, for every row of the tables, users before items; undefined under table L2. */
function carriedAlong(
  objective: Factorization,
  params: Float64Array,
  direction: Float64Array,
): Float64Array | undefined {
  const { shape, settings } = objective;
  if (settings.regularizer === "table") return undefined;
  const { stride } = placesOf(shape);
  const penalties = Float64Array.from({ length: stride }, (_, f) => penaltyOf(objective, f));
  return Float64Array.from({ length: shape.userCount + shape.itemCount }, (_, r) => {
    let sum = 0;
    for (let f = 0; f < stride; f++) sum += penalties[f] * params[r * stride + f] * direction[r * stride + f];
    return sum;
  });
}

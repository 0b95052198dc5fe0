/** Losses on scores: each a value, its slopes and its curvature, whatever model made the scores. */

import type { Pairs } from "../model/model.ts";
import { sigmoid, softplus } from "../numeric/logistic.ts";

/**
 * Terms of an objective. Example g is made of the pairs `start[g] … start[g + 1]`: one pair (pointwise), a liked item and
 * another (pairwise), or all items of a user (listwise), where with `penalised` the last pair is an extra output of the model.
 */
export interface Examples {
  readonly pairs: Pairs;
  /** One a pair: what the score should be (pointwise), how often it was chosen (listwise), the weight of an extra output; unused pairwise. */
  readonly labels: Float64Array;
  readonly start: Uint32Array;
  /** Which of the units (rows, users) that were asked for each example belongs to, by its place among them. */
  readonly owners: Uint32Array;
  readonly penalised: boolean;
}

/** A loss. Arrays have one entry a pair. */
export interface Loss {
  readonly name: string;
  readonly summary: string;
  readonly form: "pointwise" | "pairwise" | "listwise";
  /** Listwise: the label of an item that the user has no interaction with; default 0. */
  readonly absent?: number | undefined;
  /** Of a loss on all pairs by confidence. */
  readonly confidence?: Confidence | undefined;
  /** Returns Σ ℓ and overwrites `slopes` with ∂ℓ/∂score. */
  evaluate(scores: Float64Array, examples: Examples, slopes: Float64Array): number;
  /** Overwrites `out` with ∂²ℓ/∂scores² · tangent, which is block-diagonal over examples. */
  curvature(scores: Float64Array, examples: Examples, tangent: Float64Array, out: Float64Array): void;
}

/** ½(score − label)². */
export const squared: Loss = {
  name: "squared",
  summary: "½(score − rating)²",
  form: "pointwise",
  evaluate(scores, { labels }, slopes) {
    let sum = 0;
    for (let n = 0; n < scores.length; n++) {
      const e = scores[n] - labels[n];
      sum += 0.5 * e * e;
      slopes[n] = e;
    }
    return sum;
  },
  curvature: (_scores, _examples, tangent, out) => out.set(tangent),
};

/** Cross-entropy with labels in [0, 1]: softplus(score) − label·score (He et al. 2017, Eq. 7). */
export const logistic: Loss = {
  name: "logistic",
  summary: "cross-entropy of liked items (1) against drawn others (0)",
  form: "pointwise",
  evaluate(scores, { labels }, slopes) {
    let sum = 0;
    for (let n = 0; n < scores.length; n++) {
      sum += softplus(scores[n]) - labels[n] * scores[n];
      slopes[n] = sigmoid(scores[n]) - labels[n];
    }
    return sum;
  },
  curvature(scores, _examples, tangent, out) {
    for (let n = 0; n < scores.length; n++) {
      const p = sigmoid(scores[n]);
      out[n] = p * (1 - p) * tangent[n];
    }
  },
};

/** Bayesian personalised ranking: softplus(−margin), the margin of a liked item over another (Rendle et al. 2009). */
export const bpr: Loss = {
  name: "bpr",
  summary: "softplus(−(score of a liked item − score of another)), over drawn triples",
  form: "pairwise",
  evaluate(scores, _examples, slopes) {
    let sum = 0;
    for (let n = 0; n < scores.length; n += 2) {
      const margin = scores[n] - scores[n + 1];
      sum += softplus(-margin);
      slopes[n] = -sigmoid(-margin);
      slopes[n + 1] = -slopes[n];
    }
    return sum;
  },
  curvature(scores, _examples, tangent, out) {
    for (let n = 0; n < scores.length; n += 2) {
      const p = sigmoid(scores[n] - scores[n + 1]);
      out[n] = p * (1 - p) * (tangent[n] - tangent[n + 1]);
      out[n + 1] = -out[n];
    }
  },
};

/** Multinomial likelihood of a user's choices: −Σ label·log softmax(scores) (Liang et al. 2018, Eq. 2), plus the extra output by its weight. */
export const multinomial: Loss = {
  name: "multinomial",
  summary: "−Σ log-probability of the chosen items under a softmax over all",
  form: "listwise",
  evaluate(scores, examples, slopes) {
    let sum = 0;
    forEachList(examples, (from, to, extra) => {
      const { total, logSum } = listSums(scores, examples.labels, from, to);
      for (let n = from; n < to; n++) {
        const label = examples.labels[n];
        sum += label * (logSum - scores[n]);
        slopes[n] = total * Math.exp(scores[n] - logSum) - label;
      }
      if (extra < 0) return;
      sum += examples.labels[extra] * scores[extra];
      slopes[extra] = examples.labels[extra];
    });
    return sum;
  },
  curvature(scores, examples, tangent, out) {
    forEachList(examples, (from, to, extra) => {
      const { total, logSum } = listSums(scores, examples.labels, from, to);
      let mean = 0;
      for (let n = from; n < to; n++) mean += Math.exp(scores[n] - logSum) * tangent[n];
      for (let n = from; n < to; n++) out[n] = total * Math.exp(scores[n] - logSum) * (tangent[n] - mean);
      if (extra >= 0) out[extra] = 0;
    });
  },
};

/**
 * Implicit feedback: an interaction with number r says with confidence base + alpha·|r| that the pair is liked (1) where r is above 0, and that
 * it is not (0) where r is 0 or below. Every other pair is a 0 with confidence 1. base 1 is Hu, Koren & Volinsky (2008) and Spark, where an r
 * of 0 is no interaction; base 0 is `implicit`, where it takes the pair out of the sum.
 */
export interface Confidence {
  readonly base: number;
  readonly alpha: number;
}

/** The confidence c of an interaction. */
export function confidenceOf({ base, alpha }: Confidence, rating: number): number {
  return base + alpha * Math.abs(rating);
}

/** Whether an interaction says that its pair is liked. */
export function isLiked(rating: number): boolean {
  return rating > 0;
}

/** ½c(p − score)² of every pair there is: p and c of an interaction as above, else p = 0 with c = 1 (Hu, Koren & Volinsky 2008, Eq. 3). */
export function ials(confidence: Confidence): Loss {
  const weight = (label: number) => (Number.isNaN(label) ? 1 : confidenceOf(confidence, label));
  return {
    name: "ials",
    summary: "½·confidence·(liked − score)² of every pair: implicit feedback",
    form: "listwise",
    absent: Number.NaN,
    confidence,
    evaluate(scores, { labels }, slopes) {
      let sum = 0;
      for (let n = 0; n < scores.length; n++) {
        // A pair without an interaction is NaN, which is not liked.
        const e = scores[n] - (isLiked(labels[n]) ? 1 : 0);
        slopes[n] = weight(labels[n]) * e;
        sum += 0.5 * slopes[n] * e;
      }
      return sum;
    },
    curvature(_scores, { labels }, tangent, out) {
      for (let n = 0; n < out.length; n++) out[n] = weight(labels[n]) * tangent[n];
    },
  };
}

/** Every loss, by name. */
export const losses: Readonly<Record<string, Loss>> = Object.fromEntries(
  [squared, logistic, bpr, multinomial, ials({ base: 1, alpha: 1 })].map((loss) => [loss.name, loss]),
);

/** Visits every list with its pairs and its extra output (−1: none). */
function forEachList({ start, penalised }: Examples, visit: (from: number, to: number, extra: number) => void): void {
  for (let g = 0; g + 1 < start.length; g++) {
    const to = start[g + 1] - (penalised ? 1 : 0);
    visit(start[g], to, penalised ? to : -1);
  }
}

/** Σ of the labels and log Σ exp of the scores of one list. */
function listSums(scores: Float64Array, labels: Float64Array, from: number, to: number) {
  let most = Number.NEGATIVE_INFINITY;
  for (let n = from; n < to; n++) most = Math.max(most, scores[n]);
  let sum = 0;
  let total = 0;
  for (let n = from; n < to; n++) {
    sum += Math.exp(scores[n] - most);
    total += labels[n];
  }
  return { total, logSum: most + Math.log(sum) };
}

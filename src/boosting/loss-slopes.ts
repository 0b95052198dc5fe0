/** An example's loss and its derivatives by the score, and the score at which the losses of some examples are least. */

import { sigmoid, softplus } from "../numeric/logistic.ts";
import type { Booster } from "./ensemble.ts";

/**
 * The loss of an example with a label, and its derivatives by the score. These are told by the mean that the score predicts of labels: itself, or the chance of 1. The first is
 * mean − label.
 */
export interface LossSlopes {
  value(score: number, label: number): number;
  mean(score: number): number;
  second(mean: number): number;
  third(mean: number): number;
}

/** Of either loss. */
export const lossSlopes: Readonly<Record<Booster["loss"], LossSlopes>> = {
  squared: {
    value: (score, label) => 0.5 * (score - label) ** 2,
    ...{ mean: (score) => score, second: () => 1, third: () => 0 },
  },
  logistic: {
    value: (score, label) => softplus(score) - label * score,
    ...{ mean: sigmoid, second: (chance) => chance * (1 - chance) },
    third: (chance) => chance * (1 - chance) * (1 - 2 * chance),
  },
};

/** The one score that fits some labels best: their mean, or its log odds. Infinite where all labels of a logistic loss are alike, NaN of none. */
export function bestConstant(labels: Float64Array, loss: Booster["loss"]): number {
  const mean = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  return loss === "squared" ? mean : Math.log(mean / (1 - mean));
}

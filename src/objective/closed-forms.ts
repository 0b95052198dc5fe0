/** Which objectives have closed forms: matrix factorization under squared loss on ratings, or on all pairs by confidence. */

import { type MatrixFactorizationSettings, matrixFactorization } from "../model/matrix-factorization.ts";
import { type Factorization, type FactorizationSettings, factorization } from "./factorization.ts";
import { squared } from "./loss.ts";
import type { Objective, ObjectiveSettings } from "./objective.ts";

const known = new WeakMap<Objective, Factorization>();

/**
 * The objective as its kernels and closed forms see it, on the same parameter vector; undefined where it has none. An optimum must be unique up
 * to rotations, so that λ (and with biases λ_b) is above 0.
 */
export function closedFormsOf(objective: Objective): Factorization | undefined {
  const settings = factorizationSettings(objective.settings);
  if (settings === undefined) return undefined;
  const found = known.get(objective) ?? factorization(settings, objective.interactions);
  known.set(objective, found);
  return found;
}

/** The settings of the closed forms; undefined where there are none. */
export function factorizationSettings(settings: ObjectiveSettings): FactorizationSettings | undefined {
  const { kind, loss, sampling, l2, l2Bias = l2, regularizer } = settings;
  if (kind.name !== matrixFactorization.name || sampling !== undefined) return undefined;
  if (loss.name !== squared.name && loss.confidence === undefined) return undefined;
  const { factors, biases, mean } = matrixFactorization.settings(settings.model) as MatrixFactorizationSettings;
  if (biases === "items" || !(l2 > 0) || (biases && !(l2Bias > 0))) return undefined;
  return {
    ...{ factors, biases, l2, l2Bias, regularizer },
    mean: mean === "learned" ? { kind: "learned" } : { kind: "fixed", value: mean },
    ...(loss.confidence ? { confidence: loss.confidence } : {}),
  };
}

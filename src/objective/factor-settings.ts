/** The settings of a factorization as those of a model and a loss. */

import { matrixFactorization } from "../model/matrix-factorization.ts";
import type { ModelKind } from "../model/model.ts";
import type { FactorizationSettings } from "./factorization.ts";
import { ials, squared } from "./loss.ts";
import type { ObjectiveSettings } from "./objective.ts";

/** Matrix factorization under squared loss on ratings or, with a confidence, on all pairs. */
export function objectiveSettings(settings: FactorizationSettings): ObjectiveSettings {
  const { factors, biases, mean, l2, l2Bias, regularizer, confidence } = settings;
  return {
    kind: matrixFactorization as unknown as ModelKind,
    model: { factors, biases, mean: mean.kind === "learned" ? "learned" : mean.value },
    loss: confidence ? ials(confidence) : squared,
    ...{ l2, l2Bias, l2Shared: 0, regularizer, extraWeight: 0 },
  };
}

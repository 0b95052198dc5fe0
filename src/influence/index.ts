/** The catalogue of influence estimators, for each family of models. */

import { contributions } from "./contributions.ts";
import type { FactorEstimator, ScoredEstimator } from "./estimator.ts";
import { fastInfluence } from "./fast-influence.ts";
import { influenceFunction } from "./influence-function.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import { newtonStep } from "./newton-step.ts";
import { scoredFastInfluence } from "./scored/fast-influence.ts";
import { fixedDataInfluence, scoredInfluenceFunction } from "./scored/influence-function.ts";
import { scoredLeaveOneOut, scoredNewtonStep } from "./scored/re-optimised.ts";

export { contributions } from "./contributions.ts";
export type {
  FactorEstimator,
  Influence,
  InfluenceEstimator,
  PreparedEstimator,
  ScoredEstimator,
} from "./estimator.ts";
export { type FastInfluenceMode, fastInfluence } from "./fast-influence.ts";
export { influenceFunction } from "./influence-function.ts";
export { leaveOneOut } from "./leave-one-out.ts";
export { newtonStep } from "./newton-step.ts";
export { scoredFastInfluence } from "./scored/fast-influence.ts";
export { fixedDataInfluence, scoredInfluenceFunction } from "./scored/influence-function.ts";
export { scoredLeaveOneOut, scoredNewtonStep } from "./scored/re-optimised.ts";

/** How an estimator is made for each family that it knows. */
export interface EstimatorEntry {
  readonly factorization?: () => FactorEstimator;
  readonly scored?: () => ScoredEstimator;
}

/** Every estimator, by name. */
export const estimators: Readonly<Record<string, EstimatorEntry>> = {
  "fast-influence": { factorization: () => fastInfluence(), scored: () => scoredFastInfluence() },
  "fast-influence-block": {
    factorization: () => fastInfluence({ mode: "block" }),
    scored: () => scoredFastInfluence({ leverage: false }),
  },
  "fast-influence-text": { factorization: () => fastInfluence({ mode: "text" }) },
  "fast-influence-code": { factorization: () => fastInfluence({ mode: "code" }) },
  "fast-influence-network": { scored: () => scoredFastInfluence({ network: true }) },
  "influence-function": { factorization: () => influenceFunction(), scored: () => scoredInfluenceFunction() },
  "influence-function-fixed-data": { scored: () => fixedDataInfluence() },
  "newton-step": { factorization: () => newtonStep(), scored: () => scoredNewtonStep() },
  "leave-one-out": { factorization: () => leaveOneOut(), scored: () => scoredLeaveOneOut() },
  contributions: { factorization: () => contributions() },
};

/** The catalogue of influence estimators. */

import type { InfluenceEstimator } from "./estimator.ts";
import { fastInfluence } from "./fast-influence.ts";
import { influenceFunction } from "./influence-function.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import { newtonStep } from "./newton-step.ts";

export type { Influence, InfluenceEstimator, PreparedEstimator } from "./estimator.ts";
export { type FastInfluenceMode, fastInfluence } from "./fast-influence.ts";
export { influenceFunction } from "./influence-function.ts";
export { leaveOneOut } from "./leave-one-out.ts";
export { newtonStep } from "./newton-step.ts";

/** Every estimator, by name. */
export const estimators: Readonly<Record<string, () => InfluenceEstimator>> = {
  "fast-influence": () => fastInfluence(),
  "fast-influence-block": () => fastInfluence({ mode: "block" }),
  "fast-influence-text": () => fastInfluence({ mode: "text" }),
  "fast-influence-code": () => fastInfluence({ mode: "code" }),
  "influence-function": () => influenceFunction(),
  "newton-step": () => newtonStep(),
  "leave-one-out": () => leaveOneOut(),
};

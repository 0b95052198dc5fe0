/** What training minimises, and what one asks about. */

export { closedFormsOf } from "./closed-forms.ts";
export { differentiable } from "./differentiable.ts";
export {
  type Factorization,
  type FactorizationSettings,
  factorization,
  type Mean,
  type Regularizer,
} from "./factorization.ts";
export { denseOf, hessianOperator } from "./hessian.ts";
export {
  bpr,
  type Confidence,
  type Examples,
  ials,
  type Loss,
  logistic,
  losses,
  multinomial,
  squared,
} from "./loss.ts";
export { drawNegatives, nameKeys, noItem, type Sampling } from "./negatives.ts";
export type { Objective, ObjectiveSettings } from "./objective.ts";
export {
  fitTarget,
  marginTarget,
  meanFitTarget,
  meanScoreTarget,
  rankTarget,
  scoreTarget,
  type Target,
  targetValue,
} from "./target.ts";

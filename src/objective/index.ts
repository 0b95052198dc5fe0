/** What training minimises, and what one asks about. */

export {
  type Confidence,
  type Factorization,
  type FactorizationSettings,
  factorization,
  type Mean,
  type Regularizer,
} from "./factorization.ts";
export { denseOf, hessianOperator } from "./hessian.ts";
export { bpr, type Examples, type Loss, logistic, losses, multinomial, squared } from "./loss.ts";
export { drawNegatives, nameKeys, noItem, type Sampling } from "./negatives.ts";
export type { Objective, ObjectiveKind } from "./objective.ts";
export { type ScoredObjective, type ScoredSettings, scoredObjective } from "./scored.ts";
export {
  fitTarget,
  marginTarget,
  meanFitTarget,
  rankTarget,
  scoreTarget,
  type Target,
  targetValue,
} from "./target.ts";

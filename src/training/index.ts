/** The catalogue of trainers, and what trained models promise. */

export { type Certificate, certify } from "./certificate.ts";
export type { TrainStatus } from "./descent.ts";
export { dualityGap } from "./duality.ts";
export { type Recipe, recipeOf, standardRecipe } from "./recipe.ts";
export { type DescentOptions, type Optimum, reoptimise } from "./reoptimise.ts";
export { type Batch, type BatchLog, type BatchRecord, batchLog } from "./scored/batch-log.ts";
export { certifyScored } from "./scored/certificate.ts";
export type { Checkpoint, EpochEntry, Validation } from "./scored/checkpoint.ts";
export { type MinimiseOptions, minimiseScored, type ScoredOptimum } from "./scored/newton.ts";
export { type ScoredSolveOptions, scoredSolver } from "./scored/solve.ts";
export { type ScoredRun, type TrainScoredOptions, trainScored } from "./scored/train.ts";
export { type Shortfall, shortfallOf } from "./shortfall.ts";
export { withSlowModes } from "./slow-modes.ts";
export { type TrainOptions, train } from "./train.ts";
export {
  type AnyTrained,
  factorFormOf,
  isFactorTrained,
  modelOf,
  type SlowModes,
  scorerOf,
  type Trained,
  type TrainedScored,
} from "./trained.ts";

/** Every trainer with how it works. */
export const trainers = [
  {
    name: "als-newton",
    summary: "alternating least squares, then truncated Newton with the users eliminated, to ‖∇J‖ ≤ tolerance",
  },
  { name: "adam", summary: "batches by Adam, rows of tables moved only when a batch touches them" },
  { name: "sgd", summary: "batches by stochastic gradient descent, with momentum" },
  {
    name: "newton",
    summary: "a few epochs of Adam, then truncated Newton on the whole objective, to ‖∇J‖ ≤ tolerance",
  },
] as const;

/** The catalogue of trainers, and what trained models promise. */

import { inShards, recEraser, sisa } from "./sharded.ts";
import { smoothTrainers, type TrainerEntry } from "./trainer.ts";

export { type Batch, type BatchLog, type BatchRecord, batchLog } from "./batches/batch-log.ts";
export type { Checkpoint, EpochEntry, Validation } from "./batches/checkpoint.ts";
export { type Recipe, recipeOf, standardRecipe } from "./batches/recipe.ts";
export { type BatchRun, type BatchTrainOptions, trainByBatches } from "./batches/train.ts";
export type { Certificate, StationaryCertificate } from "./certificate.ts";
export { type CertifyOptions, certify, certifySmooth } from "./certify.ts";
export { type TrainOptions, train } from "./factors/als-newton.ts";
export { certifyFactors } from "./factors/certificate.ts";
export type { TrainStatus } from "./factors/descent.ts";
export { dualityGap } from "./factors/duality.ts";
export { type DescentOptions, type Optimum, reoptimise } from "./factors/reoptimise.ts";
export { type SlowModes, slowModesOf } from "./factors/slow-modes.ts";
export { modelOf, type Trained } from "./factors/trained.ts";
export { initialParameters } from "./initial.ts";
export { type MinimiseSettings, minimise } from "./minimise.ts";
export { type Nearby, nearby } from "./nearby.ts";
export { certifyStationary } from "./newton/certificate.ts";
export { type MinimiseOptions, type NewtonOptimum, newtonMinimise } from "./newton/newton.ts";
export { type HessianSolver, hessianSolver, type Solved, type SolveOptions } from "./newton/solve.ts";
export { type OtherStarts, otherStarts } from "./other-starts.ts";
export { dataWithout, refit } from "./refit.ts";
export { type Remaining, type Removal, removalFrom } from "./removal.ts";
export { type ScoreDistance, scoreDistance } from "./sameness.ts";
export { sharded } from "./sharded.ts";
export { aggregates, partitions, type Sharding, shardPresets, usualSharding } from "./shards/sharding.ts";
export { denseHessian, type SolverSettings, type Support, solverAt } from "./solve.ts";
export { alternates, type FewSteps, newtonSteps, sweeps } from "./steps.ts";
export { type Suboptimality, suboptimalityOf } from "./suboptimality.ts";
export { type TrainedAgain, trainedAgain } from "./trained-again.ts";
export {
  itemScoresOf,
  type Learned,
  type Recording,
  type Shard,
  type Smooth,
  type SmoothParts,
  smoothModel,
  type TrainedModel,
  type Trainer,
  type TrainingData,
  type TrainRun,
} from "./trained-model.ts";
export { alsNewton, byBatches, type TrainerEntry } from "./trainer.ts";
export { noTangent, pullBack, pushForward, type Tangent } from "./trajectory/linear-step.ts";
export type { TracedStep, VisitStep } from "./trajectory/traced-step.ts";
export { type Trajectory, trajectoryOf, untraceable } from "./trajectory/trajectory.ts";

/** Every trainer with how it works. */
export const trainers: readonly TrainerEntry[] = [...smoothTrainers, inShards, sisa, recEraser];

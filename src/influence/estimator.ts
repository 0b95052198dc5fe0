/** Estimating what a training row contributed to a target. */

import type { Rows } from "../data/interactions.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { Target } from "../objective/target.ts";
import type { RunOptions } from "../run.ts";
import type { Trained, TrainedScored } from "../training/trained.ts";

/** What an estimator takes to prepare. */
export interface EstimatorOptions extends RunOptions {
  readonly kernels?: FactorKernels | undefined;
}

/** Influence of every asked row, in the target's unit, and how the numerics ended. */
export interface Influence {
  readonly scores: Float64Array;
  readonly status: SolveStatus;
  /** Largest relative residual of the linear solves; 0 for direct ones. */
  readonly residual: number;
}

/** An estimator with its once-only work done. */
export interface PreparedEstimator {
  /** target(θ) − target(θ had the row never been there), for each row. Positive: a proponent. Negative: an opponent. */
  influence(target: Target, rows: Rows): Promise<Influence>;
  close(): void;
}

/** A way of estimating influence for one family of models; the truth (leave-one-out) wears the same interface. */
export interface InfluenceEstimator<Known> {
  readonly name: string;
  readonly summary: string;
  prepare(trained: Known, options?: EstimatorOptions): Promise<PreparedEstimator>;
}

/** An estimator that uses the structure of a factorization. */
export type FactorEstimator = InfluenceEstimator<Trained>;
/** An estimator for any differentiable model. */
export type ScoredEstimator = InfluenceEstimator<TrainedScored>;

/** A model after training, with all that is needed to train it again. */

import type { FactorModel } from "../model/matrix-factorization.ts";
import type { Factorization } from "../objective/factorization.ts";
import type { Objective } from "../objective/objective.ts";
import type { ScoredObjective } from "../objective/scored.ts";
import type { TrainStatus } from "./descent.ts";
import type { Recipe } from "./recipe.ts";

/** Ritz pairs of S·v = w·M·v with small w: S the Schur complement, M what the block preconditioner inverts, vᵀMv = 1. */
export interface SlowModes {
  readonly values: Float64Array;
  /** Reduced vectors. */
  readonly vectors: readonly Float64Array[];
}

/** Parameters, what they minimise, and how near to the minimum they are. */
export interface Trained<Minimised extends Objective = Factorization> {
  readonly objective: Minimised;
  readonly params: Float64Array;
  readonly seed: number;
  readonly trainer: string;
  readonly tolerance: number;
  readonly status: TrainStatus;
  /** J at the parameters. */
  readonly value: number;
  readonly gradientNorm: number;
  /** In memory only, where `withSlowModes` put them: exact forgetting is shorter with them. */
  readonly slowModes?: SlowModes | undefined;
}

/** A model of any kind, with how it was trained. */
export interface TrainedScored extends Trained<ScoredObjective> {
  readonly recipe: Recipe;
}

/** What was trained, of any family. */
export type AnyTrained = Trained | TrainedScored;

/** The scoring function of a trained model. */
export function modelOf(trained: Trained): FactorModel {
  const { shape, settings } = trained.objective;
  return { shape, params: trained.params, fixedMean: settings.mean.kind === "fixed" ? settings.mean.value : 0 };
}

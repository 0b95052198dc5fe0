/** A model after training, with all that is needed to train it again. */

import { type FactorModel, scorer, tablesOf } from "../model/matrix-factorization.ts";
import type { FactorForm, Pairs } from "../model/model.ts";
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

/** Whether a trained model is a factorization. */
export function isFactorTrained(trained: AnyTrained): trained is Trained {
  return trained.objective.kind === "factorization";
}

/** Scores of pairs, as a trained model of any family is served. */
export function scorerOf(trained: AnyTrained): (pairs: Pairs) => Float64Array {
  if (isFactorTrained(trained)) return scorer(modelOf(trained));
  const { objective, params } = trained;
  return (pairs) => objective.serving.at(params, pairs).scores;
}

/** Scores of every item for one user, by item index. */
export function itemScoresOf(trained: AnyTrained, user: number): Float64Array {
  const { itemCount } = trained.objective.interactions;
  return scorerOf(trained)({
    users: new Uint32Array(itemCount).fill(user),
    items: Uint32Array.from({ length: itemCount }, (_, i) => i),
  });
}

/** The scores of a trained model as dot products, where they are; undefined for networks. */
export function factorFormOf(trained: AnyTrained): FactorForm | undefined {
  if (!isFactorTrained(trained)) return trained.objective.serving.asFactors?.(trained.params);
  const { mean, userBias, itemBias, ...factors } = tablesOf(modelOf(trained));
  // A mean is the same for all pairs: one side's biases carry it.
  const shifted =
    mean === 0 ? userBias : (userBias ?? new Float64Array(trained.objective.shape.userCount)).map((b) => b + mean);
  return { factors: trained.objective.shape.factors, ...factors, userBias: shifted, itemBias };
}

/** The scoring function of a trained factorization. */
export function modelOf(trained: Trained): FactorModel {
  const { shape, settings } = trained.objective;
  return { shape, params: trained.params, fixedMean: settings.mean.kind === "fixed" ? settings.mean.value : 0 };
}

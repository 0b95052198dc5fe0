/** What the minimisers of closed forms end with. */

import type { FactorModel } from "../../model/factor-model.ts";
import type { Factorization } from "../../objective/factorization.ts";
import type { TrainStatus } from "./descent.ts";

/** Ritz pairs of S·v = w·M·v with small w: S the Schur complement, M what the block preconditioner inverts, vᵀMv = 1. */
export interface SlowModes {
  readonly values: Float64Array;
  /** Reduced vectors. */
  readonly vectors: readonly Float64Array[];
}

/** Parameters of closed forms, what they minimise, and how near to the minimum they are. */
export interface Trained {
  readonly objective: Factorization;
  readonly params: Float64Array;
  readonly seed: number;
  readonly tolerance: number;
  readonly status: TrainStatus;
  /** J at the parameters. */
  readonly value: number;
  readonly gradientNorm: number;
}

/** The scoring function of parameters of closed forms. */
export function modelOf({ objective, params }: Pick<Trained, "objective" | "params">): FactorModel {
  const { shape, settings } = objective;
  return { shape, params, fixedMean: settings.mean.kind === "fixed" ? settings.mean.value : 0 };
}

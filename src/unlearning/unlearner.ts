/** Turning a trained model into one that behaves as if the forget set had never been seen. */

import type { Rows } from "../data/interactions.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import type { RunOptions } from "../run.ts";
import type { Certificate } from "../training/certificate.ts";
import type { Trained, TrainedScored } from "../training/trained.ts";

/**
 * What an unlearner can promise. "exact": the result never saw the data. "certified": it is converged on the retain objective, and the
 * certificate says how much that proves. "approximate": neither.
 */
export type Guarantee = "exact" | "certified" | "approximate";

/** What every unlearner takes. */
export interface ForgetOptions extends RunOptions {
  readonly tolerance?: number | undefined;
  readonly kernels?: FactorKernels | undefined;
  /** Also estimates the smallest curvature, and with it the distance from the optimum nearby; takes a second or more. */
  readonly curvature?: boolean | undefined;
  /** Seed of a retraining; default another than the model's. */
  readonly seed?: number | undefined;
}

/** The model after forgetting, on the retained interactions, and what can be proved of it. */
export interface Forgotten<Known = Trained> {
  readonly trained: Known;
  readonly guarantee: Guarantee;
  readonly certificate: Certificate;
  /** ‖∇J_retain‖ of the parameters before anything was done. */
  readonly gradientNormBefore: number;
  /** Milliseconds of unlearning, and of certifying. */
  readonly milliseconds: { readonly forget: number; readonly certify: number };
  /** What the method's numbers do not show. */
  readonly caveats: readonly string[];
}

/** A way of forgetting rows, for one family of models. The parameter layout stays: rows without data are empty, ids are dropped when a model is stored. */
export interface Unlearner<Known = Trained> {
  readonly name: string;
  readonly guarantee: Guarantee;
  readonly summary: string;
  forget(trained: Known, forgetSet: Rows, options?: ForgetOptions): Promise<Forgotten<Known>>;
}

/** An unlearner that uses the structure of a factorization. */
export type FactorUnlearner = Unlearner<Trained>;
/** An unlearner for any differentiable model. */
export type ScoredUnlearner = Unlearner<TrainedScored>;

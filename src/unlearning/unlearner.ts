/** Turning a trained model into one that behaves as if the forget set had never been seen. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { Certificate } from "../training/certificate.ts";
import type { Solved } from "../training/newton/solve.ts";
import type { TrainedModel } from "../training/trained-model.ts";

/**
 * What an unlearner can promise. "exact": the result never saw the data. "certified": it is converged on the retain objective, and the
 * certificate says how much that proves. "approximate": neither.
 */
export type Guarantee = "exact" | "certified" | "approximate";

/** What every unlearner takes. */
export interface ForgetOptions {
  /** ‖∇J‖ to reach; default the model's own. */
  readonly tolerance?: number | undefined;
  /** Also estimates the smallest curvature, and with it the distance from the optimum nearby; takes a second or more. */
  readonly curvature?: boolean | undefined;
  /** Seed of a retraining; default another than the model's. */
  readonly seed?: number | undefined;
}

/** How a linear solve ended. */
export type SolverEnd = Pick<Solved, "status" | "residual">;

/** The model after forgetting, on the retained interactions, and what can be proved of it. */
export interface Forgotten {
  readonly model: TrainedModel;
  readonly guarantee: Guarantee;
  /** Members that were trained again; only of a model in shards whose other members were left. */
  readonly membersHit?: number | undefined;
  readonly certificate: Certificate;
  /** ‖∇J_retain‖ of all parameters before anything was done, those of who goes included; null for a model without an objective. */
  readonly gradientNormBefore: number | null;
  /** Passes over the data that unlearning took: how often it read an interaction, by the number of interactions. */
  readonly passes: number;
  /** Milliseconds of unlearning, and of certifying. */
  readonly milliseconds: { readonly forget: number; readonly certify: number };
  /** How the linear solve of a single step ended, and its relative residual; absent where there is none. */
  readonly solver?: SolverEnd | undefined;
  /** What the method's numbers do not show. */
  readonly caveats: readonly string[];
}

/** A way of forgetting rows. The parameter layout stays: rows without data are empty, ids are dropped when a model is stored. */
export interface Unlearner {
  readonly guarantee: Guarantee;
  forget(model: TrainedModel, forgetSet: Rows, run: RunContext, options?: ForgetOptions): Promise<Forgotten>;
}

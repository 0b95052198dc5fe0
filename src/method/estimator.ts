/** Estimating what players contributed to measures of a model. */

import type { RunContext } from "../kernel/run-context.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { worseStatus } from "../linear/status.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { Measure } from "./measure.ts";
import type { Players } from "./players.ts";
import type { OpenTrainings } from "./trainings.ts";

/** What every player contributed to every measure, and how the numerics ended. */
export interface Estimate {
  /** Measures × players (or × `sets`), row-major: measure(model) − measure(model had the player never been there). Positive: a proponent. */
  readonly values: Float64Array;
  /** One a value. */
  readonly statuses: readonly SolveStatus[];
  /** Of estimates that draw samples; one a value. NaN where too little was drawn to tell. */
  readonly standardErrors?: Float64Array | undefined;
  /** Of estimates that bound what they estimate: lower and upper end of each value; NaN, NaN where that is not determined. */
  readonly intervals?: Float64Array | undefined;
  /** Of methods that value sets of players: the players of each set, ascending. Then there is one value a set. */
  readonly sets?: readonly (readonly number[])[] | undefined;
  /** Largest relative residual of the linear solves, or gradient norm of the minimisations; 0 for direct ones. */
  readonly residual: number;
  /** Linear solves, minimisations or trainings that it took. */
  readonly evaluations: number;
  /** What a reader of the values has to know: what was cut short, what has no representer. */
  readonly notes?: readonly string[] | undefined;
}

/** An estimator with its once-only work done. */
export interface PreparedEstimator {
  /** All measures share the work that they can share. Throws `unsupported` for a measure without slopes where the estimator needs them. */
  estimate(measures: readonly Measure[], players: Players): Promise<Estimate>;
  /** What every player contributed to the fit of its own rows: memorization. One value a player; absent where `estimate` one by one is as good. */
  own?(players: Players): Promise<Estimate>;
  close(): void;
}

/** What estimating runs with. */
export interface EstimateRun extends RunContext {
  /** Trains models without some rows, where somebody remembers them or has more threads; default: one after another, in memory. */
  readonly openTrainings?: OpenTrainings | undefined;
  /** Seconds that are left; sampling methods stop when there are none. Default: as many as it takes. */
  readonly secondsLeft?: (() => number) | undefined;
}

/** A way of estimating influence; the truth (leave-one-out) implements the same interface. */
export interface Estimator {
  prepare(model: TrainedModel, run: EstimateRun): Promise<PreparedEstimator>;
}

/** The worst of all statuses. */
export function worstOf({ statuses }: Estimate): SolveStatus {
  return statuses.reduce(worseStatus, "converged");
}

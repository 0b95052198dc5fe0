/** What a comparison of unlearners finds, as plain data. */

import type { GivenSettings } from "../../../method/method.ts";
import type { Verdict } from "../../../report/part.ts";
import type { TrainStatus } from "../../../training/factors/descent.ts";
import type { Guarantee } from "../../../unlearning/index.ts";

/** By kind of pairs (random, forgotten, test): rms(method, retrained) / rms(original, retrained); null where that is no number. */
export type Left = Readonly<Record<string, number | null>>;

/** How good a model is on the test file: RMSE (null where scores are no ratings) and hit rate at 10 of a full ranking. */
export interface TestFigures {
  readonly rmse: number | null;
  readonly hr: number | null;
}

/** What is compared on. */
export interface ComparedModel {
  /** Its name in the catalogue of models. */
  readonly kind: string;
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  readonly test: TestFigures | null;
}

/** What is forgotten: the rule that chose it, or null where ids were named, and how much it is. */
export interface ComparedRequest {
  readonly rule: string | null;
  readonly settings: GivenSettings;
  /** Users who lose an interaction. */
  readonly users: number;
  readonly interactions: number;
}

/** Retraining: what all is measured against. `floor` is what a second retraining, from another seed, leaves: below it nothing can be told. */
export interface Reference {
  readonly seconds: number;
  readonly passes: number;
  readonly status: TrainStatus;
  readonly seed: number;
  readonly floor: Left;
  readonly test: TestFigures | null;
}

/** Of a method that brings a model of its own: what training that took, and the retraining of it that the row is measured against. */
export interface OwnModelFigures {
  /** The unlearner that forgets from it. */
  readonly unlearner: string;
  readonly seconds: number;
  readonly passes: number;
  readonly test: TestFigures | null;
  readonly reference: Reference;
}

/** One method. */
export interface ComparedMethod {
  readonly method: string;
  readonly settings: GivenSettings;
  readonly seconds: number;
  readonly passes: number;
  /** Seconds of retraining by its own, and passes of retraining by its own; null where its own are 0. */
  readonly times: number | null;
  readonly timesPasses: number | null;
  /** ‖∇J‖ on what remains; null of a model without an objective. */
  readonly gradientNorm: number | null;
  readonly left: Left;
  /** Share of common items in the remaining users' top tens, with the retrained model. */
  readonly topItems: number;
  readonly guarantee: Guarantee;
  /** The certificate in words. */
  readonly verdict: string;
  readonly audits: Readonly<Record<string, Pick<Verdict, "outcome" | "text">>>;
  readonly caveats: readonly string[];
  readonly test: TestFigures | null;
  readonly own: OwnModelFigures | null;
}

/** Which method may be trusted with the request, by which rule, and why; null where none may, or where that cannot be told. */
export interface UnlearnerRecommendation {
  readonly method: string | null;
  readonly rule: string;
  readonly reason: string;
}

/** A whole comparison. */
export interface Comparison {
  readonly model: ComparedModel;
  readonly request: ComparedRequest;
  readonly within: number;
  readonly reference: Reference;
  readonly rows: readonly ComparedMethod[];
  readonly recommendation: UnlearnerRecommendation;
  /** Methods that were left out, each with the reason. */
  readonly skipped: Readonly<Record<string, string>>;
  /** Audits that were left out, each with the reason. */
  readonly skippedAudits: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Judging estimators: what is judged, by what, and what a judge says. */

import type { Dataset } from "../data/dataset.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { Estimate, Estimator } from "../method/estimator.ts";
import type { Measure } from "../method/measure.ts";
import type { Cost } from "../method/method.ts";
import type { Players } from "../method/players.ts";
import type { Family } from "../method/properties.ts";
import type { OpenTrainings } from "../method/trainings.ts";
import type { Interval } from "../report/part.ts";
import type { TrainedModel } from "../training/trained-model.ts";

/** What estimators are judged on. */
export interface JudgingSubject {
  readonly model: TrainedModel;
  readonly dataset: Dataset;
  readonly players: Players;
  readonly measures: readonly Measure[];
  readonly openTrainings: OpenTrainings;
  /** Keys of the sets of rows without which a model was trained to fit an estimator: none of them may judge it. */
  readonly fitted: ReadonlySet<string>;
  readonly seed: number;
}

/** An estimator, and what it said of the subject. */
export interface Candidate {
  readonly name: string;
  readonly estimator: Estimator;
  readonly family: Family | undefined;
  readonly cost: Cost;
  /** Measures × players of the subject. */
  readonly estimate: Estimate;
  /** Why a model cannot be asked by it; undefined where it can. */
  unmet(model: TrainedModel): string | undefined;
}

/** What a judge says of an estimator. */
export interface Judgement {
  /** The judge's figure; NaN where it is not determined. */
  readonly value: number;
  /** Of 95 %, by the bootstrap, where it is told. */
  readonly interval?: Interval | undefined;
  /** More figures, by name. */
  readonly figures: Readonly<Record<string, number>>;
  /** Lines over a common axis, by name. */
  readonly curves?: Readonly<Record<string, readonly (readonly [number, number])[]>> | undefined;
  /** How the estimator and the trainings that judge it ended. */
  readonly status: SolveStatus;
  readonly notes?: readonly string[] | undefined;
}

/** How much a judge does: what it costs is told by what a training and a question took. */
export interface JudgeWork {
  /** Models that it trains before the first estimator is judged, and for each estimator. */
  readonly trainings: number;
  readonly trainingsEach: number;
  /** What it asks each estimator about again: so many measures of so many players. */
  readonly measures: number;
  readonly players: number;
  /** Whether it asks about each player's own fit, too. */
  readonly own: boolean;
}

/** The work of a judge that neither trains nor asks. */
export const asksNothing: JudgeWork = { trainings: 0, trainingsEach: 0, measures: 0, players: 0, own: false };

/** A judge with the work done that all estimators share. */
export interface PreparedJudge {
  /** About the judge itself: the ceiling of its figure, say. */
  readonly figures: Readonly<Record<string, number>>;
  /** Trainings so far. */
  trainings(): number;
  of(candidate: Candidate, run: RunContext): Promise<Judgement>;
  close(): Promise<void>;
}

/** A way of judging estimators. */
export interface Judge {
  readonly question: string;
  /** Which end of its figure speaks for an estimator. */
  readonly better: "higher" | "lower";
  /** Name of the axis of its curves, where it has them. */
  readonly axis?: string | undefined;
  work(asked: { readonly measures: number; readonly players: number; readonly users: number }): JudgeWork;
  /** Why it cannot judge this estimator; undefined where it can. */
  unfit?(candidate: Candidate): string | undefined;
  /** Throws `unsupported` where the subject cannot be judged so. */
  prepare(subject: JudgingSubject, run: RunContext): Promise<PreparedJudge>;
}

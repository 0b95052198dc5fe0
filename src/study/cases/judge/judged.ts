/** What judging answers, as plain data. */

import type { SolveStatus } from "../../../linear/solver.ts";
import type { GivenSettings } from "../../../method/method.ts";

/** What one judge says of one method. */
export interface JudgedCell {
  /** Null where it is not determined, or the judge could not judge. */
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly curves: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly status: SolveStatus | null;
  /** Of asking the method again for this judge, beside the judge's own. */
  readonly seconds: number;
  readonly trainings: number;
  /** Why the judge could not judge; null where it could. */
  readonly reason: string | null;
  readonly notes: readonly string[];
}

/** A method with what it cost, and what each judge says of it. */
export interface JudgedMethod {
  readonly method: string;
  readonly settings: GivenSettings;
  /** Of valuing the players for all measures. */
  readonly seconds: number;
  readonly evaluations: number;
  readonly trainings: number;
  readonly status: SolveStatus;
  readonly notes: readonly string[];
  readonly judgements: Readonly<Record<string, JudgedCell>>;
}

/** A judge with what its own work cost. */
export interface UsedJudge {
  readonly judge: string;
  readonly settings: GivenSettings;
  readonly question: string;
  readonly better: "higher" | "lower";
  readonly axis: string | null;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly seconds: number;
  readonly trainings: number;
}

/** The whole of it. */
export interface Judged {
  readonly model: {
    readonly kind: string;
    readonly users: number;
    readonly items: number;
    readonly interactions: number;
  };
  readonly players: { readonly kind: "interactions" | "users"; readonly count: number };
  readonly measures: readonly { readonly name: string; readonly unit: string }[];
  readonly seed: number;
  readonly judges: readonly UsedJudge[];
  readonly rows: readonly JudgedMethod[];
  readonly skipped: Readonly<Record<string, string>>;
  readonly skippedJudges: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

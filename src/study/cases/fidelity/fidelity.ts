/** What a comparison with leave-one-out answers, as plain data. */

import type { SolveStatus } from "../../../linear/solver.ts";
import type { GivenSettings } from "../../../method/method.ts";

/** A row, and what it does to the score of a pair: by a method, and by training without it. */
export interface FidelityPoint {
  /** The pair. */
  readonly user: string;
  readonly item: string;
  /** The row. */
  readonly ofUser: string;
  readonly ofItem: string;
  readonly estimate: number;
  readonly truth: number;
}

/** How near a method comes. A figure that is not determined is null. */
export interface FidelityMethod {
  readonly method: string;
  readonly settings: GivenSettings;
  readonly pearson: number | null;
  readonly spearman: number | null;
  /** Of the method's influences over the true ones, through the origin. */
  readonly slope: number | null;
  /** The median of |influence − truth| / |truth|. */
  readonly medianError: number | null;
  /** Of the work that is done once. */
  readonly prepareSeconds: number;
  /** The median over the pairs. */
  readonly secondsAPair: number;
  readonly status: SolveStatus;
  readonly points: readonly FidelityPoint[];
  readonly notes: readonly string[];
}

/** The whole of it. */
export interface Fidelity {
  readonly model: {
    readonly kind: string;
    readonly users: number;
    readonly items: number;
    readonly interactions: number;
  };
  readonly pairs: number;
  /** Rows of each pair that are asked about: those whose influence a method finds largest. */
  readonly rows: number;
  readonly seed: number;
  readonly unit: "rating" | "score";
  readonly truth: { readonly trainings: number; readonly seconds: number; readonly status: SolveStatus };
  readonly methods: readonly FidelityMethod[];
  readonly skipped: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

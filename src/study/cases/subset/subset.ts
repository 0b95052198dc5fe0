/** What choosing a subset answers, as plain data. */

import type { SolveStatus } from "../../../linear/solver.ts";
import type { Ends } from "../clean/cleaned.ts";

/** A subset of the players, and whether training on it is better than on as many at random. */
export interface Subset {
  readonly model: {
    readonly kind: string;
    readonly users: number;
    readonly items: number;
    readonly interactions: number;
  };
  readonly players: { readonly kind: "interactions" | "users"; readonly count: number };
  /** How many are kept. */
  readonly keep: { readonly share: number; readonly players: number };
  readonly method: string;
  readonly measure: "own-fit" | "fit";
  /** The end of the values that is kept. */
  readonly tail: "high" | "low";
  /** Parts of the rows, each of which is held out once to value the others. */
  readonly folds: number;
  readonly seed: number;
  readonly held: { readonly from: "test" | "holdout"; readonly judging: number };
  readonly error: {
    readonly measure: "rmse" | "ndcg@10";
    readonly better: "lower" | "higher";
    /** Of training on all, on the chosen, and on as many at random: one a draw, with their mean and its interval of 95 %. */
    readonly all: number;
    readonly chosen: number;
    readonly random: { readonly draws: readonly number[]; readonly mean: number; readonly interval: Ends | null };
  };
  /** Chosen less random, over groups of users with 95 %; null where too few users are held out to tell. */
  readonly difference: number;
  readonly interval: Ends | null;
  /** Whether the interval leaves out 0, and no draw is as good. */
  readonly isBetter: boolean;
  readonly text: string;
  readonly status: SolveStatus;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

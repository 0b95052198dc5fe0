/** What an explanation is: what is asked, the reasons for a score, and what they mean. */

import type { Rows } from "../../data/interactions.ts";
import type { Validity } from "../../influence/index.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import type { GivenSettings } from "../../method/method.ts";
import type { BaseParts } from "../../training/base-score.ts";
import type { UseOptions } from "../run.ts";
import type { InfluenceDistribution } from "./explain-distribution.ts";

/** One training rating and what it did to the score. */
export interface Reason {
  readonly user: string;
  readonly item: string;
  readonly title: string | null;
  readonly rating: number;
  /** score − score had this row never been there, in the explanation's unit: positive supports the score. */
  readonly influence: number;
  /** The score without this rating: score − influence; of shares the score less the share; null for numbers in another unit. */
  readonly without: number | null;
  /** How the numerics of this row ended. */
  readonly status: SolveStatus;
  /**
   * Where it was asked for: how far the rows of the user and the item may move before the influence is wrong by more than was allowed; null where none can be
   * told.
   */
  readonly validWithin?: Validity | null;
  /** Of methods that bound what they estimate: lower and upper end of the influence; null where that is not determined. */
  readonly interval?: readonly [number, number] | null;
}

/** An explanation. */
export interface Explanation {
  readonly user: string;
  readonly item: string;
  readonly title: string | null;
  readonly score: number;
  /** Where several pairs are asked about together: how many, and what `score` is of their scores. */
  readonly joint?: { readonly pairs: number; readonly together: "sum" | "mean" };
  /** What a score is: a rating, or a number that only ranks. */
  readonly unit: "rating" | "score";
  /** Mean and biases alone: the score before any taste; 0 for models without. */
  readonly base: number;
  /** What the base is of; null for models without such parts. */
  readonly baseOf: BaseParts | null;
  /** The user's own ratings. */
  readonly byItem: readonly Reason[];
  /** Other users' ratings of the item. */
  readonly byUser: readonly Reason[];
  readonly method: string;
  readonly status: SolveStatus;
  /** Ratings of the user and of the item in training. */
  readonly ratings: { readonly ofUser: number; readonly ofItem: number };
  /** By how much the influences may be wrong within `validWithin`, where it was asked for. */
  readonly staleWithin?: number;
  /** Of the influences of all rows of the pair, where it was asked for. */
  readonly distribution?: InfluenceDistribution;
  /** What the numbers mean, and what was left out. */
  readonly note: string;
}

/** A named set of interactions. */
export interface Group {
  readonly name: string;
  readonly rows: Rows;
}

/** What to explain, and how. */
export interface ExplainRequest extends UseOptions {
  readonly user: string;
  readonly item: string;
  readonly method?: string | undefined;
  /** Settings of the estimator. */
  readonly settings?: GivenSettings | undefined;
  /** Only what supports the score, strongest first (for the people served); else by |influence| (for engineers). */
  readonly positive?: boolean | undefined;
  readonly count?: number | undefined;
  /** Whose part is told: single interactions of the user and of the item (default), whole users, whole items, or groups. */
  readonly players?: "interactions" | "users" | "items" | readonly Group[] | undefined;
  /** Further pairs that are asked about together with the user and the item. */
  readonly pairs?: { readonly users: readonly string[]; readonly items: readonly string[] } | undefined;
  /** What is made of their scores; default their sum. */
  readonly together?: "sum" | "mean" | undefined;
  /** Whether the influences of all rows are told as a distribution. */
  readonly distribution?: boolean | undefined;
  /** By how much an influence may be wrong, in the score's unit: tells how far the rows may move until then. */
  readonly staleWithin?: number | undefined;
}

/** What one user, item or group did to the score. */
export interface PlayerReason {
  /** Outside id, or name of the group. */
  readonly player: string;
  readonly title: string | null;
  /** Interactions that would go together. */
  readonly rows: number;
  readonly influence: number;
  /** The score without this player; of shares the score less the share; null for numbers in another unit. */
  readonly without: number | null;
  readonly status: SolveStatus;
  readonly interval?: readonly [number, number] | null;
}

/** An explanation by users, items or groups. */
export interface PlayerExplanation
  extends Pick<
    Explanation,
    "user" | "item" | "title" | "score" | "joint" | "unit" | "base" | "baseOf" | "method" | "status" | "note"
  > {
  readonly players: "users" | "items" | "groups";
  readonly byPlayer: readonly PlayerReason[];
}

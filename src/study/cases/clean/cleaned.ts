/** What cleaning answers, as plain data. */

import type { SolveStatus } from "../../../linear/solver.ts";

/** What may be done with a player. */
export type Advice = "remove" | "relabel" | "keep";

/** Ends of an interval, the lower one first. */
export type Ends = readonly [number, number];

/** A player with how suspicious it is. */
export interface Suspect {
  readonly user: string;
  /** Of an interaction. */
  readonly item?: string;
  readonly title?: string | null;
  readonly rating?: number;
  /** Interactions of it. */
  readonly rows: number;
  /** By the method, as it tells it. */
  readonly value: number | null;
  readonly advice: Advice;
  /** What to rate it instead; of interactions of models with closed forms. */
  readonly relabel?: number | null;
  readonly reason: string;
}

/** What taking a share of the players away does to the held-out error. */
export interface Removed {
  readonly share: number;
  readonly players: number;
  readonly rows: number;
  /** On the held-out rows that choose, and on those that judge. */
  readonly choosing: number;
  readonly judging: number;
  /** On the rows that judge: less that of keeping all, 95 %; null where too few users are held out to tell. */
  readonly difference: number;
  readonly interval: Ends | null;
  /** Of as many players at random, on the rows that judge: the mean over the draws. */
  readonly random: number;
}

/** An item whose mean score rests on users who look made up. */
export interface PushedItem {
  readonly item: string;
  readonly title: string | null;
  readonly interactions: number;
  /** Interactions that push it. */
  readonly behind: number;
  readonly statistic: number;
  /** At most so many items would have such a statistic by chance. */
  readonly byChance: number;
}

/** The whole of it. */
export interface Cleaned {
  readonly model: {
    readonly kind: string;
    readonly users: number;
    readonly items: number;
    readonly interactions: number;
  };
  readonly players: { readonly kind: "interactions" | "users"; readonly count: number };
  readonly method: string;
  readonly measure: "own-fit" | "fit" | "push";
  /** Which end of the method's values is suspicious. */
  readonly tail: "high" | "low";
  readonly seed: number;
  readonly held: {
    /** A file, or the model's own rows, which a second training did not see. */
    readonly from: "test" | "holdout";
    readonly choosing: number;
    readonly judging: number;
  };
  readonly error: {
    readonly measure: "rmse" | "ndcg@10";
    readonly better: "lower" | "higher";
    /** Of keeping all, on the rows that judge. */
    readonly keepAll: number;
  };
  readonly curve: readonly Removed[];
  /** Where removing helps, and ratings can be changed: what relabelling the same interactions does instead. */
  readonly relabelled?:
    | {
        readonly rows: number;
        readonly choosing: number;
        readonly judging: number;
        readonly interval: Ends | null;
      }
    | undefined;
  readonly recommendation: {
    readonly advice: Advice;
    /** Share of the players that it is for. */
    readonly share: number;
    readonly players: number;
    readonly before: number;
    readonly after: number;
    readonly interval: Ends | null;
    readonly text: string;
  };
  /** Where that was asked: the items that are most likely pushed, the first of all first. */
  readonly pushed?: readonly PushedItem[] | undefined;
  readonly suspects: readonly Suspect[];
  readonly status: SolveStatus;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

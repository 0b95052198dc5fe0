/** What a protocol knows of a model: how it scores. */

import { LetheError } from "../errors.ts";

/**
 * Scores of items for one user, in the order of `items`, or of every item by index when `items` is undefined; greater
 * is better, and scores of different users are never compared.
 */
export type Scorer = (user: number, items: Uint32Array | undefined) => Float64Array;

/** Scores of every item for several users at once, for models that are faster so. */
export interface BlockScorer {
  /** How many users at most in one call. */
  readonly usersAtOnce: number;
  /** users × items, row-major; good until the next call. */
  scoresOfUsers(users: Uint32Array): Float64Array;
}

/** A scorer of single users, a user at a time. */
export function blocksOfScorer(scorer: Scorer): BlockScorer {
  return { usersAtOnce: 1, scoresOfUsers: (users) => scorer(users[0], undefined) };
}

/** Throws `bad-input` when a scorer gave another number of scores than it was asked for. */
export function checkScores(scores: Float64Array, expected: number, whose: string): void {
  if (scores.length === expected) return;
  throw new LetheError(
    "bad-input",
    `${whose}: ${scores.length} scores where ${expected} are expected`,
    "the scorer and the interactions must be of one model",
  );
}

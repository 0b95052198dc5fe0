/** Where the relevant items of one ranked list stand, ties kept together. */

import { LetheError } from "../errors.ts";

/** Candidates of one score with relevant items among them: they share the positions above + 1 … above + tied. */
export interface Tie {
  /** Candidates with greater scores. */
  readonly above: number;
  /** Candidates with this score, relevant or not. */
  readonly tied: number;
  /** The relevant ones among them, 1 or more. */
  readonly relevant: number;
}

/** The places of all relevant items among the candidates of a list. */
export interface Places {
  readonly candidates: number;
  readonly relevant: number;
  /** One or more, by score, descending. An item that ties with no other is a tie of one. */
  readonly ties: readonly Tie[];
}

/**
 * The places of `relevant` items (1 or more) among all items but the `excluded` ones, counted without sorting the scores. Both
 * lists hold indices into `scores`, each once, and share none. Throws `bad-input` when a score is NaN; `whose` says in
 * the message whose list it is.
 */
export function placesOf(
  scores: Float64Array,
  relevant: ArrayLike<number>,
  excluded: ArrayLike<number>,
  whose: string,
): Places {
  const levels = levelsOf(scores, relevant);
  if (levels.scores.length === 1) countOne(levels, scores);
  else for (let item = 0; item < scores.length; item++) count(levels, scores[item], 1);
  if (levels.counted !== scores.length) throw nanDefect(scores, whose);
  for (let k = 0; k < excluded.length; k++) count(levels, scores[excluded[k]], -1);
  return { candidates: scores.length - excluded.length, relevant: relevant.length, ties: tiesOf(levels) };
}

/** The distinct scores of the relevant items, descending, and how many candidates meet them or fall in between. */
interface Levels {
  readonly scores: Float64Array;
  readonly relevant: number[];
  readonly equal: Int32Array;
  /** Candidates below level k − 1 and above level k; the last entry counts those below all levels. */
  readonly between: Int32Array;
  /** Scores that are numbers. */
  counted: number;
}

function levelsOf(scores: Float64Array, relevant: ArrayLike<number>): Levels {
  const sorted = Float64Array.from(relevant, (item) => scores[item]).sort();
  const distinct: number[] = [];
  const counts: number[] = [];
  for (let k = sorted.length - 1; k >= 0; k--)
    if (sorted[k] === distinct[distinct.length - 1]) counts[counts.length - 1]++;
    else {
      distinct.push(sorted[k]);
      counts.push(1);
    }
  const size = distinct.length;
  return {
    scores: Float64Array.from(distinct),
    relevant: counts,
    equal: new Int32Array(size),
    between: new Int32Array(size + 1),
    counted: 0,
  };
}

/** The same as `count` for every score where there is one level: the usual case, at the speed of memory. */
function countOne(levels: Levels, scores: Float64Array): void {
  const level = levels.scores[0];
  let greater = 0;
  let equal = 0;
  let less = 0;
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item];
    if (score < level) less++;
    else if (score > level) greater++;
    else if (score === level) equal++;
  }
  levels.between[0] += greater;
  levels.between[1] += less;
  levels.equal[0] += equal;
  levels.counted += greater + equal + less;
}

function count(levels: Levels, score: number, by: number): void {
  const { scores, equal, between } = levels;
  let low = 0;
  // A step of a computed size instead of a branch: no processor guesses which half a score is in.
  for (let size = scores.length; size > 0; ) {
    const half = (size + 1) >> 1;
    low += half * Number(scores[low + half - 1] > score);
    size -= half;
  }
  if (low < scores.length && scores[low] === score) equal[low] += by;
  else between[low] += by;
  if (!Number.isNaN(score)) levels.counted += by;
}

function tiesOf({ scores, relevant, equal, between }: Levels): Tie[] {
  const ties: Tie[] = [];
  let above = 0;
  for (let k = 0; k < scores.length; k++) {
    above += between[k];
    ties.push({ above, tied: equal[k], relevant: relevant[k] });
    above += equal[k];
  }
  return ties;
}

function nanDefect(scores: Float64Array, whose: string): LetheError {
  const item = scores.findIndex((score) => Number.isNaN(score));
  return new LetheError(
    "bad-input",
    `${whose}: the score of item ${item} is not a number`,
    "was the model trained to its end? NaN has no rank",
  );
}

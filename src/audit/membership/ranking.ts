/** Points ranked by an attack, and how well the ranking tells members from others. */

import { LetheError } from "../../errors.ts";

/** What an attack says of points: the higher, the more likely it was trained on. */
export interface AttackScores {
  readonly members: Float64Array;
  readonly nonMembers: Float64Array;
  /** From here on a point is called a member; absent where scores are no probabilities. */
  readonly threshold?: number | undefined;
}

/** Points sorted once, for as many weightings as are wanted. Point k is a member where k < `members`. */
export interface Ranking {
  /** Points by score, descending. */
  readonly order: Uint32Array;
  /** 1 where the next point in the order has another score, or there is none. */
  readonly ends: Uint8Array;
  readonly members: number;
  readonly nonMembers: number;
  /** How many points are called members; absent without a threshold. */
  readonly called: number | undefined;
}

/** How well members are told from others. */
export interface Rates {
  /** The share of pairs of a member and another in which the member has the greater score, ties counting half (Hanley and McNeil 1982). */
  readonly auc: number;
  /** Mean of the shares of members and of others that are called rightly: by the threshold, else where both are called wrongly equally often. */
  readonly accuracy: number;
  /** Share of members called members where 1 % of the others are (Carlini et al. 2022). */
  readonly tprAt1: number;
}

/** A point of the curve: the share of others called members, and that of members. */
export type RocPoint = readonly [falsePositives: number, truePositives: number];

/** Sorts points by score. Throws `bad-input` where there are none of a class, or a score is not a number. */
export function rankingOf({ members, nonMembers, threshold }: AttackScores): Ranking {
  if (members.length === 0 || nonMembers.length === 0)
    throw new LetheError("bad-input", `an attack on ${members.length} members and ${nonMembers.length} others`);
  const scores = new Float64Array(members.length + nonMembers.length);
  scores.set(members);
  scores.set(nonMembers, members.length);
  const bad = scores.findIndex((score) => Number.isNaN(score));
  if (bad >= 0)
    throw new LetheError(
      "bad-input",
      `what the attack says of point ${bad} is not a number`,
      "was the model trained to its end? NaN has no rank",
    );
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  const ends = new Uint8Array(order.length);
  for (let k = 0; k < order.length; k++)
    ends[k] = k + 1 < order.length && scores[order[k]] === scores[order[k + 1]] ? 0 : 1;
  const called =
    threshold === undefined ? undefined : scores.reduce((sum, score) => sum + (score >= threshold ? 1 : 0), 0);
  return { order, ends, members: members.length, nonMembers: nonMembers.length, called };
}

/** Share of others at which the rate of true positives is told. */
const falseShare = 0.01;

/**
 * The rates, each point counted `counts` times (once when absent), whose sums over members and over others are their numbers. Between two
 * scores of the ranking the curve is a line, as if ties were broken by chance.
 */
export function ratesOf({ order, ends, members, nonMembers, called }: Ranking, counts?: ArrayLike<number>): Rates {
  const limit = falseShare * nonMembers;
  let [above, othersAbove, tied, othersTied] = [0, 0, 0, 0];
  let area = 0;
  let tprAt1 = -1;
  let equal = -1;
  let byThreshold = called === 0 ? 0.5 : -1;
  for (let k = 0; k < order.length; k++) {
    const count = counts === undefined ? 1 : counts[order[k]];
    if (order[k] < members) tied += count;
    else othersTied += count;
    if (ends[k] === 0) continue;
    area += othersTied * (above + tied / 2);
    if (tprAt1 < 0 && othersAbove + othersTied > limit)
      tprAt1 = (above + (tied * (limit - othersAbove)) / othersTied) / members;
    if (equal < 0) equal = crossing(above / members, othersAbove / nonMembers, tied / members, othersTied / nonMembers);
    above += tied;
    othersAbove += othersTied;
    tied = 0;
    othersTied = 0;
    if (k + 1 === called) byThreshold = (above / members + 1 - othersAbove / nonMembers) / 2;
  }
  return { auc: area / (members * nonMembers), accuracy: byThreshold < 0 ? equal : byThreshold, tprAt1 };
}

/** The rate of true positives where a step of the curve crosses true + false = 1; −1 where it does not. */
function crossing(trueRate: number, falseRate: number, up: number, right: number): number {
  const left = 1 - trueRate - falseRate;
  // The last step ends at 2, so that rounding leaves none without a crossing.
  if (left > up + right || up + right === 0) return -1;
  return trueRate + (up * left) / (up + right);
}

/** The curve from (0, 0) to (1, 1), at most `most` points of it. */
export function rocOf({ order, ends, members, nonMembers }: Ranking, most = 200): RocPoint[] {
  const corners: RocPoint[] = [[0, 0]];
  let above = 0;
  for (let k = 0; k < order.length; k++) {
    if (order[k] < members) above++;
    if (ends[k] === 1) corners.push([(k + 1 - above) / nonMembers, above / members]);
  }
  if (corners.length <= most) return corners;
  // Evenly along both axes together: each corner lies at the sum of its rates, from 0 to 2.
  const out: RocPoint[] = [];
  let at = 0;
  for (let n = 0; n < most; n++) {
    const wanted = (2 * n) / (most - 1);
    while (at + 1 < corners.length && corners[at][0] + corners[at][1] < wanted - 1e-9) at++;
    if (out.at(-1) !== corners[at]) out.push(corners[at]);
  }
  return out;
}

/**
 * Ranking metrics of one list at a cutoff K, given where its relevant items stand.
 *
 * Items of equal score have no order: every metric is its expected value over all orders of the ties, each as likely.
 * Of t tied items on the positions a + 1 … a + t, m of them relevant, any one position holds a relevant item with
 * probability m/t; metrics that sum over positions therefore average their gains over the tied positions, and the
 * others (`hitRate`, `reciprocalRank`) are worked out from the hypergeometric distribution.
 */

import type { Places, Tie } from "./places.ts";

/** How many of the positions of a tie are among the first K. */
function reached({ above, tied }: Tie, k: number): number {
  return Math.min(tied, Math.max(0, k - above));
}

/** The expected number of relevant items among the first K. */
function hits({ ties }: Places, k: number): number {
  let sum = 0;
  for (const tie of ties) sum += (tie.relevant * reached(tie, k)) / tie.tied;
  return sum;
}

/**
 * HR@K, the probability that a relevant item is among the first K: 1 when a whole tie is, else, of the tie that the
 * cutoff divides after c of its t positions, 1 − C(t − m, c) / C(t, c).
 */
export function hitRate({ ties }: Places, k: number): number {
  // Whatever the order, a better tie that is whole within K has its relevant items there: only the first tie matters.
  const [{ tied, relevant }] = ties;
  const c = reached(ties[0], k);
  if (c > tied - relevant) return 1;
  let none = 1;
  for (let j = 0; j < relevant; j++) none *= (tied - c - j) / (tied - j);
  return 1 - none;
}

/** Precision@K: the share of the first K positions that hold relevant items, K being the divisor of short lists too. */
export function precision(places: Places, k: number): number {
  return hits(places, k) / k;
}

/** Recall@K: the share of all relevant items that are among the first K. */
export function recall(places: Places, k: number): number {
  return hits(places, k) / places.relevant;
}

/**
 * NDCG@K with binary relevance (Järvelin and Kekäläinen 2002): Σ 1/log₂(p + 1) over the positions p ≤ K of relevant
 * items, divided by the same sum of the best list, whose first min(K, relevant) positions are all relevant.
 */
export function ndcg({ ties, relevant }: Places, k: number): number {
  let gain = 0;
  for (const tie of ties) gain += (tie.relevant / tie.tied) * discounts(tie.above, tie.above + reached(tie, k));
  return gain / discounts(0, Math.min(k, relevant));
}

/** Σ 1/log₂(p + 1) over the positions from + 1 … to. */
function discounts(from: number, to: number): number {
  let sum = 0;
  for (let p = from + 1; p <= to; p++) sum += 1 / Math.log2(p + 1);
  return sum;
}

/**
 * MRR@K of one list: 1/p for the position p of the first relevant item, 0 when p > K. In a tie of t with m relevant
 * items the first of them is the j-th with probability C(t − j, m − 1) / C(t, m).
 */
export function reciprocalRank({ ties }: Places, k: number): number {
  const [{ above, tied, relevant }] = ties;
  let sum = 0;
  let probability = relevant / tied;
  for (let j = 1; j <= reached(ties[0], k) && probability > 0; j++) {
    sum += probability / (above + j);
    probability *= (tied - j - relevant + 1) / (tied - j);
  }
  return sum;
}

/**
 * AUC, of the whole list: the share of pairs of a relevant and another candidate in which the relevant one has the
 * greater score, ties counting half. NaN when all candidates are relevant.
 */
export function areaUnderCurve({ candidates, relevant, ties }: Places): number {
  const others = candidates - relevant;
  let right = 0;
  let relevantAbove = 0;
  for (const tie of ties) {
    const tiedOthers = tie.tied - tie.relevant;
    const othersAbove = tie.above - relevantAbove;
    right += tie.relevant * (others - othersAbove - tiedOthers / 2);
    relevantAbove += tie.relevant;
  }
  return right / (relevant * others);
}

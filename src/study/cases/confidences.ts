/** Numbers of implicit feedback as confidences: what they say of their pairs, and which of them are no interactions. */

import type { Dataset } from "../../data/dataset.ts";
import { placeOfPair, type ReadingOptions } from "../../data/reading.ts";
import { LetheError } from "../../errors.ts";
import { isConfident, tooConfident } from "../../objective/factorization.ts";
import { type Confidence, confidenceOf } from "../../objective/loss.ts";

/** How the numbers of a file were taken. */
export interface ConfidenceReport {
  /** Rows with a 0. */
  readonly zero: number;
  /** Rows below 0: their pairs are not liked. */
  readonly negative: number;
  /** Interactions with a confidence below 1, which is that of a pair without one. */
  readonly belowOne: number;
  /** The least confidence of an interaction. */
  readonly least: number;
}

/** The interactions of a file, and what is to be said of them. */
export interface ConfidentRows {
  readonly dataset: Dataset;
  readonly report: ConfidenceReport;
  readonly notes: readonly string[];
}

/**
 * The set without rows that are no interactions: those with a 0, where that has the confidence of a pair without one. Throws `bad-input`, naming
 * the file's line, where a confidence is too large, and where no interaction is left.
 */
export async function confidentRows(
  dataset: Dataset,
  confidence: Confidence,
  file: string,
  reading: ReadingOptions,
): Promise<ConfidentRows> {
  const { users, items, ratings } = dataset.interactions;
  const wrong = ratings.findIndex((r) => !isConfident(confidence, r));
  if (wrong >= 0) {
    const pair = [dataset.userIds.list[users[wrong]], dataset.itemIds.list[items[wrong]]] as const;
    throw tooConfident(await placeOfPair(file, reading, ...pair), confidence, ratings[wrong]);
  }
  const zeros = Uint32Array.from(ratings.keys()).filter((row) => ratings[row] === 0);
  const left = confidence.base === 1 ? dataset.interactions.without(zeros) : dataset.interactions;
  if (left.size === 0)
    throw new LetheError(
      "bad-input",
      `${file}: every number is 0, which is no interaction where the confidence is 1 + ${confidence.alpha}·r`,
      "name the column of the numbers with `columns`",
    );
  const found = Float64Array.from(left.ratings, (r) => confidenceOf(confidence, r));
  const report = {
    zero: zeros.length,
    negative: ratings.filter((r) => r < 0).length,
    belowOne: found.filter((c) => c < 1).length,
    least: found.reduce((least, c) => Math.min(least, c), Number.MAX_VALUE),
  };
  return { dataset: { ...dataset, interactions: left }, report, notes: notesOf(report, confidence) };
}

function notesOf({ zero, negative, belowOne, least }: ConfidenceReport, { base, alpha }: Confidence): string[] {
  const rows = (count: number, what: string) => (count === 1 ? `1 number is ${what}` : `${count} numbers are ${what}`);
  const ofZero =
    base === 1
      ? "no interaction, and left out"
      : base === 0
        ? "a confidence of 0, which takes the pair out of the sum"
        : `a pair that is not liked, with confidence ${base}`;
  return [
    ...(zero > 0 ? [`${rows(zero, "0")}: ${ofZero}`] : []),
    ...(negative > 0 ? [`${rows(negative, "below 0")}: not liked, with confidence ${base} + ${alpha}·|r|`] : []),
    ...(belowOne > 0
      ? [`confidences are as low as ${Number(least.toPrecision(3))}; a pair without an interaction has 1`]
      : []),
  ];
}

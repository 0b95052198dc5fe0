/** Whether two trainings on the same rows ended in one place: how far apart their scores are, and how far those of one optimum may be. */

import type { RunContext } from "../kernel/run-context.ts";
import { rmsDifference, spreadOf } from "../numeric/statistics.ts";
import { difference, largest } from "../numeric/vector.ts";
import { scoresOn } from "./scores-on.ts";
import { toleranceScale, usualTolerance } from "./tolerance.ts";
import type { TrainedModel } from "./trained-model.ts";

/** How far apart the scores of the training pairs are, in the unit of scores. */
export interface ScoreDistance {
  /** Root mean square. */
  readonly rms: number;
  readonly largest: number;
  /** Up to this RMS the two are one. */
  readonly limit: number;
  readonly isSame: boolean;
}

/** Scores of one optimum, each reached to a tolerance, differ by this share of their spread at most, for each unit of the tolerance over the scale of the data. */
const spreadPerTolerance = 1e-6 / usualTolerance;
/** What differs by more is not the same, however loose the tolerance. */
const mostShare = 1e-3;
/** Rounding, relative to the scores and where all of them vanish. */
const rounding = { share: 1e-9, least: 1e-12 };

/** Compares two models of the same rows under the same indices. */
export async function scoreDistance(one: TrainedModel, other: TrainedModel, run: RunContext): Promise<ScoreDistance> {
  const scores = await scoresOn(one, one.interactions, run);
  return distanceFrom(scores, one, other, run);
}

/** The same where the scores of the one are known. */
export async function distanceFrom(
  scores: Float64Array,
  one: TrainedModel,
  other: TrainedModel,
  run: RunContext,
): Promise<ScoreDistance> {
  const others = await scoresOn(other, one.interactions, run);
  const rms = rmsDifference(scores, others);
  const limit = limitOf(scores, Math.max(relativeTolerance(one), relativeTolerance(other)));
  return { rms, largest: largest(difference(scores, others)), limit, isSame: rms <= limit };
}

/**
 * At ‖∇J‖ ≤ τ parameters are within τ/κ of their optimum, κ the smallest curvature: a hundred times τ allows for curvatures down to 1e-2 of those
 * that the ratings give, and two optima differ by far more than a millionth of the spread, which is what it comes to at the usual tolerance.
 */
function limitOf(scores: Float64Array, tolerance: number): number {
  const share = Math.min(mostShare, spreadPerTolerance * Math.max(usualTolerance, tolerance));
  const size = rmsDifference(scores, new Float64Array(scores.length));
  return Math.max(share * spreadOf(scores), rounding.share * size, rounding.least);
}

/** The tolerance over the scale of the data; 0 of models that are minimised to none. */
function relativeTolerance({ smooth, shards = [], trainer }: TrainedModel): number {
  if (!trainer.toOptimum) return 0;
  const parts = [smooth, ...shards.map(({ model }) => model.smooth)].filter((part) => part !== undefined);
  return parts.reduce((most, { tolerance, objective }) => Math.max(most, tolerance / toleranceScale(objective)), 0);
}

/** Training again without what was forgotten, and whether it gives the model that forgetting made. */

import type { TrainStatus } from "../../training/factors/descent.ts";
import { trainedAgain } from "../../training/trained-again.ts";
import type { TrainedModel, TrainRun } from "../../training/trained-model.ts";
import { trainingEnd } from "../store/shards.ts";

/** How far a model is from the one that training again in the same way gives: same data, trainer, seed and tolerance. Scores are those of the training pairs. */
export interface Verification {
  /** Whether the scores differ by no more than two trainings to one optimum may, and that training ended as it was to end. */
  readonly equal: boolean;
  /** Whether that training ended as it was to end, so that there is something to compare with. */
  readonly finished: boolean;
  /** Root mean square, in the unit of scores. */
  readonly scoreDifference: number;
  readonly largestDifference: number;
  /** Up to this RMS the scores are the same. */
  readonly limit: number;
  /** J of that training; null for models without an objective. */
  readonly objective: number | null;
  /** J of the model less that. */
  readonly objectiveDifference: number | null;
  /** How that training ended. */
  readonly status: TrainStatus;
  readonly seconds: number;
}

/** Trains again on the rows of a model, and compares. */
export async function verificationOf(trained: TrainedModel, run: TrainRun): Promise<Verification> {
  const begun = performance.now();
  const { model, isFinished, isSame, rms, largest, limit } = await trainedAgain(trained, run);
  const [here, there] = [trainingEnd(trained), trainingEnd(model)];
  return {
    equal: isFinished && isSame,
    finished: isFinished,
    ...{ scoreDifference: rms, largestDifference: largest, limit },
    objective: there?.value ?? null,
    objectiveDifference: here && there ? here.value - there.value : null,
    status: there?.status ?? "converged",
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Whether a training that ended as it was to end gives another model. */
export function isRefuted(verification: Pick<Verification, "equal" | "finished"> | null | undefined): boolean {
  return verification?.equal === false && verification.finished;
}

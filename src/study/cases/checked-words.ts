/** What more trainings have shown, each in one plain sentence. */

import type { OtherStarts } from "../../training/other-starts.ts";
import type { Verification } from "./verification.ts";

/** Where the training of a model ended. */
export interface TrainingEnd {
  readonly status: string;
  readonly objective: number | null;
}

/** "verified: training again in the same way without them gives the same scores (RMS difference 3e-11)", or what it gives instead. */
export function verificationSentence(verification: Verification, isOptimum: boolean): string {
  const { equal, finished, scoreDifference, objectiveDifference, status } = verification;
  if (equal)
    return `verified: training again in the same way without them gives the same scores (RMS difference ${short(scoreDifference)})`;
  if (!finished)
    return `not verified: training again in the same way without them did not converge (${status}), so that there is nothing to compare with`;
  const j = objectiveDifference === null ? "" : `, its J is ${comparedJ(objectiveDifference)}`;
  const both = isOptimum && status === "converged" ? "; both are optima of the remaining data" : "";
  return `not the same: training again in the same way without them ends elsewhere: RMS difference of the scores ${short(scoreDifference)}${j}${both}`;
}

/** The gap is a difference of numbers of the size of J: below this share of them it tells nothing. */
const told = 1e-12;
const advice = " (`starts` 5 tries five)";

/** J of the training, from J of the model less that. */
function comparedJ(difference: number): string {
  if (difference === 0) return "the same";
  return `${difference > 0 ? "lower" : "higher"} by ${short(Math.abs(difference))}`;
}

/** Whether another start may end elsewhere: what was proved or seen, and never more. */
export function startsSentence(found: OtherStarts, { status, objective }: TrainingEnd): string {
  const { verdict, starts, elsewhere, unfinished, lowest, dualityGap } = found;
  const open = unfinished === 0 ? "" : `; ${unfinished} of ${starts} did not converge, and tell nothing`;
  if (verdict === "seen")
    return `another start ends elsewhere: ${elsewhere} of ${starts}, the lowest J ${(lowest ?? 0).toPrecision(10)} against ${(objective ?? 0).toPrecision(10)} here${open}`;
  if (verdict === "proved-not")
    return `no start can end lower, or as low with other scores: proved (duality gap ${short(Math.max(dualityGap ?? 0, told * Math.abs(objective ?? 0)))})${open}`;
  if (verdict === "not-seen") return `no other optimum was seen in ${starts - unfinished} random starts${open}`;
  return `another start may end elsewhere: not tried${status === "converged" ? open || advice : ", since this model is at no optimum"}`;
}

/** Two digits of a number of any size. */
function short(x: number): string {
  return String(Number(x.toPrecision(2)));
}

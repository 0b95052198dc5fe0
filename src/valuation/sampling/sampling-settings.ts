/** What valuers that draw samples can be told, and what they say of how drawing went. */

import { LetheError } from "../../errors.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { Estimate, EstimateRun } from "../../method/estimator.ts";
import type { Ends, Game } from "../games/game.ts";
import type { Drawing } from "./drawing.ts";
import { type Drawn, errorsBelow, ranksStable, type StoppingRule, trainingsAtMost, whileSeconds } from "./stopping.ts";

/** How many trainings, and which samples. */
export const drawSettings = {
  trainings: { summary: "trainings at most", standard: 4096, least: 1, whole: true },
  seed: { summary: "which samples are drawn", standard: 1, least: 0, whole: true },
} as const;

/** The same, and when fewer are enough. */
export const samplingSettings = {
  ...drawSettings,
  error: { summary: "stop once no standard error is above this; 0: go on", standard: 0, least: 0 },
  stability: {
    summary: "stop once ranks of all and of half the samples correlate like this; 0: go on",
    standard: 0,
    least: 0,
  },
} as const;

/** Values of those settings. */
export interface Sampling {
  readonly trainings: number;
  readonly seed: number;
  readonly error?: number;
  readonly stability?: number;
}

/** Throws `bad-input` on settings that cannot be. */
export function checkSampling({ stability = 0 }: Sampling): void {
  if (stability > 1)
    throw new LetheError("bad-input", `\`stability\` is ${stability}; expected a correlation, 0 to 1`, "try 0.95");
}

/** The rules that settings and the run's time stand for: whichever is met first ends the drawing. */
export function rulesOf(
  { trainings, error = 0, stability = 0 }: Sampling,
  { measures }: Pick<Game, "measures">,
  { secondsLeft }: EstimateRun,
): readonly StoppingRule[] {
  return [
    trainingsAtMost(trainings),
    ...(secondsLeft ? [whileSeconds(secondsLeft)] : []),
    ...(error > 0 ? [errorsBelow(error)] : []),
    ...(stability > 0 ? [ranksStable(stability, measures)] : []),
  ];
}

/** Throws `bad-input` where `trainings` does not pay for one sample. */
export function requireOneSample({ trainings }: Sampling, cost: number, what: string): void {
  if (trainings >= cost) return;
  throw new LetheError(
    "bad-input",
    `\`trainings\` is ${trainings}; ${what} takes ${cost}`,
    `set \`trainings\` to ${cost} at least, better to some dozen times that; or name fewer players`,
  );
}

/** What was drawn, as an estimate. Values that nothing was drawn for, or that are not defined, have a status that says so. */
export function estimateOf(drawn: Drawn, drawing: Drawing, what: string, ends?: Ends): Estimate {
  const values = drawn.values().slice();
  const status = worstOfAll(drawing.status, ends);
  // Nothing drawn is cut short; something drawn without an answer is an answer that there is not.
  const missing = drawn.units === 0 ? "step-limit" : "breakdown";
  return {
    values,
    statuses: Array.from(values, (value) => (Number.isNaN(value) ? missing : status)),
    standardErrors: drawn.standardErrors(),
    residual: 0,
    evaluations: drawing.sets,
    notes: [`${drawn.units.toLocaleString("en-US")} ${what}, until ${drawing.because}`],
  };
}

function worstOfAll(status: SolveStatus, ends?: Ends): SolveStatus {
  return ends === undefined ? status : worseStatus(status, worseStatus(ends.none.status, ends.all.status));
}

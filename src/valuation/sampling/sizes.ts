/** Subsets of one size: how many players a share is, and whether all of them are asked about or some are drawn. */

import { LetheError } from "../../errors.ts";
import { binomial, presentIn, setsOfSize } from "../games/sets.ts";
import { requireOneSample, type Sampling } from "./sampling-settings.ts";
import { subsetOfSize } from "./subset-draws.ts";

/** The nearest number of players that leaves somebody in and somebody out; a lone player is in. Throws `bad-input` on a share of 1 or more. */
export function sizeOf(share: number, players: number): number {
  if (share >= 1)
    throw new LetheError("bad-input", `\`share\` is ${share}; expected a number between 0 and 1`, "try 0.7");
  return Math.max(1, Math.min(players - 1, Math.round(share * players)));
}

/** Subsets of a size by number; `all` where they are all, each once. */
export interface ChoiceOfSize {
  readonly of: (unit: number) => Uint8Array;
  readonly all?: number;
}

/** All subsets of a size where they are asked for, or cost no more than `trainings`; else drawn ones. */
export function choiceOfSize(players: number, size: number, sampler: string, sampling: Sampling): ChoiceOfSize {
  const count = binomial(players, size);
  if (sampler === "all") requireOneSample(sampling, count, `all subsets of ${size} of ${players} players`);
  const drawn = sampler === "drawn" || (sampler === "auto" && count > sampling.trainings);
  if (drawn) return { of: (unit) => subsetOfSize(players, size, sampling.seed, unit) };
  const all = setsOfSize(players, size).map((set) => presentIn(set, players));
  return { of: (unit) => all[unit], all: count };
}

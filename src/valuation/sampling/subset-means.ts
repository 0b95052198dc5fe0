/** Values of all players from subsets that each serve everybody: means over those that a player is in, less those over the others. */

import type { Estimate, EstimateRun } from "../../method/estimator.ts";
import type { Game } from "../games/game.ts";
import { drawInto } from "./drawing.ts";
import { inAndOut } from "./in-and-out.ts";
import { checkSampling, estimateOf, rulesOf, type Sampling } from "./sampling-settings.ts";
import { subsetDraws } from "./subset-draws.ts";

/** Which subsets are asked about. */
export interface Subsets {
  /** The subset of a number. */
  readonly of: (unit: number) => Uint8Array;
  /** Where these are all that there are: how many. Then there are no standard errors. */
  readonly all?: number | undefined;
  /** Whether there is a measure a player, which counts for it alone. */
  readonly own?: boolean;
}

/** mean(ν | k in) − mean(ν | k out). NaN, with the status "breakdown", where a player was in all or in none. */
export async function fromSubsets(
  game: Game,
  { of, all, own = false }: Subsets,
  sampling: Sampling,
  run: EstimateRun,
): Promise<Estimate> {
  checkSampling(sampling);
  const tally = inAndOut(game.players, game.measures, own);
  const rules = rulesOf({ ...sampling, trainings: all ?? sampling.trainings }, game, run);
  const drawing = await drawInto(game, subsetDraws(of), tally, rules, run);
  const found = estimateOf(tally, drawing, "subsets");
  const known = all === drawing.sets ? { ...found, standardErrors: undefined, notes: [`all ${all} subsets`] } : found;
  const missing = tally.units === 0 ? 0 : found.values.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
  if (missing === 0) return known;
  const why = `${missing} of ${found.values.length} values are not determined: the player was in all subsets, or in none; \`trainings\` has more`;
  return { ...known, notes: [...(known.notes ?? []), why] };
}

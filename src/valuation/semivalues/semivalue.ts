/** Semivalues of a game: which sizes count, how subsets are drawn, and when it is enough, each chosen by itself. */

import type { Estimate, EstimateRun } from "../../method/estimator.ts";
import { endsOf, type Game } from "../games/game.ts";
import { singles } from "../games/sets.ts";
import { drawInto } from "../sampling/drawing.ts";
import { moments } from "../sampling/moments.ts";
import { checkSampling, estimateOf, requireOneSample, rulesOf, type Sampling } from "../sampling/sampling-settings.ts";
import { fromAllSubsets, mostExact } from "./all-subsets.ts";
import { derivatives } from "./derivatives.ts";
import { type Orders, permutations, type Walks } from "./permutations.ts";
import type { SizeLaw } from "./size-laws.ts";

/** How subsets are chosen; `auto`: all of them where they are few and `trainings` allows it. */
export const samplers = ["auto", "all", "permutations", "antithetic", "plain"] as const;

/** One of them. */
export type SamplerName = (typeof samplers)[number];

/** The setting that names it. */
export const samplerSetting = {
  summary: "how subsets are chosen; auto: all of them to 12 players, else permutations",
  standard: "auto" as SamplerName,
  choices: samplers,
} as const;

/** Whether all subsets are asked about. Throws `bad-input` where they are asked for and are too many. */
export async function takesAll(
  sampler: string,
  game: Game,
  { trainings }: Sampling,
  run: EstimateRun,
): Promise<boolean> {
  const { players } = game;
  // One player adds to nobody: there is nothing to draw.
  if (players === 1) return true;
  if (sampler === "auto") return players <= mostExact && 2 ** players <= trainings && (await hasTimeForAll(game, run));
  if (sampler !== "all") return false;
  const most = players <= mostBits ? trainings : 0;
  requireOneSample({ trainings: most, seed: 0 }, 2 ** players, `all subsets of ${players} players`);
  return true;
}

/** Subsets are numbered by their bits, and all are kept. */
const mostBits = 20;

/** Whether the seconds that are left are enough for all subsets, by how long one took with every other player. It is not trained again. */
async function hasTimeForAll(game: Game, { secondsLeft }: EstimateRun): Promise<boolean> {
  if (secondsLeft === undefined) return true;
  const before = secondsLeft();
  await game.value(Uint8Array.from({ length: game.players }, (_, k) => k % 2));
  const after = secondsLeft();
  return ((before - after) * 2 ** game.players) / game.width < after;
}

/** Values of all players under a law of sizes. */
export async function semivaluesOf(
  game: Game,
  law: SizeLaw,
  { sampler, ...sampling }: Sampling & { readonly sampler: string },
  run: EstimateRun,
): Promise<Estimate> {
  checkSampling(sampling);
  if (await takesAll(sampler, game, sampling, run)) return fromAllSubsets(game, singles(game.players), law, run);
  if (sampler === "plain") return fromDerivatives(game, singles(game.players), law, sampling, run);
  return fromPermutations(game, { law, seed: sampling.seed, antithetic: sampler === "antithetic" }, sampling, run);
}

/** Values as means over orders of the players. */
export async function fromPermutations(
  game: Game,
  orders: Orders,
  sampling: Sampling,
  run: EstimateRun,
  walks?: Walks,
): Promise<Estimate> {
  const cost = 2 + (orders.antithetic ? 2 : 1) * Math.max(1, game.players - 1);
  requireOneSample(sampling, cost, orders.antithetic ? "one pair of orders" : "one order of the players");
  const ends = await endsOf(game);
  const tally = moments(game.measures * game.players);
  const sampler = permutations(game, ends, orders, walks);
  const drawing = await drawInto(game, sampler, tally, rulesOf(sampling, game, run), run, 2);
  return estimateOf(tally, drawing, orders.antithetic ? "pairs of orders" : "orders", ends);
}

/** Values of sets as means over others that are drawn for each set by itself. */
export async function fromDerivatives(
  game: Game,
  sets: readonly (readonly number[])[],
  law: SizeLaw,
  sampling: Sampling,
  run: EstimateRun,
): Promise<Estimate> {
  const sampler = derivatives(game, sets, law, sampling.seed);
  requireOneSample(sampling, sampler.cost, "one sample of every value");
  const tally = moments(game.measures * sets.length);
  const drawing = await drawInto(game, sampler, tally, rulesOf(sampling, game, run), run);
  return estimateOf(tally, drawing, "samples of every value");
}

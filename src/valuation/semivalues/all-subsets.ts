/** Values from all subsets of the players: exact. */

import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { Estimate, EstimateRun } from "../../method/estimator.ts";
import type { Measured } from "../../method/trainings.ts";
import type { Game } from "../games/game.ts";
import { binomial, bitsOf, presentOf } from "../games/sets.ts";
import type { SizeLaw } from "./size-laws.ts";

/** With more players than this all subsets are too many. */
export const mostExact = 12;

/** The worth of every subset by its bits, `game.width` asked at the same time; undefined when the time was over before all were known. */
export async function worthOfAll(game: Game, run: EstimateRun): Promise<readonly Measured[] | undefined> {
  const count = 2 ** game.players;
  const worth: Measured[] = [];
  while (worth.length < count) {
    if (run.secondsLeft !== undefined && run.secondsLeft() <= 0) return undefined;
    await run.yieldToEventLoop();
    const masks = Array.from({ length: Math.min(game.width, count - worth.length) }, (_, j) => worth.length + j);
    worth.push(...(await Promise.all(masks.map((mask) => game.value(presentOf(mask, game.players))))));
    run.onProgress?.({ phase: "subsets", step: worth.length, fraction: worth.length / count });
  }
  return worth;
}

/**
 * Σ over the sets D of others of the size's share, over how many there are of that size, times what the players of each set add to D
 * together beyond their parts: Σ_T ⊆ A (−1)^(|A| − |T|) ν(D ∪ T). Of one player that is ν(D ∪ k) − ν(D).
 */
export async function fromAllSubsets(
  game: Game,
  sets: readonly (readonly number[])[],
  law: SizeLaw,
  run: EstimateRun,
): Promise<Estimate> {
  const worth = await worthOfAll(game, run);
  if (worth === undefined) return cutShort(game, sets.length);
  const values = new Float64Array(game.measures * sets.length);
  const weights = weightsBySet(sets, law, game.players);
  for (const [a, set] of sets.entries()) {
    await run.yieldToEventLoop();
    const members = set.reduce((bits, k) => bits | (1 << k), 0);
    worth.forEach((one, mask) => {
      const weight = weights[a][bitsOf(mask & ~members)] * (bitsOf(members & ~mask) % 2 === 0 ? 1 : -1);
      for (let m = 0; m < game.measures; m++) values[m * sets.length + a] += weight * one.values[m];
    });
  }
  return {
    values,
    statuses: new Array<SolveStatus>(values.length).fill(statusOf(worth)),
    residual: 0,
    evaluations: worth.length,
  };
}

/** The worst status of all. */
export function statusOf(worth: readonly Measured[]): SolveStatus {
  return worth.reduce((worst, { status }) => worseStatus(worst, status), "converged" as SolveStatus);
}

/** What is returned where the time was over before there was an answer. */
export function cutShort({ measures }: Game, count: number): Estimate {
  return {
    values: new Float64Array(measures * count).fill(Number.NaN),
    statuses: new Array<SolveStatus>(measures * count).fill("step-limit"),
    residual: 0,
    evaluations: 0,
    notes: ["the time was over before all subsets were trained; give more time, or draw some of them (`sampler`)"],
  };
}

function weightsBySet(sets: readonly (readonly number[])[], law: SizeLaw, players: number): readonly Float64Array[] {
  const bySize = new Map<number, Float64Array>();
  return sets.map(({ length }) => {
    const known = bySize.get(length) ?? law(length, players).map((share, s) => share / binomial(players - length, s));
    bySize.set(length, known);
    return known;
  });
}

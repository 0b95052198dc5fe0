/** Leave-m-out: what a player adds once m − 1 others have gone. */

import { LetheError } from "../errors.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { worseStatus } from "../linear/status.ts";
import type { Estimate, EstimateRun } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { randomOf } from "../numeric/random.ts";
import type { Game } from "./games/game.ts";
import { binomial, setsOfSize } from "./games/sets.ts";
import { runningMoments } from "./sampling/moments.ts";
import { drawnSubset } from "./sampling/shuffling.ts";
import { valuer } from "./valuer.ts";

/** Which groups are asked about. */
export interface Groups {
  readonly m: number;
  readonly groups: number;
  readonly trainings: number;
  readonly seed: number;
}

/**
 * mean over groups G of m players, k among them, of ν(all without G, and k) − ν(all without G) (survey §4.1). All groups where there are no more than
 * `groups`, else drawn ones. m = 1 is leave-one-out; the mean over m = 1 … n is the Shapley value. Cost: two trainings a group and player at most.
 */
export const leaveMOut = method({
  name: "leave-m-out",
  summary: "what a player adds where m − 1 others are gone too, on average over groups drawn with it",
  source: "definition; survey, §4.1",
  needs: [],
  settings: {
    m: { summary: "players that are left out together", standard: 2, least: 1, whole: true },
    groups: { summary: "groups a player, where there are more", standard: 16, least: 1, whole: true },
    trainings: { summary: "trainings at most", standard: 4096, least: 2, whole: true },
    seed: { summary: "of the groups that are drawn", standard: 1, least: 0, whole: true },
  },
  cost: "a pool",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(KnT)", further: "O(Kn)", space: "O(n + p)", storage: "O(Knp)" },
    traits: ["any model class", "group influence", "generative models", "high upfront cost", "amortizable"],
  },
  make: (groups) => valuer({ estimate: (game, run) => leaveMOutOf(game, groups, run) }),
});

/** Leave-m-out of a game. Throws `bad-input` for more players left out than there are, and for fewer trainings than a group a player takes. */
export async function leaveMOutOf(game: Game, groups: Groups, run: EstimateRun): Promise<Estimate> {
  const { players: n, measures } = game;
  checkPossible(n, groups);
  const found = runningMoments(measures * n);
  const trained = new Set<string>();
  let status: SolveStatus = "converged";
  const [plan, exact] = planOf(n, groups);
  let ended: string | undefined;
  for (const [step, { player, without }] of plan.entries()) {
    const full = without.slice();
    full[player] = 1;
    ended = whyEnded([without, full], trained, groups, step < n, run);
    if (ended !== undefined) break;
    await run.yieldToEventLoop();
    const [before, after] = await Promise.all([game.value(without), game.value(full)]);
    status = worseStatus(status, worseStatus(before.status, after.status));
    for (let m = 0; m < measures; m++) found.add(m * n + player, after.values[m] - before.values[m]);
    run.onProgress?.({ phase: "groups", step: step + 1, fraction: (step + 1) / plan.length });
  }
  return {
    values: found.values(),
    statuses: Array.from(found.counts, (count) => (count === 0 ? "step-limit" : status)),
    ...(exact && ended === undefined ? {} : { standardErrors: found.standardErrors() }),
    residual: 0,
    evaluations: trained.size,
    ...(ended === undefined ? {} : { notes: [`not all groups were asked: ${ended}`] }),
  };
}

/** A player, and who is there when its group has gone. */
interface Asked {
  readonly player: number;
  readonly without: Uint8Array;
}

/** One group of every player after the other, so that all have as many when it ends early; and whether these are all groups. */
function planOf(n: number, { m, groups, seed }: Groups): readonly [readonly Asked[], boolean] {
  const all = binomial(n - 1, m - 1) <= groups ? setsOfSize(n - 1, m - 1) : undefined;
  const count = all?.length ?? groups;
  const streams = Array.from({ length: n }, (_, k) => randomOf(seed, "leave m out", k));
  const plan = Array.from({ length: count }, (_, round) =>
    streams.map((random, player): Asked => {
      // Others are counted without the player.
      const others = all?.[round] ?? drawnSubset(n - 1, m - 1, random);
      const without = new Uint8Array(n).fill(1);
      without[player] = 0;
      for (const other of others) without[other < player ? other : other + 1] = 0;
      return { player, without };
    }),
  );
  return [plan.flat(), all !== undefined];
}

/** Why no more may be trained; the first group of every player is always asked. Else the sets count as trained. */
function whyEnded(
  sets: readonly Uint8Array[],
  trained: Set<string>,
  { trainings }: Groups,
  first: boolean,
  { secondsLeft }: EstimateRun,
): string | undefined {
  const after = new Set([...sets.map((present) => present.join(""))].filter((key) => !trained.has(key)));
  if (trained.size + after.size > trainings) return `\`trainings\` is ${trainings}`;
  if (!first && secondsLeft !== undefined && secondsLeft() <= 0) return "the time was over";
  for (const key of after) trained.add(key);
  return undefined;
}

function checkPossible(n: number, { m, trainings }: Groups): void {
  if (m > n)
    throw new LetheError(
      "bad-input",
      `\`m\` is ${m}, of ${n} players with rows`,
      `set \`m\` to ${n} or less, or name more players`,
    );
  if (trainings < 2 * n)
    throw new LetheError(
      "bad-input",
      `\`trainings\` is ${trainings}; one group of each of ${n} players takes up to ${2 * n}`,
      `set \`trainings\` to ${2 * n} at least, or name fewer players`,
    );
}

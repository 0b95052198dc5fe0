/** Leave-m-out: what a player adds once m − 1 others have gone. */

import { LetheError } from "../errors.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { worseStatus } from "../linear/status.ts";
import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import { checkWhole, method } from "../method/method.ts";
import { groupPlayers } from "../method/players.ts";
import { trainInTurn } from "../method/trainings.ts";
import { type Random, randomOf } from "../numeric/random.ts";
import { type Game, trainingGame } from "./game.ts";
import { inOrderOfIds, spreadOver } from "./player-order.ts";
import { summaryOfOne } from "./samples.ts";

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
    m: { summary: "players that are left out together", standard: 2, least: 1 },
    groups: { summary: "groups a player, where there are more", standard: 16, least: 1 },
    trainings: { summary: "trainings at most", standard: 4096, least: 2 },
    seed: { summary: "of the groups that are drawn", standard: 1, least: 0 },
  },
  cost: "a pool",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(KnT)", further: "O(Kn)", space: "O(n + p)", storage: "O(Knp)" },
    traits: ["any model class", "group influence", "generative models", "high upfront cost", "amortizable"],
  },
  make(groups): Estimator {
    checkWhole("m", groups.m);
    checkWhole("groups", groups.groups);
    checkWhole("trainings", groups.trainings);
    return {
      async prepare(model, run) {
        return {
          async estimate(measures, players) {
            const of = inOrderOfIds(model, players).filter((k) => players.rows(k).length > 0);
            const those = groupPlayers(Array.from(of, (k) => players.rows(k)));
            const opened = await (run.openTrainings ?? trainInTurn)(model, measures, run);
            try {
              const found = await leaveMOutOf(trainingGame(those, measures.length, opened), groups, run);
              return spreadOver(found, of, players.count, measures.length);
            } finally {
              await opened.close();
            }
          },
          close: () => {},
        };
      },
    };
  },
});

/** Leave-m-out of a game. Throws `bad-input` for more players left out than there are, and for fewer trainings than a group a player takes. */
export async function leaveMOutOf(game: Game, groups: Groups, run: EstimateRun): Promise<Estimate> {
  const { players: n, measures } = game;
  if (n === 0) return { values: new Float64Array(), statuses: [], residual: 0, evaluations: 0 };
  checkPossible(n, groups);
  const samples: number[][] = Array.from({ length: measures * n }, () => []);
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
    for (let m = 0; m < measures; m++) samples[m * n + player].push(after.values[m] - before.values[m]);
    run.onProgress?.({ phase: "groups", step: step + 1, fraction: (step + 1) / plan.length });
  }
  const found = samples.map(summaryOfOne);
  return {
    values: Float64Array.from(found, ({ mean }) => mean),
    statuses: samples.map(({ length }) => (length === 0 ? "step-limit" : status)),
    ...(exact && ended === undefined
      ? {}
      : { standardErrors: Float64Array.from(found, ({ standardError }) => standardError) }),
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
  const all = choicesUpTo(n - 1, m - 1, groups);
  const count = all?.length ?? groups;
  const streams = Array.from({ length: n }, (_, k) => randomOf(seed, "leave m out", k));
  const plan = Array.from({ length: count }, (_, round) =>
    streams.map((random, player): Asked => {
      // Others are counted without the player.
      const others = all?.[round] ?? drawn(n - 1, m - 1, random);
      const without = new Uint8Array(n).fill(1);
      without[player] = 0;
      for (const other of others) without[other < player ? other : other + 1] = 0;
      return { player, without };
    }),
  );
  return [plan.flat(), all !== undefined];
}

/** All ways of choosing `size` of `count`, undefined where they are more than `most`. */
function choicesUpTo(count: number, size: number, most: number): number[][] | undefined {
  let choices: number[][] = [[]];
  for (let taken = 0; taken < size; taken++) {
    choices = choices.flatMap((chosen) => {
      const from = (chosen.at(-1) ?? -1) + 1;
      return Array.from({ length: Math.max(0, count - size + taken + 1 - from) }, (_, k) => [...chosen, from + k]);
    });
    // Every choice so far can be completed.
    if (choices.length > most) return undefined;
  }
  return choices;
}

/** Some of 0 … count − 1, each set as likely as any other (Floyd 1987). */
function drawn(count: number, size: number, random: Random): Set<number> {
  const chosen = new Set<number>();
  for (let last = count - size; last < count; last++) {
    const one = random.integer(last + 1);
    chosen.add(chosen.has(one) ? last : one);
  }
  return chosen;
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

/** What happens when the players of the highest values go, those of the lowest, and players at random. */

import type { RunContext } from "../kernel/run-context.ts";
import { worseStatus } from "../linear/status.ts";
import { worstOf } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import type { Trainings } from "../method/trainings.ts";
import { inParts } from "../run.ts";
import { absentRows } from "../valuation/games/game.ts";
import { drawnOrder } from "./draws.ts";
import { asksNothing, type Judge, type JudgingSubject } from "./judge.ts";
import { meanOf, measuredSets, measuredWhole, unknownNote, valuesOf } from "./measured.ts";

/**
 * Curves of the mean of the measures over the share of players that is removed: those of the highest values first, those of the lowest first, and
 * in an order by chance (Ghorbani and Zou 2019, §4.3). The figure is the mean distance from the first curve up to the second. Cost: two trainings a step
 * and estimator.
 */
export const removalCurves = method({
  name: "removal",
  summary: "removes the players of the highest values, of the lowest, and at random, and measures",
  source: "Ghorbani and Zou (2019), §4.3",
  needs: [],
  settings: {
    most: { summary: "largest share of the players that is removed", standard: 0.5, above: 0 },
    steps: { summary: "shares on the way there", standard: 5, least: 1, fewest: 1 },
  },
  cost: "a pool",
  make: ({ most, steps }): Judge => ({
    question: "does the measure fall when the players of the highest values go, and rise when those of the lowest do?",
    better: "higher",
    work: () => ({ ...asksNothing, trainings: steps, trainingsEach: 2 * steps }),
    axis: "share of the players removed",
    unfit: ({ estimate }) => (estimate.sets === undefined ? undefined : "it values sets of players"),
    async prepare(subject, shared) {
      const { model, measures, players, openTrainings, seed } = subject;
      const trainings = await openTrainings(model, measures, shared);
      const sizes = sizesOf(players.count, most, steps);
      const start = meanOf(await measuredWhole(subject, shared));
      const curve = async (order: Uint32Array, phase: string, run: RunContext) => {
        const { values, status } = await removedInTurn(subject, trainings, order, sizes, phase, run);
        const means = sizes.map((size, k) => [size / players.count, meanOf(values.map((of) => of[k]))] as const);
        return { points: [[0, start] as const, ...means], status };
      };
      const random = await curve(await drawnOrder(subject, seed, ["removed"], shared), "at random", shared);
      return {
        figures: {},
        trainings: () => trainings.trained(),
        async of({ estimate }, own) {
          const order = orderOf(estimate.values, subject);
          const [first, second] = inParts(own, [1, 1]);
          const highest = await curve(order, "highest first", first);
          const lowest = await curve(order.slice().reverse(), "lowest first", second);
          const curves = { "highest first": highest.points, "lowest first": lowest.points, random: random.points };
          const between = (a: typeof random, b: typeof random) =>
            meanOf(sizes.map((_, k) => a.points[k + 1][1] - b.points[k + 1][1]));
          return {
            value: between(lowest, highest),
            figures: { randomOverHighest: between(random, highest), lowestOverRandom: between(lowest, random) },
            curves,
            status: [highest, lowest].reduce((worst, one) => worseStatus(worst, one.status), worstOf(estimate)),
            notes: unknownNote(estimate.values),
          };
        },
        close: () => trainings.close(),
      };
    },
  }),
});

/** How many players go, step by step; at least one, and each number once. */
function sizesOf(count: number, most: number, steps: number): number[] {
  const sizes = Array.from({ length: steps }, (_, k) => Math.round(((k + 1) / steps) * most * count));
  return [...new Set(sizes.map((size) => Math.min(count, Math.max(1, size))))];
}

function removedInTurn(
  { players, measures }: JudgingSubject,
  trainings: Trainings,
  order: Uint32Array,
  sizes: readonly number[],
  phase: string,
  run: RunContext,
) {
  const absentOf = absentRows(players);
  const sets = sizes.map((size) => {
    const present = new Uint8Array(players.count).fill(1);
    for (const k of order.subarray(0, size)) present[k] = 0;
    return absentOf(present);
  });
  return measuredSets(trainings, measures.length, sets, phase, run);
}

/** Players by the mean of their values over the measures, the highest first; of equals the first. */
function orderOf(values: Float64Array, { measures, players }: JudgingSubject): Uint32Array {
  const all = measures.map((_, m) => valuesOf(values, m, players.count));
  const means = Float64Array.from({ length: players.count }, (_, k) => meanOf(all.map((of) => of[k])));
  return Uint32Array.from(means.keys()).sort((a, b) => means[b] - means[a] || a - b);
}

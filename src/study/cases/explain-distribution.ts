/** How the influences of a pair's rows are distributed: few that carry it, or many (Cheng, Shen, Zhu and Huang 2019, §5). */

import type { SolveStatus } from "../../linear/solver.ts";
import type { PreparedEstimator } from "../../method/estimator.ts";
import { measureOf } from "../../method/measure.ts";
import { interactionPlayers } from "../../method/players.ts";
import { randomOf } from "../../numeric/random.ts";
import { scoreTarget } from "../../objective/target.ts";
import type { Section } from "../../report/part.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** Sizes of influences, and how unequal they are. */
export interface InfluenceDistribution {
  /** |influence| of every row of the user and of the item, largest first. */
  readonly magnitudes: readonly number[];
  /** The least number of rows that carry half of the sum; 0 where there is none. */
  readonly half: number;
  /** 0: all alike, towards 1: one row has it all; null where all are zero, or there are no rows. */
  readonly gini: number | null;
  /** Pairs of the user that were asked about, and those with rows whose numerics all ended well. */
  readonly explainable: { readonly pairs: number; readonly explained: number };
}

/** The distribution of influences. Gini: Σ(2k − n − 1)x_k/(n·Σx) over the sizes in ascending order. */
export function distributionOf(influences: ArrayLike<number>): Omit<InfluenceDistribution, "explainable"> {
  const magnitudes = Array.from(influences, Math.abs).sort((a, b) => b - a);
  const n = magnitudes.length;
  const sum = magnitudes.reduce((total, x) => total + x, 0);
  if (!(sum > 0)) return { magnitudes, half: 0, gini: null };
  let [half, carried] = [0, 0];
  while (carried < sum / 2) carried += magnitudes[half++];
  const weighed = magnitudes.reduce((total, x, k) => total + (n - 1 - 2 * k) * x, 0);
  return { magnitudes, half, gini: weighed / (n * sum) };
}

/** Whether a pair has rows, and all of their numerics ended well. */
export function isExplained(values: ArrayLike<number>, statuses: readonly SolveStatus[]): boolean {
  return (
    values.length > 0 &&
    statuses.every((status) => status === "converged") &&
    Array.from(values).every((value) => Number.isFinite(value))
  );
}

/** Items that the user is asked about beside the pair itself. */
const sampled = 20;

/** How many of the pair and of twenty others of its user (the same for the same ids) can be explained. */
export async function explainablePairs(
  prepared: PreparedEstimator,
  { interactions, keys, unit }: TrainedModel,
  user: number,
  item: number,
): Promise<InfluenceDistribution["explainable"]> {
  const { byUser, byItem, users, itemCount } = interactions;
  const random = randomOf(1, "explained pairs", keys.users[user]);
  const items = new Set([item]);
  for (let n = 0; n < sampled; n++) items.add(random.integer(itemCount));
  let explained = 0;
  for (const other of items) {
    const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
    const others = byItem.rows.slice(byItem.start[other], byItem.start[other + 1]).filter((row) => users[row] !== user);
    const rows = Uint32Array.from([...own, ...others]);
    if (rows.length === 0) continue;
    const measure = measureOf(scoreTarget(user, other), unit);
    const { values, statuses } = await prepared.estimate([measure], interactionPlayers(rows));
    if (isExplained(values, statuses)) explained++;
  }
  return { pairs: items.size, explained };
}

const bins = 10;

/** What a distribution shows: its numbers, and a histogram of the sizes in ten equal bins. */
export function distributionSection(found: InfluenceDistribution, unit: string): Section {
  const { magnitudes, half, gini, explainable } = found;
  const most = magnitudes[0] ?? 0;
  const counts = new Uint32Array(bins);
  for (const x of magnitudes) counts[Math.min(bins - 1, Math.floor((bins * x) / (most || 1)))]++;
  const edge = (k: number) => ((most * k) / bins).toPrecision(2);
  return {
    name: "distribution",
    question: "do few rows carry the score, or many?",
    parts: [
      {
        kind: "numbers",
        title: "",
        entries: [
          { label: "rows of the user and of the item", value: magnitudes.length },
          { label: "rows that carry half of all influence", value: half },
          { label: "Gini coefficient", value: gini ?? "none" },
          {
            label: "pairs of the user that can be explained",
            value: `${explainable.explained} of ${explainable.pairs}`,
          },
        ],
      },
      {
        kind: "bars",
        title: "rows by |influence|",
        measure: `rows whose |influence|, in ${unit} units, is in the range`,
        bars: Array.from(counts, (value, k) => ({ label: `${edge(k)} – ${edge(k + 1)}`, value })),
      },
    ],
  };
}

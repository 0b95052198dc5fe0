/** Does the interval of an influence hold the exact one, and how wide is it? MovieLens-100K, 8 factors, random rows. */

import { resolve } from "node:path";
import { readInteractions } from "../src/data/index.ts";
import { influenceInterval, leaveOneOut } from "../src/influence/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { PreparedEstimator } from "../src/method/estimator.ts";
import { interactionPlayers, measureOf } from "../src/method/index.ts";
import { randomOf } from "../src/numeric/random.ts";
import { median } from "../src/numeric/statistics.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { train } from "../src/training/factors/als-newton.ts";
import { dataFolder, jointObjective, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { modelFrom, runWith } from "./subjects.ts";
import { ms, percent } from "./timing.ts";

/** What is asked of every row: the pair that it rates, and another of its user. */
const pairs = ["its own pair", "a random pair of its user"] as const;

interface Found {
  /** Half the interval over the influence. */
  readonly widths: number[];
  /** How far the exact influence is outside. */
  readonly outside: number[];
  undetermined: number;
}

/** `rows=1000`; `factors=8`; `threads=1`. */
export async function run(args: readonly string[]): Promise<Report> {
  const option = (name: string, otherwise: number) =>
    Number(args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise);
  const factors = option("factors", 8);
  const { dataset } = await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"));
  const { interactions } = dataset;
  const kernels = openKernels({ threads: option("threads", 1) });
  const context = runWith(kernels);
  const objective = jointObjective(interactions, factors, penalties[factors] ?? 20);
  const model = modelFrom(await train(objective, { kernels: kernels.factors }));
  const begun = performance.now();
  const intervals = await influenceInterval.make({}).prepare(model, context);
  const preparing = performance.now() - begun;
  const exact = await leaveOneOut.make({ tolerance: 1e-10 }).prepare(model, context);
  const times = { intervals: [] as number[], exact: [] as number[] };
  const found = pairs.map((): Found => ({ widths: [], outside: [], undetermined: 0 }));
  const random = randomOf(1, "rows with intervals");
  const count = option("rows", 1000);
  for (let n = 0; n < count; n++) {
    const row = random.integer(interactions.size);
    const [user, item] = [interactions.users[row], interactions.items[row]];
    const other = random.integer(interactions.itemCount);
    const measures = [item, other].map((i) => measureOf(scoreTarget(user, i), "rating"));
    const ask = async (prepared: PreparedEstimator, clock: number[]) => {
      const from = performance.now();
      const estimate = await prepared.estimate(measures, interactionPlayers(Uint32Array.of(row)));
      clock.push(performance.now() - from);
      return estimate;
    };
    const { values, intervals: ends = new Float64Array(4) } = await ask(intervals, times.intervals);
    const truth = (await ask(exact, times.exact)).values;
    found.forEach((kept, m) => {
      const [lower, upper] = ends.subarray(2 * m, 2 * m + 2);
      if (Number.isNaN(lower)) kept.undetermined++;
      else {
        kept.widths.push((upper - lower) / 2 / Math.abs(values[m]));
        kept.outside.push(Math.max(lower - truth[m], truth[m] - upper, 0));
      }
    });
    if (n % 50 === 49) process.stderr.write(`${n + 1} rows\n`);
  }
  intervals.close();
  exact.close();
  await kernels.close();
  const quantile = (values: number[], at: number) => [...values].sort((a, b) => a - b)[Math.floor(at * values.length)];
  return {
    tables: [
      {
        id: "intervals",
        caption: `Intervals of ${count} random rows of MovieLens-100K against exact leave-one-out to ‖∇J‖ ≤ 1e-10; ${factors} factors, λ ${penalties[factors] ?? 20}, λ_b 5, mean learned; prepared in ${ms(preparing)}, then ${ms(median(times.intervals))} a row (leave-one-out ${ms(median(times.exact))})`,
        header: ["score of", "exact value outside", "not determined", "median half width", "90 %", "widest"],
        rows: found.map(({ widths, outside, undetermined }, m) => [
          pairs[m],
          `${outside.filter((x) => x > 0).length} of ${widths.length}`,
          percent(undetermined / count),
          ...[0.5, 0.9, 1 - 1e-9].map((at) => percent(quantile(widths, at))),
        ]),
      },
    ],
    figures: { pairs, found, preparing, times: { intervals: median(times.intervals), exact: median(times.exact) } },
  };
}

/** How long does one explanation take on MovieLens-1M, the model in memory? */

import { neighbourhood } from "../src/influence/fast/question.ts";
import { fastInfluence } from "../src/influence/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { randomOf } from "../src/numeric/random.ts";
import { median } from "../src/numeric/statistics.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { train } from "../src/training/factors/als-newton.ts";
import { fiaSplit, jointObjective, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { influences, modelFrom, runWith } from "./subjects.ts";
import { ms } from "./timing.ts";

/** Over 200 random test pairs: all of R_t explained. Lengths of the factors as arguments; 16 and 64 by default. */
export async function run(args: readonly string[]): Promise<Report> {
  const { training, test } = await fiaSplit();
  const kernels = openKernels();
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const factors of args.length > 0 ? args.map(Number) : [16, 64]) {
    // The time does not depend on how well the model is trained.
    const objective = jointObjective(training, factors, penalties[factors] ?? 20);
    const model = modelFrom(await train(objective, { kernels: kernels.factors, tolerance: 1, sweeps: 10 }));
    const prepared = await fastInfluence.make({}).prepare(model, runWith(kernels));
    const random = randomOf(1, "explained pairs");
    const times: number[] = [];
    const sizes: number[] = [];
    for (let k = 0; k < 220; k++) {
      const at = random.integer(test.users.length);
      const begun = performance.now();
      const near = neighbourhood(model.interactions, test.users[at], test.items[at]);
      const target = scoreTarget(test.users[at], test.items[at]);
      await influences(prepared, model, target, near.userRows);
      await influences(prepared, model, target, near.itemRows);
      // The first twenty warm the machine up.
      if (k >= 20) {
        times.push(performance.now() - begun);
        sizes.push(near.userRows.length + near.itemRows.length);
      }
    }
    const sorted = [...times].sort((a, b) => a - b);
    figures.push({
      factors,
      median: median(times),
      p95: sorted[Math.floor(0.95 * sorted.length)],
      rows: median(sizes),
    });
    rows.push([
      String(factors),
      ms(median(times)),
      ms(sorted[Math.floor(0.95 * sorted.length)]),
      String(median(sizes)),
    ]);
  }
  await kernels.close();
  return {
    tables: [
      {
        id: "explain",
        caption:
          "Explaining a score by all ratings of its user and its item, MovieLens-1M, 200 random test pairs, one thread",
        header: ["factors", "median", "95th percentile", "ratings explained (median)"],
        rows,
      },
    ],
    figures,
  };
}

/** How long does one explanation take on MovieLens-1M, the model in memory? */

import { fastInfluence } from "../src/influence/index.ts";
import { neighbourhood } from "../src/influence/question.ts";
import { randomOf } from "../src/numeric/random.ts";
import { median } from "../src/numeric/statistics.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { train } from "../src/training/train.ts";
import { fiaSplit, jointObjective, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { ms } from "./timing.ts";

/** Over 200 random test pairs: all of R_t explained. Lengths of the factors as arguments; 16 and 64 by default. */
export async function run(args: readonly string[]): Promise<Report> {
  const { training, test } = await fiaSplit();
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const factors of args.length > 0 ? args.map(Number) : [16, 64]) {
    // The time does not depend on how well the model is trained.
    const trained = await train(jointObjective(training, factors, penalties[factors] ?? 20), {
      tolerance: 1,
      sweeps: 10,
    });
    const prepared = await fastInfluence().prepare(trained);
    const random = randomOf(1, "explained pairs");
    const times: number[] = [];
    const sizes: number[] = [];
    for (let k = 0; k < 220; k++) {
      const at = random.integer(test.users.length);
      const begun = performance.now();
      const near = neighbourhood(trained.objective.interactions, test.users[at], test.items[at]);
      const target = scoreTarget(test.users[at], test.items[at]);
      await prepared.influence(target, near.userRows);
      await prepared.influence(target, near.itemRows);
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

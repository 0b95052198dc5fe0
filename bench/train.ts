/** How long does training to ‖∇J‖ ≤ 1e-8 take on MovieLens-1M, and how much of it is outside the kernels? */

import { selectKernels } from "../src/kernel/select.ts";
import { train } from "../src/training/factors/als-newton.ts";
import { jointObjective, movielens, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { ms, peakMemory, percent, sci, timed } from "./timing.ts";

/** Lengths of the factors as arguments; 8 and 16 by default. */
export async function run(args: readonly string[]): Promise<Report> {
  const lengths = args.length > 0 ? args.map(Number) : [8, 16];
  const { interactions } = await movielens();
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const factors of lengths) {
    const objective = jointObjective(interactions, factors, penalties[factors] ?? 20);
    for (const threads of [1, 2])
      for (const seed of [1, 2, 3]) {
        const { kernels, clock } = timed(selectKernels({ threads }));
        const phases: Record<string, number> = {};
        const begun = performance.now();
        const trained = await train(objective, {
          seed,
          kernels,
          onProgress: ({ phase }) => {
            phases[phase] = (phases[phase] ?? 0) + 1;
          },
        });
        const took = performance.now() - begun;
        const outside = 1 - clock.milliseconds / took;
        figures.push({
          factors,
          threads,
          seed,
          milliseconds: took,
          outside,
          objective: trained.value,
          status: trained.status,
          phases,
          calls: clock.calls,
        });
        rows.push([
          `${factors} (λ ${penalties[factors]})`,
          String(threads),
          String(seed),
          ms(took),
          percent(outside),
          `${phases.alternating ?? 0} + ${phases.newton ?? 0}`,
          String(clock.calls.schurProduct ?? 0),
          sci(trained.gradientNorm),
          trained.value.toPrecision(12),
        ]);
        process.stderr.write(`${rows.at(-1)?.join("  ")}\n`);
        await kernels.close();
      }
  }
  return {
    tables: [
      {
        id: "train",
        caption: `Training on MovieLens-1M (λ_b 5, mean learned) to ‖∇J‖ ≤ 1e-8; peak memory ${Math.round(peakMemory())} MiB`,
        header: [
          "factors",
          "threads",
          "seed",
          "time",
          "outside kernels",
          "sweeps + Newton steps",
          "products",
          "‖∇J‖",
          "J",
        ],
        rows,
      },
    ],
    figures,
  };
}

/** How long do 500 trainings on random halves of MovieLens-1M take through the pool, beside one process whose kernels have two threads? */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rows } from "../src/data/index.ts";
import { runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { type Measured, measureOf, type Trainings, trainInTurn } from "../src/method/index.ts";
import { randomOf } from "../src/numeric/random.ts";
import { meanFitTarget } from "../src/objective/target.ts";
import { openModel, planOf, storeModel, trainingPool, trainOn } from "../src/study/index.ts";
import { movielens } from "./movielens.ts";
import type { Report } from "./report.ts";
import { ms } from "./timing.ts";

/** The number of trainings, 500 by default, and of those that one process does, 10. */
export async function run(args: readonly string[]): Promise<Report> {
  const [count = 500, sample = 10] = args.map(Number);
  const place = await mkdtemp(join(tmpdir(), "lethe-half-sets-"));
  const kernels = openKernels({ threads: 2 });
  const context = runContext(kernels);
  try {
    const dataset = await movielens();
    const plan = planOf({ model: "mf", loss: "squared", settings: { factors: 8 }, l2: 15 });
    await storeModel(join(place, "model"), await trainOn(dataset, plan, { kernels }));
    const { trained, source } = await openModel(join(place, "model"), { kernels });
    const { users, items, ratings, size } = trained.interactions;
    // Every hundredth rating: what is measured costs little beside the training.
    const some = Array.from({ length: Math.floor(size / 100) }, (_, k) => 100 * k);
    const [ofUsers, ofItems, given] = [users, items, ratings].map((column) => some.map((row) => column[row]));
    const measures = [measureOf(meanFitTarget(ofUsers, ofItems, given), "rating²")];
    const halves = Array.from({ length: count }, (_, k) => half(size, k));
    const known = new Map([
      [
        measures[0],
        {
          kind: "fit" as const,
          held: {
            users: Uint32Array.from(ofUsers),
            items: Uint32Array.from(ofItems),
            ratings: Float64Array.from(given),
          },
        },
      ],
    ]);
    const pool = async () =>
      (await trainingPool({ source, workers: 2, place: join(place, "pool"), known }))(trained, measures, context);
    const ways = [
      await timedWay("the pool, two threads that train", await pool(), halves),
      await timedWay("the same again, from disk", await pool(), halves),
      await timedWay(
        "one process, kernels with two threads",
        await trainInTurn(trained, measures, context),
        halves.slice(0, sample),
      ),
    ];
    for (const { found } of ways)
      for (const [k, one] of found.entries())
        if (one.values[0] !== ways[0].found[k].values[0]) throw new Error(`half ${k} has other bytes`);
    return {
      tables: [
        {
          id: "half-sets",
          caption: `Training on random halves of MovieLens-1M (8 factors, λ 15) to ‖∇J‖ ≤ 1e-8, and measuring the fit of ${some.length} ratings; the same bytes each way`,
          header: ["", "trainings", "time", "a training", "CPU time of it", "500 of them"],
          rows: ways.map(({ name, seconds, cpu, found }) => [
            name,
            String(found.length),
            ms(1000 * seconds),
            ms((1000 * seconds) / found.length),
            ms((1000 * cpu) / found.length),
            ms((1000 * seconds * 500) / found.length),
          ]),
        },
      ],
      figures: ways.map(({ name, seconds, cpu, found }) => ({
        name,
        seconds,
        cpu,
        trainings: found.length,
        statuses: counted(found),
      })),
    };
  } finally {
    await kernels.close();
    await rm(place, { recursive: true, force: true });
  }
}

/** The rows of a random half, to be left out. */
function half(size: number, k: number): Rows {
  const random = randomOf(1, "half-sets", k);
  return Uint32Array.from({ length: size }, (_, row) => row).filter(() => random.uniform() < 0.5);
}

async function timedWay(name: string, trainings: Trainings, halves: readonly Rows[]) {
  const found: Measured[] = [];
  const begun = performance.now();
  const before = process.cpuUsage();
  const seconds = () => (performance.now() - begun) / 1000;
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < halves.length) {
      const k = next++;
      found[k] = await trainings.without(halves[k]);
      if (++done % 25 === 0) process.stderr.write(`${name}: ${done} in ${seconds().toFixed(1)} s\n`);
    }
  };
  await Promise.all(Array.from({ length: trainings.width }, work));
  const took = seconds();
  // Of all threads: what the machine does beside this plays no part.
  const { user, system } = process.cpuUsage(before);
  await trainings.close();
  return { name, seconds: took, cpu: (user + system) / 1e6, found };
}

function counted(found: readonly Measured[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of found) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

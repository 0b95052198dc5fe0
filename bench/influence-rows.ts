/** What does the influence of every row cost, once a target is solved for? MovieLens-100K, the model in memory. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readInteractions } from "../src/data/index.ts";
import { influenceFunction } from "../src/influence/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { interactionPlayers, measureOf, userPlayers } from "../src/method/index.ts";
import { randomOf } from "../src/numeric/random.ts";
import { median } from "../src/numeric/statistics.ts";
import { openObjective } from "../src/objective/session.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { train } from "../src/training/factors/als-newton.ts";
import { solverAt } from "../src/training/solve.ts";
import { dataFolder, jointObjective } from "./movielens.ts";
import type { Report } from "./report.ts";
import { modelFrom, runWith } from "./subjects.ts";
import { ms } from "./timing.ts";

/** Targets after the first ones, which warm the machine up. */
const targets = 30;
const warming = 5;

/** Twenty-five random pairs, 8 factors, λ 6: the first target and a further one; the solve and the rows; all rows in one call and one by one. */
export async function run(): Promise<Report> {
  const kernels = openKernels();
  const context = runWith(kernels);
  const objective = jointObjective(await movielens100k(), 8, 6);
  const model = modelFrom(await train(objective, { kernels: kernels.factors, tolerance: 1e-8 }));
  const { interactions, unit, smooth } = model;
  if (smooth?.status !== "converged") throw new Error(`training ended with ${smooth?.status}`);
  const random = randomOf(1, "asked pairs");
  const asked = Array.from({ length: targets }, () =>
    scoreTarget(random.integer(interactions.userCount), random.integer(interactions.itemCount)),
  );
  const every = Uint32Array.from({ length: interactions.size }, (_, row) => row);

  const first = await timeOf(async () => {
    const prepared = await influenceFunction.make({}).prepare(model, context);
    await prepared.estimate([measureOf(asked[0], unit)], interactionPlayers(every));
    prepared.close();
  });
  const prepared = await influenceFunction.make({}).prepare(model, context);
  const session = openObjective(smooth.objective, smooth.params, context);
  const solver = await solverAt(smooth.objective, smooth.params, context);
  const times: Record<"further" | "users" | "solve" | "rows" | "single", number[]> = {
    ...{ further: [], users: [], solve: [], rows: [], single: [] },
  };
  for (const target of asked) {
    const measures = [measureOf(target, unit)];
    times.further.push(await timeOf(() => prepared.estimate(measures, interactionPlayers(every))));
    times.users.push(await timeOf(() => prepared.estimate(measures, userPlayers(interactions))));
    const { gradient } = await session.targetGradient(target);
    times.solve.push(await timeOf(() => solver.solve(gradient)));
    const { value: direction } = await solver.solve(gradient);
    times.rows.push(await timeOf(() => session.rowsAlong(every, direction)));
    times.single.push(
      await timeOf(async () => {
        for (let row = 0; row < every.length; row++) await session.rowsAlong(every.subarray(row, row + 1), direction);
      }),
    );
  }
  solver.close();
  session.close();
  prepared.close();
  await kernels.close();
  const of = (name: keyof typeof times) => median(times[name].slice(warming));
  const line = (what: string, time: number, whole: number) => [what, ms(time), `${(time / whole).toFixed(2)} ×`];
  const caption = `Influence of all ${interactions.size} ratings of MovieLens-100K on a score, 8 factors, λ 6; median of ${targets - warming} pairs`;
  return {
    tables: [
      {
        id: "targets",
        caption: `${caption}: what a further target costs beside the first`,
        header: ["asked", "time", "beside the first target"],
        rows: [
          line("the first target, with what is prepared once", first, first),
          line("a further target, every rating", of("further"), first),
          line("a further target, every user", of("users"), first),
        ],
      },
      {
        id: "rows",
        caption: `${caption}: the solve, and what the ratings cost after it`,
        header: ["part", "time", "beside the solve"],
        rows: [
          line("the solve", of("solve"), of("solve")),
          line("all ratings in one call", of("rows"), of("solve")),
          line("all ratings one by one", of("single"), of("solve")),
        ],
      },
    ],
    figures: { first, ...Object.fromEntries(Object.keys(times).map((name) => [name, of(name as keyof typeof times)])) },
  };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function movielens100k() {
  const file = resolve(dataFolder, "ml-100k/ml-100k.inter");
  if (!existsSync(file)) throw new Error(`no ${file}: set LETHE_DATA to a folder that has ml-100k/ml-100k.inter`);
  return (await readInteractions(file)).dataset.interactions;
}

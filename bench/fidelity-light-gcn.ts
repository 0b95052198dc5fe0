/** How well do estimators agree with leave-one-out on a small LightGCN, by what its negatives do when a row goes? */

import { plantedFactors } from "../src/data/synthetic.ts";
import { influenceFunction, leaveOneOut, newtonStep } from "../src/influence/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { measureOf } from "../src/method/measure.ts";
import { interactionPlayers } from "../src/method/players.ts";
import { randomOf } from "../src/numeric/random.ts";
import { median, pearson, slopeThroughOrigin } from "../src/numeric/statistics.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { trainOn } from "../src/study/cases/train.ts";
import { planOf } from "../src/study/choosing/plan.ts";
import type { Report } from "./report.ts";
import { runWith } from "./subjects.ts";
import { percent } from "./timing.ts";

const sets = [1, 2, 3, 4, 5];

interface Agreement {
  readonly r: number;
  readonly slope: number;
  readonly error: number;
  /** Share of the numbers that both methods call converged. */
  readonly converged: number;
}

/** `pairs=4` a set; `rows=12` a pair. */
export async function run(args: readonly string[]): Promise<Report> {
  const option = (name: string, otherwise: number) =>
    Number(args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise);
  const kernels = openKernels({ threads: 1 });
  const context = runWith(kernels);
  const found = new Map<string, Agreement[]>();
  for (const honest of [false, true])
    for (const seed of sets) {
      const planted = plantedFactors({ users: 40, items: 30, ratings: 400, factors: 3, seed });
      const plan = planOf({
        ...{ model: "light-gcn", loss: "bpr", settings: { factors: 3, layers: 2 }, l2: 0.1, negatives: 2, honest },
        recipe: { optimizer: "newton" },
      });
      const { trained } = await trainOn(planted, plan, { seed, kernels, tolerance: 1e-8 });
      if (trained.smooth?.status !== "converged") throw new Error(`set ${seed} ended with ${trained.smooth?.status}`);
      const random = randomOf(seed, "pairs");
      const { size } = trained.interactions;
      const measures = Array.from({ length: option("pairs", 4) }, () =>
        measureOf(scoreTarget(random.integer(40), random.integer(30)), trained.unit),
      );
      const rows = Uint32Array.from(
        new Set(Array.from({ length: option("rows", 12) }, () => random.integer(size))),
      ).sort();
      const truth = await leaveOneOut.make({}).prepare(trained, context);
      const wanted = await truth.estimate(measures, interactionPlayers(rows));
      truth.close();
      for (const method of [influenceFunction, newtonStep]) {
        const prepared = await method.make({}).prepare(trained, context);
        const { values, statuses } = await prepared.estimate(measures, interactionPlayers(rows));
        prepared.close();
        const name = `${honest ? "honest" : "frozen"} ${method.name}`;
        const sure = [...values.keys()].filter(
          (k) => statuses[k] === "converged" && wanted.statuses[k] === "converged",
        );
        const [ours, truths] = [sure.map((k) => values[k]), sure.map((k) => wanted.values[k])];
        const agreement = {
          r: pearson(ours, truths),
          slope: slopeThroughOrigin(truths, ours),
          error: median(ours.map((x, k) => Math.abs(x - truths[k]) / Math.abs(truths[k]))),
          converged: sure.length / values.length,
        };
        found.set(name, [...(found.get(name) ?? []), agreement]);
        process.stderr.write(`set ${seed}, ${name}: R ${agreement.r.toFixed(3)}\n`);
      }
    }
  await kernels.close();
  const span = (values: readonly number[]) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  return {
    tables: [
      {
        id: "estimators",
        caption: `Influence of ${option("rows", 12)} random rows on the scores of ${option("pairs", 4)} random pairs, against leave-one-out; least and most of ${sets.length} planted sets of 40 users, 30 items and 400 interactions; 2 layers, 3 factors, λ .1, BPR with 2 negatives, trained by Newton's method to ‖∇J‖ ≤ 1e-8`,
        header: ["negatives", "estimator", "Pearson R", "slope", "median error", "converged"],
        rows: [...found].map(([name, list]) => [
          ...name.split(" "),
          span(list.map(({ r }) => r)),
          span(list.map(({ slope }) => slope)),
          percent(median(list.map(({ error }) => error))),
          percent(median(list.map(({ converged }) => converged))),
        ]),
      },
    ],
    figures: Object.fromEntries(found),
  };
}

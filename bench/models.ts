/** How fast are whole models? NeuMF's gradients and Hessian products, LightGCN's propagation and full ranking, side by side, on MovieLens-1M. */

import { splitPerUser } from "../src/data/index.ts";
import { rankingOfFactors } from "../src/evaluation/index.ts";
import type { MatrixKernels } from "../src/kernel/matrices/matrices.ts";
import { referenceMatrices } from "../src/kernel/matrices/reference.ts";
import { wasmMatrices } from "../src/kernel/matrices/wasm.ts";
import { randomOf } from "../src/numeric/random.ts";
import { objectiveOf, planOf, type TrainWishes } from "../src/study/choosing/plan.ts";
import { pause, timesMeant, versionCells, versionHeader, versionsOf } from "./alternating.ts";
import { movielens } from "./movielens.ts";
import type { Report } from "./report.ts";

/** Rows of a sample of an epoch; times and figures are of the sample. */
const sampleRows = 50_000;

/** A piece of work on a sample of an objective's units. */
interface Case {
  readonly what: string;
  readonly wishes: TrainWishes;
  /** A product with the Hessian instead of loss and gradient. */
  readonly product?: boolean;
  readonly flops: (pairs: number, edges: number) => number;
}

const neumf: TrainWishes = {
  model: "neumf",
  loss: "logistic",
  settings: { factors: 8, layers: [32, 16, 8], embedding: 16 },
};
const towerProducts = 32 * 32 + 32 * 16 + 16 * 8 + 16;

const cases: readonly Case[] = [
  {
    what: "NeuMF, 8 factors, layers 32-16-8: loss and gradient of 250,000 examples (a twentieth of an epoch)",
    wishes: neumf,
    // Three passes of the tower's and the output's multiply-adds.
    flops: (pairs) => 6 * pairs * towerProducts,
  },
  {
    what: "NeuMF, 8 factors, layers 32-16-8: a product with the Hessian of 250,000 examples",
    wishes: neumf,
    product: true,
    // Forward, tangent, reverse and the tangent of the reverse: one, two, two and five of them.
    flops: (pairs) => 20 * pairs * towerProducts,
  },
  ...[8, 64].map((factors) => ({
    what: `LightGCN, 3 layers, ${factors} factors: propagation forth and back, and the gradient of 250,000 triples`,
    wishes: { model: "light-gcn", loss: "bpr", settings: { factors, layers: 3 }, negatives: 5 },
    flops: (pairs: number, edges: number) => 2 * factors * (2 * 3 * 2 * edges + 3 * pairs),
  })),
];

/** Measures; `time=4000` milliseconds a case. */
export async function run(args: readonly string[]): Promise<Report> {
  const time = Number(args.find((arg) => arg.startsWith("time="))?.slice(5) ?? 4000);
  const dataset = await movielens();
  const two = wasmMatrices({ threads: 2 });
  two.ready();
  const versions: readonly MatrixKernels[] = [referenceMatrices(), wasmMatrices(), two];
  await pause();
  const measured = cases.map(({ what, wishes, product, flops }) => {
    const plan = planOf(wishes);
    const objectives = versions.map((matrices) => objectiveOf(plan, dataset, matrices));
    const [{ model, keys, units: all }] = objectives;
    const params = plan.settings.kind.start(model, randomOf(1), keys);
    const units = all.subarray(0, sampleRows);
    const { pairs } = objectives[0].examplesOf(units);
    const gradient = new Float64Array(params.length);
    const direction = params.slice();
    const runs = objectives.map((objective) => () => {
      // LightGCN remembers the propagation of the last parameters: other ones each time.
      params[0] += 1e-9;
      if (product) objective.addLossProduct(params, units, direction, gradient, "full");
      else objective.addLoss(params, units, gradient);
    });
    const work = flops(pairs.users.length, dataset.interactions.size);
    return { what, ...versionsOf(runs, work, time) };
  });
  const ranking = await fullRankings(dataset.interactions);
  return {
    tables: [
      {
        id: "models",
        caption: `Whole models on MovieLens-1M, ${timesMeant}`,
        header: ["work", ...versionHeader],
        rows: measured.map((one) => [one.what, ...versionCells(one)]),
      },
      {
        id: "ranking",
        caption:
          "Full ranking of MovieLens-1M: every user's fifth of the ratings among all 3,706 items, plain TypeScript, one thread",
        header: ["factors", "seconds", "GFLOP/s of the scores"],
        rows: ranking.map(({ factors, seconds, gigaflops }) => [
          String(factors),
          seconds.toFixed(2),
          gigaflops.toFixed(2),
        ]),
      },
    ],
    figures: { measured, ranking },
  };
}

async function fullRankings(interactions: Awaited<ReturnType<typeof movielens>>["interactions"]) {
  const split = splitPerUser(interactions, { fraction: 0.2 }, 1);
  const task = { train: interactions.select(split.train), test: interactions.select(split.test), k: 10 };
  return [8, 64].map((factors) => {
    const random = randomOf(1, "factors");
    const table = (rows: number) => Float64Array.from({ length: rows * factors }, () => random.normal());
    const form = { factors, userFactors: table(interactions.userCount), itemFactors: table(interactions.itemCount) };
    let seconds = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const begun = performance.now();
      rankingOfFactors(form, task);
      seconds = Math.min(seconds, (performance.now() - begun) / 1000);
    }
    const flops = 2 * interactions.userCount * interactions.itemCount * factors;
    return { factors, seconds, gigaflops: flops / seconds / 1e9 };
  });
}

/** How long do methods take that run a training again: the replay beside the training, and one target for all rows of MovieLens-100K. */

import { resolve } from "node:path";
import { readInteractions } from "../src/data/index.ts";
import { estimators } from "../src/influence/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { type GivenSettings, interactionPlayers, makeNamed, ownOf } from "../src/method/index.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { dataOf, planOf, type TrainWishes } from "../src/study/choosing/plan.ts";
import type { TrainedModel } from "../src/training/index.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";
import { influences, runWith } from "./subjects.ts";
import { ms } from "./timing.ts";

const recipe = { optimizer: "sgd", learningRate: 0.1, momentum: 0, epochs: 5, batch: 256 } as const;

/** What is trained. */
const subjects: Readonly<Record<string, TrainWishes>> = {
  "mf, squared": { model: "mf", recipe },
  "mf, squared, mean and biases": { model: "mf", settings: { biases: true, mean: "learned" }, recipe },
  "mf, bpr": { model: "mf", loss: "bpr", recipe },
  neumf: { model: "neumf", recipe },
};

/** A row of a network by itself takes too long for all of them. */
const alone = ["tracin-rp", "gas"];

const methods: readonly (readonly [string, GivenSettings])[] = [
  ["tracin-cp", {}],
  ["tracin-last", {}],
  ["tracin-we", {}],
  ["tracin-rp", {}],
  ["gas", {}],
];

/** Milliseconds of the processors that some work took, in all threads, and what it found: others on the machine hardly change them. */
async function timed<Found>(work: () => Promise<Found>) {
  const begun = process.cpuUsage();
  const found = await work();
  const { user, system } = process.cpuUsage(begun);
  return { found, time: (user + system) / 1000 };
}

/** Times of one method: prepared, then targets in turn; `own` where it has a way of its own. */
async function timesOf(model: TrainedModel, name: string, settings: GivenSettings, run: ReturnType<typeof runWith>) {
  const { interactions } = model;
  const rows = Uint32Array.from({ length: interactions.size }, (_, row) => row);
  const prepared = await timed(() => makeNamed(estimators, name, model, settings).prepare(model, run));
  const times: number[] = [];
  for (const row of [100, 2000, 30_000, 70_000]) {
    const target = scoreTarget(interactions.users[row], interactions.items[row + 1]);
    times.push((await timed(() => influences(prepared.found, model, target, rows))).time);
  }
  const own = prepared.found.own && (await timed(() => ownOf(prepared.found, model, interactionPlayers(rows)))).time;
  prepared.found.close();
  const further = times.slice(1).sort((a, b) => a - b)[1];
  return { prepare: prepared.time, first: times[0], further, own };
}

/** Parts of the names of models; all where there is none. */
export async function run(args: readonly string[]): Promise<Report> {
  const { dataset } = await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"));
  const kernels = openKernels();
  const context = runWith(kernels);
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const [subject, wishes] of Object.entries(subjects)) {
    if (args.length > 0 && !args.some((part) => subject.includes(part))) continue;
    const { trainer } = planOf(wishes);
    const { found: model, time: training } = await timed(() => trainer.train(dataOf(dataset), 1, context));
    for (const [name, settings] of methods) {
      if (wishes.model === "neumf" && alone.includes(name)) continue;
      const times = await timesOf(model, name, settings, context);
      const { prepare, first, further, own } = times;
      rows.push([
        ...[subject, name, ms(training), (prepare / training).toFixed(2), ms(first), ms(further)],
        own === undefined ? "" : ms(own),
      ]);
      figures.push({ subject, method: name, training, ...times });
    }
  }
  await kernels.close();
  return {
    tables: [
      {
        id: "traced",
        caption: `Ten checkpoints of a training of ${recipe.epochs} epochs in batches of ${recipe.batch}, one target, all ${dataset.interactions.size.toLocaleString("en")} rows of MovieLens-100K, 8 factors; time of all threads together; the last column: every row's fit of itself`,
        header: ["model", "method", "training", "replay ÷ training", "first target", "further target", "own"],
        rows,
      },
    ],
    figures,
  };
}

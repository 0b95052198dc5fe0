/** How long does each verb keep the event loop waiting? MovieLens-1M. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Dataset, readInteractions, splitPerUser } from "../src/data/index.ts";
import { estimators } from "../src/influence/index.ts";
import type { Kernels } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { interactionPlayers, makeNamed, measureOf } from "../src/method/index.ts";
import { median } from "../src/numeric/statistics.ts";
import { scoreTarget } from "../src/objective/target.ts";
import {
  auditModels,
  compareUnlearners,
  evaluate,
  explain,
  forgetRows,
  openModel,
  planOf,
  predictPairs,
  recommend,
  rowsOf,
  storeModel,
  trainOn,
  unlearnerNamed,
} from "../src/study/index.ts";
import { certify, nearby, type Smooth } from "../src/training/index.ts";
import { blame, gapsOf } from "./gaps.ts";
import { dataFolder, movielens, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { runWith } from "./subjects.ts";
import { ms } from "./timing.ts";

interface Measured {
  readonly verb: string;
  /** Of three runs each. */
  readonly milliseconds: readonly number[];
  readonly gaps: readonly number[];
  /** The most CPU time of the thread in one. */
  readonly cpu: readonly number[];
  /** Gaps of a process that waits, measured between the runs. */
  readonly idle: readonly number[];
}

/**
 * `why` also prints the calls on the stack during every longest gap above 100 ms; `threads=2`; `factors=8`; other words choose the verbs that contain one
 * of them.
 */
export async function run(args: readonly string[]): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), "lethe-bench-"));
  const option = (name: string, otherwise: number) =>
    Number(args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise);
  const threads = option("threads", 2);
  const factors = option("factors", 8);
  const kernels = openKernels({ threads });
  const words = args.filter((arg) => arg !== "why" && !arg.includes("="));
  const measured: Measured[] = [];
  try {
    for (const [verb, work] of await verbs(folder, kernels, factors)) {
      if (words.length > 0 && !words.some((word) => verb.includes(word))) continue;
      const one = await measure(verb, work);
      measured.push(one);
      process.stderr.write(`${cells(one).join("  ")}\n`);
      if (args.includes("why") && median(one.gaps) > 100)
        for (const line of await blame(work)) process.stderr.write(`    ${line}\n`);
    }
  } finally {
    await kernels.close();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    tables: [
      {
        id: "event-loop",
        caption: `The longest time without a turn of the event loop, median of three runs, by a timer of 1 ms in the same thread; the most CPU time of the thread in one, which other programs do not lengthen; and the gap of the same process while it waits, between the runs; MovieLens-1M without one rating of every user, ${factors} factors, λ ${penalties[factors]}, λ_b 5, mean learned, threads: ${threads}`,
        header: ["verb", "time", "longest gap", "of three", "longest in CPU time", "idle"],
        rows: measured.map(cells),
      },
    ],
    figures: measured,
  };
}

async function measure(verb: string, work: () => unknown): Promise<Measured> {
  const milliseconds: number[] = [];
  const gaps: number[] = [];
  const cpu: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < 3; round++) {
    idle.push((await gapsOf(() => pause(250))).longest);
    const begun = performance.now();
    const found = await gapsOf(work);
    milliseconds.push(performance.now() - begun);
    gaps.push(found.longest);
    cpu.push(found.cpu);
  }
  return { verb, milliseconds, gaps, cpu, idle };
}

function cells({ verb, milliseconds, gaps, cpu, idle }: Measured): string[] {
  const three = gaps.map((gap) => gap.toFixed(0)).join(", ");
  return [verb, ms(median(milliseconds)), ms(median(gaps)), `${three} ms`, ms(median(cpu)), ms(median(idle))];
}

/** The verbs, on a trained model and the models that forgetting makes of it. */
async function verbs(
  folder: string,
  kernels: Kernels,
  factors: number,
): Promise<readonly (readonly [string, () => unknown])[]> {
  const whole = await movielens();
  const split = splitPerUser(whole.interactions, { count: 1 }, 1);
  const dataset = { ...whole, interactions: whole.interactions.select(split.train) };
  const test = join(folder, "test.csv");
  await writeFile(test, csvOf({ ...whole, interactions: whole.interactions.select(split.test) }));
  const plan = planOf({ model: "mf", settings: { factors }, l2: penalties[factors], l2Bias: 5 });
  const original = await trainOn(dataset, plan, { kernels });
  const { trained } = original;
  const context = () => runWith(kernels);
  // A user and an item in the middle of their lists: 101 ratings or so.
  const [user, item] = [dataset.userIds.list[100], dataset.itemIds.list[200]];
  const rows = rowsOf(original, { users: [user] });
  const exact = unlearnerNamed("exact", trained);
  const models = {
    original,
    unlearned: (await forgetRows(original, rows, exact, { kernels })).model,
    retrained: (await forgetRows(original, rows, unlearnerNamed("retrain", trained), { kernels })).model,
  };
  const ofOneRow = async (method: string) => {
    const prepared = await makeNamed(estimators, method, trained).prepare(trained, context());
    const measure = measureOf(scoreTarget(100, 200), trained.unit);
    await prepared.estimate([measure], interactionPlayers(rows.slice(0, 1))).finally(() => prepared.close());
  };
  const { users, items } = dataset.interactions;
  const pairs = Array.from({ length: 100_000 }, (_, k) => k);
  const askedUsers = pairs.map((k) => dataset.userIds.list[users[k]]);
  const askedItems = pairs.map((k) => dataset.itemIds.list[items[k]]);
  const place = join(folder, "model");
  await storeModel(place, original);
  let stored = 0;
  return [
    ["read ratings.dat", () => readInteractions(resolve(dataFolder, "ml-1m/ratings.dat"))],
    ["train to the optimum", () => trainOn(dataset, plan, { kernels })],
    ["explain, fast-influence", () => explain(original, { user, item, kernels })],
    ["explain, influence-function", () => explain(original, { user, item, method: "influence-function", kernels })],
    ["newton-step, one row", () => ofOneRow("newton-step")],
    ["leave-one-out, one row", () => ofOneRow("leave-one-out")],
    ["forget one user, exact", () => forgetRows(original, rows, exact, { kernels })],
    ["forget one user, exact, with curvature", () => forgetRows(original, rows, exact, { kernels, curvature: true })],
    ["slow modes", async () => (await nearby(trained.smooth as Smooth, context())).close()],
    ["certify", () => certify(trained, context())],
    ["audit, all audits", () => auditModels(models, { kernels })],
    ["compare, two methods", () => compareUnlearners(original, { methods: ["exact", "sif"] }, { kernels })],
    ["evaluate, full ranking", () => evaluate(original, { test }, { kernels })],
    ["predict 100,000 pairs", () => predictPairs(original, askedUsers, askedItems)],
    ["recommend to one user", () => recommend(original, user, 10)],
    ["open the model folder", () => openModel(place, { kernels })],
    ["store the model", () => storeModel(join(folder, `stored ${stored++}`), original)],
  ];
}

function csvOf({ interactions, userIds, itemIds }: Dataset): string {
  const { users, items, ratings } = interactions;
  const lines = Array.from(ratings, (r, k) => `${userIds.list[users[k]]},${itemIds.list[items[k]]},${r}\n`);
  return `user,item,rating\n${lines.join("")}`;
}

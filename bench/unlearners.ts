/** Which unlearner may be trusted on matrix factorization? MovieLens-1M, to the optimum, random, core and edge users, every method beside retraining. */

import { splitPerUser } from "../src/data/splitting.ts";
import { type RunContext, runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { GivenSettings } from "../src/method/index.ts";
import type { ComparedMethod, Comparison } from "../src/study/cases/compare/comparison.ts";
import { compareUnlearners } from "../src/study/cases/compare.ts";
import { trainOn } from "../src/study/cases/train.ts";
import { planOf } from "../src/study/choosing/plan.ts";
import type { NamedModel } from "../src/study/store/model.ts";
import { movielens } from "./movielens.ts";
import type { Report } from "./report.ts";
import { ms, percent, sci } from "./timing.ts";

/** What is forgotten: core and edge users as many interactions as the random ones. */
const requests: readonly (readonly [string, string, GivenSettings])[] = [
  ["random users, 2.5 %", "random", { share: 0.025 }],
  ["random users, 5 %", "random", { share: 0.05 }],
  ["core users", "core", { share: 0.025, match: "interactions" }],
  ["edge users", "edge", { share: 0.025, match: "interactions" }],
];

/** Sweeps of the baseline, beside those that the first comparison has. */
const sweeps = [1, 10, 100];

interface Line {
  readonly set: string;
  readonly interactions: number;
  readonly label: string;
  readonly row: ComparedMethod;
}

/** Arguments: `only=2` takes the first two requests. The oracle is asked about three methods on the first request. */
export async function run(args: readonly string[]): Promise<Report> {
  const most = Number(args.find((arg) => arg.startsWith("only="))?.slice(5) ?? requests.length);
  const kernels = openKernels();
  const context = runContext(kernels);
  const whole = await movielens();
  const split = splitPerUser(whole.interactions, { fraction: 0.1 }, 1);
  const test = { ...whole, interactions: whole.interactions.select(split.test) };
  const plan = planOf({ model: "mf", settings: { factors: 8 }, l2: 15 });
  const named = await trainOn({ ...whole, interactions: whole.interactions.select(split.train) }, plan, context);
  const lines: Line[] = [];
  const floors: string[][] = [];
  for (const [set, request, settings] of requests.slice(0, most)) {
    const ask = (methods: readonly string[] | undefined, more: GivenSettings = {}, audits = ["loss-threshold"]) =>
      compareUnlearners(named, { request, settings: { ...settings, ...more }, methods, audits }, { ...context, test });
    const first = await ask(undefined);
    const add = (label: string, row: ComparedMethod, { request: { interactions } }: Comparison) => {
      lines.push({ set, interactions, label, row });
      process.stderr.write(`${set}: ${label}: ${JSON.stringify(row.left)}\n`);
    };
    for (const row of first.rows) if (row.method !== "warm-als") add(row.method, row, first);
    floors.push([
      set,
      ...["random", "test", "forgotten"].map((kind) => percent(first.reference.floor[kind] ?? Number.NaN)),
    ]);
    for (const count of sweeps) {
      const found = await ask(["warm-als"], { "warm-als.sweeps": count });
      add(`warm-als, ${count} ${count === 1 ? "sweep" : "sweeps"}`, found.rows[0], found);
    }
  }
  const oracle = await withOracle(named, test, context);
  await kernels.close();
  return {
    tables: [
      {
        id: "left",
        caption:
          "Forgetting on MovieLens-1M (9 of 10 ratings of every user), mf, 8 factors, λ 15, λ_b 5, everything to ‖∇J‖ ≤ 1e-8: what is left of the distance to the retrained model, and the loss-threshold attack",
        header: [
          "forgotten",
          "method",
          "left, random",
          "left, test",
          "left, forgotten",
          "top-10 shared",
          "‖∇J‖",
          "loss threshold",
          "time",
          "faster than retraining",
          "passes",
        ],
        rows: lines.map(({ set, interactions, label, row }) => [
          `${set} (${interactions.toLocaleString("en-US")})`,
          label,
          ...["random", "test", "forgotten"].map((kind) => percent(row.left[kind] ?? Number.NaN)),
          row.topItems.toFixed(3),
          row.gradientNorm === null ? "" : sci(row.gradientNorm),
          attackWords[row.audits["loss-threshold"]?.outcome ?? "open"],
          ms(1000 * row.seconds),
          row.times === null ? "" : `${row.times.toPrecision(3)}×`,
          row.passes.toFixed(0),
        ]),
      },
      {
        id: "floor",
        caption: "What a second retraining, from another seed, leaves of that distance",
        header: ["forgotten", "random", "test", "forgotten pairs"],
        rows: floors,
      },
      {
        id: "oracle",
        caption: "The membership oracle on three of them, random users, 2.5 %",
        header: ["method", "verdict"],
        rows: oracle.map(({ method, audits }) => [method, audits["membership-oracle"]?.text ?? ""]),
      },
    ],
    figures: { lines, oracle },
  };
}

/** What an attack says of a method, beside the retrained model. */
const attackWords = { good: "equivalent", bad: "different", open: "undecided" } as const;

async function withOracle(
  named: NamedModel,
  test: NonNullable<Parameters<typeof compareUnlearners>[2]>["test"],
  context: RunContext,
): Promise<readonly ComparedMethod[]> {
  const found = await compareUnlearners(
    named,
    {
      ...{ request: "random", settings: { share: 0.025 } },
      ...{ methods: ["scif", "influence-function", "exact"], audits: ["membership-oracle"] },
    },
    { ...context, test },
  );
  return found.rows;
}

/** Implicit feedback: does exact forgetting give the model that another seed would train, and what do contributions leave out? */

import { resolve } from "node:path";
import { type Interactions, interactionsOf, readInteractions } from "../src/data/index.ts";
import { contributions, leaveOneOut } from "../src/influence/index.ts";
import type { Kernels } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { keyedUniform, randomOf } from "../src/numeric/random.ts";
import { pearson, slopeThroughOrigin, spearman } from "../src/numeric/statistics.ts";
import { type Factorization, factorization } from "../src/objective/factorization.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { train } from "../src/training/factors/als-newton.ts";
import type { TrainedModel } from "../src/training/index.ts";
import { exact } from "../src/unlearning/index.ts";
import { dataFolder, movielens } from "./movielens.ts";
import type { Report } from "./report.ts";
import { influences, modelFrom, runWith } from "./subjects.ts";
import { ms, percent, sci, timed } from "./timing.ts";

/** The data, and settings at which seeds agree. */
const problems: readonly {
  name: string;
  factors: number;
  l2: number;
  alpha: number;
  read: () => Promise<Interactions>;
}[] = [
  { name: "lastfm-2k", factors: 8, l2: 20, alpha: 0.01, read: lastfm },
  { name: "MovieLens-1M, ratings from 4", factors: 8, l2: 40, alpha: 4, read: liked },
];

const sets: readonly [string, (row: number, set: Interactions) => boolean][] = [
  ["1 user", (row, { users }) => users[row] === 100],
  ["2.5 % of users", (row, { users }) => users[row] % 40 === 7],
  ["1 % of interactions", (row) => keyedUniform(1, row, 0, 0) < 0.01],
];

async function lastfm(): Promise<Interactions> {
  return (await readInteractions(resolve(dataFolder, "lastfm-2k/train.txt"), { duplicates: "sum" })).dataset
    .interactions;
}

/** Ratings of 4 and 5 as likes of 1. */
async function liked(): Promise<Interactions> {
  const { interactions } = await movielens();
  const rows = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter((k) => interactions.ratings[k] >= 4);
  const some = interactions.select(rows);
  return interactionsOf({ ...some, ratings: new Float64Array(rows.length).fill(1) });
}

/** `threads=2`; `l2=…`, `alpha=…`, `factors=…` for all sets; `only=lastfm`; `seeds` compares three seeds first. */
export async function run(args: readonly string[]): Promise<Report> {
  const option = (name: string) => args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  const threads = Number(option("threads") ?? 2);
  const kernels = openKernels({ threads });
  const rows: string[][] = [];
  const shares: string[][] = [];
  const figures: unknown[] = [];
  for (const problem of problems) {
    if (option("only") !== undefined && !problem.name.startsWith(option("only") ?? "")) continue;
    const l2 = Number(option("l2") ?? problem.l2);
    const alpha = Number(option("alpha") ?? problem.alpha);
    const factors = Number(option("factors") ?? problem.factors);
    const interactions = await problem.read();
    const objective = factorization(
      {
        factors,
        biases: false,
        mean: { kind: "fixed", value: 0 },
        l2,
        l2Bias: l2,
        regularizer: "table",
        confidence: { base: 1, alpha },
      },
      interactions,
    );
    const begun = performance.now();
    const trained = await train(objective, { seed: 1, kernels: kernels.factors });
    const milliseconds = performance.now() - begun;
    process.stderr.write(`${problem.name}: ${trained.status}, J ${trained.value}, ${ms(milliseconds)}\n`);
    if (args.includes("seeds"))
      for (const seed of [2, 3]) {
        const again = await train(objective, { seed, kernels: kernels.factors });
        process.stderr.write(`  seed ${seed}: ${again.status}, J ${again.value}\n`);
      }
    for (const [name, forgotten] of sets) {
      const chosen = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter((k) =>
        forgotten(k, interactions),
      );
      const figure = await measure(modelFrom(trained), objective.without(chosen), chosen, kernels);
      figures.push({ problem: problem.name, factors, l2, alpha, set: name, ...figure });
      rows.push([
        `${problem.name} (${factors} factors, λ ${l2}, α ${alpha})`,
        name,
        ms(figure.forget),
        figure.products > 0 ? `${figure.passes} + ${figure.products} products` : String(figure.passes),
        sci(figure.gradientNorm),
        ms(figure.scratch),
        percent(figure.forget / figure.scratch),
        sci(Math.abs(figure.objective - figure.scratchObjective) / figure.objective),
        sci(figure.largestDifference),
        `${figure.scope}, gap ${figure.gap?.toPrecision(2)}, σ₁/λ ${figure.sigmaRatio?.toPrecision(3)}`,
      ]);
      process.stderr.write(`${rows.at(-1)?.join("  ")}\n`);
    }
    const shared = await shareOut(modelFrom(trained), kernels);
    figures.push({ problem: problem.name, ...shared });
    shares.push([
      problem.name,
      sci(shared.worstSum),
      shared.pearson.toFixed(3),
      shared.spearman.toFixed(3),
      shared.slope.toFixed(2),
      String(shared.rows),
    ]);
  }
  await kernels.close();
  return { tables: tablesOf(rows, shares, threads), figures };
}

function tablesOf(rows: string[][], shares: string[][], threads: number): Report["tables"] {
  return [
    {
      id: "exact",
      caption: `Exact forgetting of implicit feedback (confidence 1 + α·r), everything to ‖∇J‖ ≤ 1e-8, ${threads} threads`,
      header: [
        "set",
        "forgotten",
        "exact",
        "passes",
        "‖∇J‖",
        "training again (another seed)",
        "exact / training",
        "relative difference of J",
        "largest difference of 1 M predictions",
        "certificate",
      ],
      rows,
    },
    {
      id: "contributions",
      caption:
        "Contributions of a user's interactions to the score of the top recommendation, beside exact leave-one-out, 30 users",
      header: [
        "set",
        "largest |sum − score|",
        "Pearson R with leave-one-out",
        "Spearman",
        "slope of leave-one-out on contributions",
        "interactions",
      ],
      rows: shares,
    },
  ];
}

async function measure(model: TrainedModel, retain: Factorization, rows: Uint32Array, kernels: Kernels) {
  const { kernels: watched, clock } = timed(kernels.factors);
  const ours = await exact.make({}).forget(model, rows, runWith(kernels, watched));
  const begun = performance.now();
  const again = await train(retain, { seed: 9, kernels: kernels.factors });
  const scratch = performance.now() - begun;
  return {
    rows: rows.length,
    forget: ours.milliseconds.forget,
    passes: clock.calls.relaxUsers ?? 0,
    products: clock.calls.schurProduct ?? 0,
    gradientNorm: ours.certificate.gradientNorm ?? Number.NaN,
    status: ours.model.smooth?.status,
    scope: ours.certificate.scope,
    gap: ours.certificate.dualityGap,
    sigmaRatio: ours.certificate.sigmaRatio,
    scratch,
    scratchStatus: again.status,
    scratchObjective: again.value,
    objective: ours.model.smooth?.value ?? Number.NaN,
    largestDifference: largestDifference(ours.model, modelFrom(again)),
  };
}

/** Over a million random pairs. */
function largestDifference(a: TrainedModel, b: TrainedModel): number {
  const { userCount, itemCount } = a.interactions;
  const random = randomOf(1, "pairs of predictions");
  const users = Uint32Array.from({ length: 1_000_000 }, () => random.integer(userCount));
  const items = Uint32Array.from({ length: 1_000_000 }, () => random.integer(itemCount));
  const x = a.scores({ users, items });
  const y = b.scores({ users, items });
  return x.reduce((most, s, k) => Math.max(most, Math.abs(s - y[k])), 0);
}

/** For 30 users with at most 40 interactions: contributions to the best new item, their sum, and leave-one-out of the five largest. */
async function shareOut(model: TrainedModel, kernels: Kernels) {
  const { byUser, items, itemCount, userCount } = model.interactions;
  const random = randomOf(1, "users of contributions");
  const sharing = await contributions.make({}).prepare(model, runWith(kernels));
  const truth = await leaveOneOut.make({ tolerance: 1e-7 }).prepare(model, runWith(kernels));
  const found: number[] = [];
  const exactly: number[] = [];
  let worstSum = 0;
  for (let users = 0; users < 30; ) {
    const user = random.integer(userCount);
    const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
    if (own.length === 0 || own.length > 40) continue;
    users++;
    const has = new Set(Array.from(own, (row) => items[row]));
    const all = Uint32Array.from({ length: itemCount }, (_, i) => i).filter((i) => !has.has(i));
    const ofAll = model.scores({ users: new Uint32Array(all.length).fill(user), items: all });
    const best = ofAll.reduce((top, s, k) => (s > ofAll[top] ? k : top), 0);
    const target = scoreTarget(user, all[best]);
    const { scores: parts } = await influences(sharing, model, target, own);
    worstSum = Math.max(worstSum, Math.abs(parts.reduce((sum, x) => sum + x, 0) - ofAll[best]));
    const largest = [...own.keys()]
      .sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]))
      .slice(0, 5)
      .sort((a, b) => a - b);
    const asked = Uint32Array.from(largest, (k) => own[k]);
    exactly.push(...(await influences(truth, model, target, asked)).scores);
    found.push(...largest.map((k) => parts[k]));
  }
  const [x, y] = [Float64Array.from(found), Float64Array.from(exactly)];
  return {
    worstSum,
    pearson: pearson(x, y),
    spearman: spearman(x, y),
    slope: slopeThroughOrigin(x, y),
    rows: x.length,
  };
}

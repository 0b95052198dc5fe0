/** What do training and exact forgetting cost where most rows have one to three ratings, by stored blocks and over the smaller side alone? */

import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Interactions, interactionsOf, readInteractions } from "../src/data/index.ts";
import type { Kernels } from "../src/kernel/run-context.ts";
import { runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { randomOf } from "../src/numeric/random.ts";
import { type Factorization, factorization } from "../src/objective/factorization.ts";
import { indexKeys } from "../src/objective/negatives.ts";
import { randomStart, train } from "../src/training/factors/als-newton.ts";
import { alternate } from "../src/training/factors/alternating.ts";
import { certifyFactors } from "../src/training/factors/certificate.ts";
import type { Descent } from "../src/training/factors/descent.ts";
import { newton } from "../src/training/factors/newton.ts";
import { type Optimum, relax, reoptimise, workedFrom } from "../src/training/factors/reoptimise.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";
import { peakMemory, percent, sci } from "./timing.ts";

/** The sets, each with the λ that follows from the data or one near it, and the rows whose users are forgotten, one at a time. */
const sets: Readonly<Record<string, { read: () => Promise<Interactions>; l2: number; rows: readonly number[] }>> = {
  "amazon-magazine": {
    read: async () => (await readInteractions(resolve(dataFolder, "amazon-magazine/ratings.tsv"))).dataset.interactions,
    l2: 7.1,
    rows: [1, 1000, 20_000],
  },
  planted: { read: async () => planted(30_000, 100_000, 250_000), l2: 8, rows: [1000, 20_000, 200_000] },
};

interface Way {
  train(objective: Factorization, kernels: Kernels): Promise<Optimum>;
  forget(retain: Factorization, params: Float64Array, kernels: Kernels): Promise<Optimum>;
}

const ways: Readonly<Record<string, Way>> = {
  "stored blocks": {
    train: (objective, kernels) =>
      workedFrom(objective, startOf(objective), { kernels: kernels.factors }, async (descent) => {
        await alternate(descent, 12, descent.tolerance);
        return newton(descent);
      }),
    forget: (retain, params, kernels) => workedFrom(retain, params, { kernels: kernels.factors }, relaxThenNewton),
  },
  "smaller side": {
    train: (objective, kernels) => train(objective, { kernels: kernels.factors }),
    forget: (retain, params, kernels) => reoptimise(retain, params, { kernels: kernels.factors }),
  },
};

const startOf = (objective: Factorization) => randomStart(objective, 1, indexKeys(objective.interactions).items);

async function relaxThenNewton(descent: Descent) {
  const relaxed = await relax(descent);
  return relaxed.gradientNorm <= descent.tolerance ? relaxed : newton(descent);
}

/** Users and items with planted tastes; every one of them has a rating, few have many, and no pair comes twice. */
function planted(userCount: number, itemCount: number, size: number): Interactions {
  const random = randomOf(1, "a thin set");
  const rank = 6;
  const tastes = Float64Array.from({ length: userCount * rank }, () => 0.6 * random.normal());
  const makes = Float64Array.from({ length: itemCount * rank }, () => random.normal());
  const [users, items, ratings] = [new Uint32Array(size), new Uint32Array(size), new Float64Array(size)];
  const seen = new Set<number>();
  for (let row = 0; row < size; ) {
    const user = row < userCount ? row : Math.floor(userCount * random.uniform() ** 1.5);
    const item = row < itemCount ? row : Math.floor(itemCount * random.uniform() ** 2.5);
    if (seen.size === seen.add(user * itemCount + item).size) continue;
    let score = 3.5 + 0.5 * random.normal();
    for (let f = 0; f < rank; f++) score += tastes[user * rank + f] * makes[item * rank + f];
    [users[row], items[row], ratings[row]] = [user, item, Math.min(5, Math.max(1, Math.round(score)))];
    row++;
  }
  return interactionsOf({ userCount, itemCount, users, items, ratings });
}

/** Seconds of processor time. */
async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; seconds: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6 };
}

/** One set, one way, in a process of its own, since memory is told of whole processes. */
async function measure(setName: string, wayName: string) {
  const { read, l2, rows } = sets[setName];
  const way = ways[wayName];
  const set = await read();
  const objective = factorization(
    { factors: 8, biases: true, mean: { kind: "learned" }, l2, l2Bias: 5, regularizer: "table" },
    set,
  );
  const kernels = openKernels({ threads: 1 });
  const training = await timed(() => way.train(objective, kernels));
  const { params } = training.result;
  const forgetting = async (wanted: (user: number) => boolean) => {
    const gone = Uint32Array.from({ length: set.size }, (_, row) => row).filter((row) => wanted(set.users[row]));
    const { result, seconds } = await timed(() => way.forget(objective.without(gone), params, kernels));
    return {
      ratings: gone.length,
      seconds,
      gradientNorm: result.gradientNorm,
      status: result.status,
      value: result.value,
    };
  };
  const one = [];
  for (const row of rows) one.push(await forgetting((user) => user === set.users[row]));
  const many = await forgetting((user) => user % 40 === 7);
  const memory = peakMemory();
  const certificate = await timed(() => certifyFactors(objective, params, 1e-8, runContext(kernels)));
  await kernels.close();
  const { value, gradientNorm, status } = training.result;
  return {
    ...{ set: setName, way: wayName, l2, size: set.size, userCount: set.userCount, itemCount: set.itemCount },
    ...{ training: { seconds: training.seconds, value, gradientNorm, status }, one, many, memory },
    certificate: certificate.seconds,
  };
}

/** Arguments: names of sets or of ways; all by default. */
export async function run(args: readonly string[]): Promise<Report> {
  const chosen = (all: Readonly<Record<string, unknown>>) => {
    const named = Object.keys(all).filter((name) => args.includes(name));
    return named.length > 0 ? named : Object.keys(all);
  };
  const figures: Awaited<ReturnType<typeof measure>>[] = [];
  for (const set of chosen(sets))
    for (const way of chosen(ways)) {
      const command = [...process.execArgv, fileURLToPath(import.meta.url), set, way];
      figures.push(
        JSON.parse(execFileSync(process.execPath, command, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })),
      );
      process.stderr.write(`${JSON.stringify(figures.at(-1))}\n`);
    }
  return {
    tables: [
      {
        id: "sparse",
        caption:
          "Thin sets, 8 factors, λ_b 5, mean learned, everything to ‖∇J‖ ≤ 1e-8: seconds of processor time, one thread, certificates apart. amazon-magazine: 89,689 ratings of 2,428 items by 72,098 users, λ 7.1; planted: 250,000 ratings of 100,000 items by 30,000 users, λ 8. One user is the median of three. By stored blocks is how sets that are not thin are trained and minimised",
        header: [
          "set, and how",
          "training",
          "one user",
          "of training",
          "2.5 % of users",
          "of training",
          "largest ‖∇J‖",
          "J of the training",
          "certificate",
          "peak memory",
        ],
        rows: figures.map(rowOf),
      },
    ],
    figures,
  };
}

function rowOf({ set, way, training, one, many, certificate, memory }: Awaited<ReturnType<typeof measure>>): string[] {
  const median = one.map(({ seconds }) => seconds).sort((a, b) => a - b)[1];
  const s = (seconds: number) => `${seconds.toFixed(1)} s`;
  return [
    `${set}, ${way}`,
    s(training.seconds),
    s(median),
    percent(median / training.seconds),
    s(many.seconds),
    percent(many.seconds / training.seconds),
    sci(Math.max(training.gradientNorm, many.gradientNorm, ...one.map(({ gradientNorm }) => gradientNorm))),
    training.value.toFixed(2),
    s(certificate),
    `${Math.round(memory)} MiB`,
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [set, way] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await measure(set, way)));
}

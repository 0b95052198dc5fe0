/** How fast do drawn semivalues come to what they estimate? 200 users of MovieLens-100K, errors against a run of ten times the budget. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readInteractions } from "../src/data/index.ts";
import { splitPerUser } from "../src/data/splitting.ts";
import { runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { EstimateRun } from "../src/method/estimator.ts";
import {
  type GivenSettings,
  type Measure,
  makeNamed,
  measureOf,
  type OpenTrainings,
  trainInTurn,
  userPlayers,
} from "../src/method/index.ts";
import type { Measured } from "../src/method/trainings.ts";
import { meanFitTarget } from "../src/objective/target.ts";
import { trainOn } from "../src/study/cases/train.ts";
import { planOf } from "../src/study/choosing/plan.ts";
import type { TrainedModel } from "../src/training/index.ts";
import { valuers } from "../src/valuation/index.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";
import { sci } from "./timing.ts";

/** Users 0 … 199 play; fifty more always stay. */
const players = 200;
const people = 250;

/** One method: what a sample costs, how many samples a run has, and how many runs of that length there are. */
interface Question {
  readonly label: string;
  readonly method: string;
  readonly settings: GivenSettings;
  /** Sets that are asked about before the first sample, and by each. */
  readonly before: number;
  readonly cost: number;
  /** Samples that the argument `longest` counts as one. */
  readonly unit: number;
  readonly runs: readonly (readonly [samples: number, runs: number])[];
}

const orders = {
  before: 2,
  cost: players - 1,
  unit: 1,
  runs: [
    [1, 8],
    [2, 6],
    [4, 4],
    [8, 3],
  ],
} as const;

/** All by orders of the players have the same orders, so that they share their trainings. */
const questions: readonly Question[] = [
  { label: "tmc-shapley, tolerance 0", method: "tmc-shapley", settings: { tolerance: 0 }, ...orders },
  { label: "tmc-shapley, tolerance 0.01", method: "tmc-shapley", settings: { tolerance: 0.01 }, ...orders },
  {
    label: "beta-shapley, α 4, β 1",
    method: "beta-shapley",
    settings: { alpha: 4, beta: 1, sampler: "permutations" },
    ...orders,
  },
  {
    label: "banzhaf, reuse",
    method: "banzhaf",
    settings: { sampler: "reuse" },
    ...{ before: 0, cost: 1, unit: 100 },
    runs: [
      [100, 6],
      [200, 4],
      [400, 3],
      [800, 3],
    ],
  },
];

interface Line {
  readonly label: string;
  readonly trainings: number;
  readonly runs: number;
  /** Root of the mean square over runs, players and measures, as a share of the reference's own. */
  readonly error: number;
  readonly seconds: number;
}

/** Arguments: `only=banzhaf` takes the questions that have this in their label, `longest=2` runs of so many orders (or hundreds of subsets) at most. */
export async function run(args: readonly string[]): Promise<Report> {
  const only = args.find((arg) => arg.startsWith("only="))?.slice(5) ?? "";
  const most = Number(args.find((arg) => arg.startsWith("longest="))?.slice(8) ?? 8);
  const kernels = openKernels({ threads: 1 });
  const context = runContext(kernels);
  const { model, measures } = await subject(context);
  const run: EstimateRun = { ...context, openTrainings: remembered() };
  const lines: Line[] = [];
  const references = new Map<string, Float64Array>();
  for (const whole of questions.filter(({ label }) => label.includes(only))) {
    const question = { ...whole, runs: whole.runs.filter(([samples]) => samples <= most * whole.unit) };
    const value = (samples: number, seed: number) => values(question, model, measures, run, samples, seed);
    const longest = Math.max(...question.runs.map(([samples]) => samples));
    const reference = await value(10 * longest, 1000);
    references.set(question.label, reference);
    for (const [samples, runs] of question.runs) {
      const begun = performance.now();
      let squares = 0;
      for (let seed = 1; seed <= runs; seed++) squares += squareOff(await value(samples, seed), reference) / runs;
      const error = Math.sqrt(squares / squareOff(reference, new Float64Array(reference.length)));
      const trainings = question.before + samples * question.cost;
      lines.push({ label: question.label, trainings, runs, error, seconds: (performance.now() - begun) / 1000 });
      process.stderr.write(`${JSON.stringify(lines.at(-1))}\n`);
    }
  }
  await kernels.close();
  return { tables: [errorTable(lines), ...biasTable(references)], figures: { lines } };
}

async function subject(context: EstimateRun): Promise<{ model: TrainedModel; measures: readonly Measure[] }> {
  const file = resolve(dataFolder, "ml-100k/ml-100k.inter");
  if (!existsSync(file)) {
    process.stderr.write(`no ${file}: set LETHE_DATA to a folder that has ml-100k/ml-100k.inter\n`);
    process.exit(2);
  }
  const { dataset } = await readInteractions(file);
  const rows = Uint32Array.from({ length: dataset.interactions.size }, (_, row) => row);
  const some = dataset.interactions.select(rows.filter((row) => dataset.interactions.users[row] < people));
  const split = splitPerUser(some, { fraction: 0.1 }, 1);
  const [training, test] = [some.select(split.train), some.select(split.test)];
  const plan = planOf({ model: "mf", settings: { factors: 1 }, l2: 10 });
  const { trained } = await trainOn({ ...dataset, interactions: training }, plan, { ...context, tolerance: 1 });
  const fitOf = (wanted: (user: number) => boolean) => {
    const held = Array.from({ length: test.size }, (_, row) => row).filter((row) => wanted(test.users[row]));
    const pick = (column: ArrayLike<number>) => held.map((row) => column[row]);
    return measureOf(meanFitTarget(pick(test.users), pick(test.items), pick(test.ratings)), "rating²");
  };
  return { model: trained, measures: [fitOf((user) => user < players), fitOf((user) => user >= players)] };
}

/** Trainings in this thread, each set once for all methods. */
function remembered(): OpenTrainings {
  const known = new Map<string, Promise<Measured>>();
  let opened: ReturnType<OpenTrainings> | undefined;
  return async (model, measures, context) => {
    opened ??= trainInTurn(model, measures, context);
    const trainings = await opened;
    return {
      ...trainings,
      without(rows) {
        const key = rows.join();
        const found = known.get(key) ?? trainings.without(rows);
        known.set(key, found);
        return found;
      },
      close: async () => {},
    };
  };
}

async function values(
  { method, settings, before, cost }: Question,
  model: TrainedModel,
  measures: readonly Measure[],
  run: EstimateRun,
  samples: number,
  seed: number,
): Promise<Float64Array> {
  const given = { ...settings, seed, trainings: before + samples * cost };
  const prepared = await makeNamed(valuers, method, model, given).prepare(model, run);
  const those = userPlayers(
    model.interactions,
    Array.from({ length: players }, (_, user) => user),
  );
  const found = await prepared.estimate(measures, those);
  prepared.close();
  return found.values;
}

function squareOff(values: Float64Array, reference: Float64Array): number {
  return values.reduce((sum, value, k) => sum + (value - reference[k]) ** 2, 0);
}

/** The slope of log error on log trainings, by least squares. */
function slopeOf(lines: readonly Line[]): number {
  const x = lines.map(({ trainings }) => Math.log(trainings));
  const y = lines.map(({ error }) => Math.log(error));
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const [mx, my] = [mean(x), mean(y)];
  return mean(x.map((one, k) => (one - mx) * (y[k] - my))) / mean(x.map((one) => (one - mx) ** 2));
}

function errorTable(lines: readonly Line[]) {
  return {
    id: "errors",
    caption: `Values of ${players} users of MovieLens-100K for the mean fit of held-out ratings, theirs and those of fifty people who stay; mf, 1 factor, λ 10, ‖∇J‖ ≤ 1: root mean square error against a run of ten times the longest budget, as a share of that run's root mean square`,
    header: ["method", "trainings at most", "runs", "error", "slope, log to log"],
    rows: lines.map(({ label, trainings, runs, error }) => [
      label,
      String(trainings),
      String(runs),
      error.toPrecision(3),
      slopeOf(lines.filter((one) => one.label === label)).toFixed(2),
    ]),
  };
}

/** What truncation takes: both references have the same orders. */
function biasTable(references: ReadonlyMap<string, Float64Array>) {
  const [whole, cut] = [0, 0.01].map((tolerance) => references.get(`tmc-shapley, tolerance ${tolerance}`));
  if (whole === undefined || cut === undefined) return [];
  const size = Math.sqrt(squareOff(whole, new Float64Array(whole.length)));
  const sum = (values: Float64Array, m: number) =>
    values.subarray(m * players, (m + 1) * players).reduce((total, value) => total + value, 0);
  return [
    {
      id: "bias",
      caption: "What a tolerance of 0.01 takes: the orders of the longest run, followed to their end and cut",
      header: ["measure", "sum of values, followed", "sum, cut", "distance of all values"],
      rows: ["fit of the players' ratings", "fit of those who stay"].map((label, m) => [
        label,
        sci(sum(whole, m)),
        sci(sum(cut, m)),
        `${((100 * Math.sqrt(squareOff(cut, whole))) / size).toFixed(1)} %`,
      ]),
    },
  ];
}

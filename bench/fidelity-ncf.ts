/** How well do estimators agree with leave-one-out on neural collaborative filtering, and where do their errors come from? MovieLens-100K. */

import { resolve } from "node:path";
import { readInteractions } from "../src/data/index.ts";
import { splitPerUser } from "../src/data/splitting.ts";
import { fastInfluence, influenceFunction, newtonStep } from "../src/influence/index.ts";
import type { RunContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { Estimator } from "../src/method/estimator.ts";
import { randomOf } from "../src/numeric/random.ts";
import { median, pearson, slopeThroughOrigin, spearman } from "../src/numeric/statistics.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { dataOf, planOf } from "../src/study/choosing/plan.ts";
import {
  minimise,
  nearby,
  refit,
  type Smooth,
  smoothModel,
  solverAt,
  type TrainedModel,
} from "../src/training/index.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";
import { influences, runWith } from "./subjects.ts";
import { ms, percent, sci } from "./timing.ts";

/** What is trained: smooth where a minimum is to be reached, and a perceptron with ReLU, whose minima lie in kinks. */
const models = {
  gmf: { model: "gmf", settings: { factors: 4 }, l2: 20 },
  mlp: { model: "mlp", settings: { layers: [8], embedding: 8, activation: "squareplus" }, l2: 30 },
  neumf: { model: "neumf", settings: { factors: 4, layers: [8], embedding: 4, activation: "squareplus" }, l2: 20 },
  "mlp-relu": { model: "mlp", settings: { layers: [8], embedding: 8 }, l2: 30 },
} as const;

/** Relative residual of solves. */
const solveTolerance = 1e-4;

/** Solves with the whole Hessian are long here: it is nearly singular along rotations of the factors. */
const solve = { tolerance: solveTolerance };
const estimators: readonly [string, Estimator][] = [
  ["fast-influence (embeddings, leverage)", fastInfluence.make({})],
  ["fast-influence-block (embeddings)", fastInfluence.make({ form: "block" })],
  ["fast-influence-network (both)", fastInfluence.make({ through: "network" })],
  ["influence-function", influenceFunction.make(solve)],
  ["influence-function, damping 1", influenceFunction.make({ ...solve, damping: 1 })],
  ["newton-step", newtonStep.make(solve)],
];

/** How much is asked for: what the argument of the same name changes. */
interface Effort {
  /** Random held-out pairs. */
  readonly pairs: number;
  /** Newton steps at most, in training and in leave-one-out. */
  readonly steps: number;
  readonly loo: number;
  /** Rows by which the two dearest sources are measured. */
  readonly rows: number;
}

/** A question with its answer. */
interface Asked {
  readonly user: number;
  readonly item: number;
  readonly row: number;
  readonly truth: number;
}

/** Compares estimators on one model. */
export async function fidelityOf(model: keyof typeof models, usual: Effort, args: readonly string[]): Promise<Report> {
  const option = (name: string, otherwise: number) =>
    Number(args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? otherwise);
  const effort: Effort = {
    pairs: option("pairs", usual.pairs),
    steps: option("steps", usual.steps),
    loo: option("loo", usual.loo),
    rows: option("rows", usual.rows),
  };
  const kernels = openKernels();
  const run = runWith(kernels);
  const trained = await trainedOn(model, effort.steps, run);
  const { status, gradientNorm, value } = smoothOf(trained);
  process.stderr.write(`${model}: ${status}, ‖∇J‖ ${sci(gradientNorm)}, J ${value.toPrecision(8)}\n`);
  const found = await compare(trained, effort, run);
  await kernels.close();
  const figures = { model, effort, gradientNorm, status, ...found };
  const rows = found.estimators.map(({ name, ...figure }) => [
    model,
    name,
    figure.pearson.toFixed(4),
    figure.spearman.toFixed(4),
    figure.slope.toFixed(3),
    percent(figure.error),
    ms(figure.milliseconds),
    figure.statuses,
  ]);
  const sources = found.sources.map(([source, value]) => [model, source, value]);
  return {
    tables: [
      {
        id: "estimators",
        caption: `Influence of the most influential row on the score of a random held-out pair, against leave-one-out by warm re-optimisation (${truths(found.asked)}; beside the same steps with the row); MovieLens-100K, squared loss on ratings, ${JSON.stringify(models[model].settings)}, λ ${models[model].l2}, trained to ‖∇J‖ ${sci(gradientNorm)}`,
        header: ["model", "estimator", "Pearson R", "Spearman", "slope", "median error", "a question", "solver"],
        rows,
      },
      {
        id: "sources",
        caption:
          "Where the errors come from, each measured alone; medians over the same rows, as a share of |leave-one-out|",
        header: ["model", "source", "size"],
        rows: sources,
      },
    ],
    figures,
  };
}

/** How leave-one-out ended. */
function truths(asked: readonly { readonly status: string; readonly milliseconds: number }[]): string {
  const converged = asked.filter(({ status }) => status === "converged").length;
  const time = median(Float64Array.from(asked, ({ milliseconds }) => milliseconds));
  return `${converged} of ${asked.length} converged to ‖∇J‖ ≤ 1e-6, ${ms(time)} each`;
}

function smoothOf({ smooth }: TrainedModel): Smooth {
  return smooth as Smooth;
}

async function trainedOn(name: keyof typeof models, maxSteps: number, run: RunContext): Promise<TrainedModel> {
  const { model, settings, l2 } = models[name];
  const { dataset } = await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"));
  const { train } = splitPerUser(dataset.interactions, { count: 1 }, 1);
  const plan = planOf({
    model,
    loss: "squared",
    settings,
    l2,
    l2Shared: l2,
    recipe: { epochs: 60, learningRate: 1e-2, decay: 0.95, batch: 512, polish: true },
  });
  const data = dataOf({ ...dataset, interactions: dataset.interactions.select(train) });
  let last = 0;
  return plan.trainer.train(data, 1, {
    ...run,
    tolerance: 1e-6,
    maxSteps,
    onProgress({ phase, step, objective: value, gradientNorm }) {
      if (phase !== "newton" || step === last) return;
      last = step;
      process.stderr.write(`${name} newton ${step}: J ${value}, ‖∇J‖ ${gradientNorm}\n`);
    },
  });
}

async function compare(trained: TrainedModel, effort: Effort, run: RunContext) {
  const { pairs: count, loo: looSteps } = effort;
  const { dataset } = await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"));
  const { test } = splitPerUser(dataset.interactions, { count: 1 }, 1);
  const { users, items } = dataset.interactions;
  const random = randomOf(1, "fidelity pairs");
  const pairs = Array.from({ length: count }, () => test[random.integer(test.length)]);
  const first = await fastInfluence.make({}).prepare(trained, run);
  const { objective, params, tolerance } = smoothOf(trained);
  // Warm, from wherever the model stands: leave-one-out trains a model again that did not converge.
  const near = await nearby(smoothOf(trained), run, { tolerance, maxSteps: looSteps });
  // Where training has not quite ended, it goes on while the row is away: the same steps with the row are what to compare with.
  const control = await minimise(objective, params, run, { tolerance, maxSteps: looSteps });
  const drifted = movedTo(trained, { ...smoothOf(trained), ...control });
  const asked: (Asked & { readonly status: string; readonly milliseconds: number })[] = [];
  for (const pair of pairs) {
    const [user, item] = [users[pair], items[pair]];
    const rows = neighbours(trained, user, item);
    const { scores } = await influences(first, trained, scoreTarget(user, item), rows);
    const row = rows[scores.reduce((top, x, k) => (Math.abs(x) > Math.abs(scores[top]) ? k : top), 0)];
    const begun = performance.now();
    const one = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
    const without = await near.without(Uint32Array.of(row));
    const { status } = without;
    const truth = drifted.scores(one)[0] - movedTo(trained, without).scores(one)[0];
    const milliseconds = performance.now() - begun;
    process.stderr.write(`leave-one-out ${asked.length + 1}: ${truth}, ${status}, ${ms(milliseconds)}\n`);
    asked.push({ user, item, row, truth, status, milliseconds });
  }
  near.close();
  const truths = Float64Array.from(asked, ({ truth }) => truth);
  const found = [];
  const estimates = new Map<string, Float64Array>();
  const stepDrift = await driftOfNewtonStep(trained, run);
  for (const [name, estimator] of estimators) {
    const begun = performance.now();
    const prepared = await estimator.prepare(trained, run);
    const values = new Float64Array(count);
    const statuses = new Map<string, number>();
    for (const [k, { user, item, row }] of asked.entries()) {
      const { scores, status } = await influences(prepared, trained, scoreTarget(user, item), Uint32Array.of(row));
      values[k] = scores[0] + (name === "newton-step" ? stepDrift({ user, item }) : 0);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    prepared.close();
    estimates.set(name, values);
    found.push({
      name,
      pearson: pearson(values, truths),
      spearman: spearman(values, truths),
      slope: slopeThroughOrigin(values, truths),
      error: median(values.map((x, k) => Math.abs(x / truths[k] - 1))),
      milliseconds: (performance.now() - begun) / count,
      statuses: [...statuses].map(([status, n]) => `${status} ${n}`).join(", "),
    });
    process.stderr.write(`${JSON.stringify(found.at(-1))}\n`);
  }
  return { estimators: found, sources: await errorSources(trained, effort, drifted, asked, estimates, run), asked };
}

/** How far one Newton step with the row moves a score: where training has not quite ended, a step without it does this as well. */
async function driftOfNewtonStep(trained: TrainedModel, run: RunContext) {
  const { objective, params } = smoothOf(trained);
  const gradient = new Float64Array(params.length);
  objective.evaluate(params, gradient);
  const solver = await solverAt(objective, params, run, solve);
  const { value } = await solver.solve(gradient).finally(() => solver.close());
  const moved = params.map((x, k) => x - value[k]);
  return ({ user, item }: { user: number; item: number }) => {
    const pair = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
    return objective.serving.at(moved, pair).scores[0] - objective.serving.at(params, pair).scores[0];
  };
}

/** The model with other parameters. */
function movedTo({ trainer, seed }: TrainedModel, smooth: Smooth): TrainedModel {
  return smoothModel({ ...smooth, trainer, seed });
}

function neighbours({ interactions }: TrainedModel, user: number, item: number): Uint32Array {
  const { byUser, byItem } = interactions;
  const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const others = byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]);
  return Uint32Array.from(new Set([...own, ...others])).sort();
}

/** The five sources of Bae et al. (2022), each by the one difference that it makes. */
async function errorSources(
  trained: TrainedModel,
  { rows, steps }: Effort,
  drifted: TrainedModel,
  asked: readonly Asked[],
  estimates: ReadonlyMap<string, Float64Array>,
  run: RunContext,
): Promise<[string, string][]> {
  const truths = Float64Array.from(asked, ({ truth }) => truth);
  const between = (a: Float64Array, b: Float64Array) =>
    percent(median(a.map((x, k) => Math.abs(x - b[k]) / Math.abs(truths[k]))));
  const of = (name: string) => estimates.get(name) ?? truths;
  const pairs = {
    users: Uint32Array.from(asked, ({ user }) => user),
    items: Uint32Array.from(asked, ({ item }) => item),
  };
  const [x, y] = [trained.scores(pairs), drifted.scores(pairs)];
  const tight = await influenceFunction.make({ tolerance: 1e-8 }).prepare(trained, run);
  const solved = of("influence-function").slice(0, rows);
  for (const [k, { user, item, row }] of asked.slice(0, rows).entries())
    solved[k] = (await influences(tight, trained, scoreTarget(user, item), Uint32Array.of(row))).scores[0];
  tight.close();
  return [
    [
      "non-convergence: the scores move so far when nothing is removed and training goes on",
      percent(median(x.map((s, k) => Math.abs(s - y[k]) / Math.abs(truths[k])))),
    ],
    [
      "linearization: influence-function against a Newton step without the row",
      between(of("influence-function"), of("newton-step")),
    ],
    [
      "beyond one Newton step: newton-step against leave-one-out (kinks, far optima)",
      between(of("newton-step"), truths),
    ],
    ["proximity: damping 1 against none", between(of("influence-function, damping 1"), of("influence-function"))],
    [`solver: a residual of 1e-4 against 1e-8, ${rows} rows`, between(of("influence-function").slice(0, rows), solved)],
    ["warm-start gap", await warmStartGap(trained, asked.slice(0, rows), steps, run)],
  ];
}

/** Retrained from scratch, by the same recipe and seed, against re-optimised from where the model stands; on a few rows. */
async function warmStartGap(
  trained: TrainedModel,
  asked: readonly Asked[],
  maxSteps: number,
  run: RunContext,
): Promise<string> {
  const gaps: number[] = [];
  for (const { user, item, row, truth } of asked) {
    const pair = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
    const { tolerance } = smoothOf(trained);
    const scratch = await refit(trained, Uint32Array.of(row), trained.seed, { ...run, tolerance, maxSteps });
    const found = trained.scores(pair)[0] - scratch.scores(pair)[0];
    gaps.push(Math.abs(found - truth) / Math.abs(truth));
  }
  return `${percent(median(gaps))} (retraining from scratch, ${asked.length} rows)`;
}

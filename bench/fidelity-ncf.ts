/** How well do estimators agree with leave-one-out on neural collaborative filtering, and where do their errors come from? MovieLens-100K. */

import { resolve } from "node:path";
import { readInteractions } from "../src/data/index.ts";
import { splitPerUser } from "../src/data/splitting.ts";
import type { ScoredEstimator } from "../src/influence/index.ts";
import {
  scoredFastInfluence,
  scoredInfluenceFunction,
  scoredLeaveOneOut,
  scoredNewtonStep,
} from "../src/influence/index.ts";
import { randomOf } from "../src/numeric/random.ts";
import { median, pearson, slopeThroughOrigin, spearman } from "../src/numeric/statistics.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { objectiveOf, scoredPlan } from "../src/study/plan.ts";
import { minimiseScored, type TrainedScored, trainScored } from "../src/training/index.ts";
import { scoredSolver } from "../src/training/scored/solve.ts";
import { scorerOf } from "../src/training/trained.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";
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
const estimatorsBy = (solve: { tolerance: number; maxSteps: number }): readonly [string, ScoredEstimator][] => [
  ["fast-influence (embeddings, leverage)", scoredFastInfluence()],
  ["fast-influence-block (embeddings)", scoredFastInfluence({ leverage: false })],
  ["fast-influence-network (both)", scoredFastInfluence({ network: true, solve })],
  ["influence-function", scoredInfluenceFunction(solve)],
  ["influence-function, damping 1", scoredInfluenceFunction({ ...solve, damping: 1 })],
  ["newton-step", scoredNewtonStep(solve)],
];

/** How much is asked for: what the argument of the same name changes. */
interface Effort {
  /** Random held-out pairs. */
  readonly pairs: number;
  /** Newton steps at most, in training and in leave-one-out. */
  readonly steps: number;
  readonly loo: number;
  /** Steps of a solve with the whole Hessian. */
  readonly solve: number;
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
    solve: option("solve", usual.solve),
    rows: option("rows", usual.rows),
  };
  const trained = await trainedOn(model, effort.steps);
  const told = `${model}: ${trained.status}, ‖∇J‖ ${sci(trained.gradientNorm)}, J ${trained.value.toPrecision(8)}`;
  process.stderr.write(`${told}\n`);
  const found = await compare(trained, effort);
  const figures = { model, effort, gradientNorm: trained.gradientNorm, status: trained.status, ...found };
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
        caption: `Influence of the most influential row on the score of a random held-out pair, against leave-one-out by warm re-optimisation (${truths(found.asked)}; beside the same steps with the row); MovieLens-100K, squared loss on ratings, ${JSON.stringify(models[model].settings)}, λ ${models[model].l2}, trained to ‖∇J‖ ${sci(trained.gradientNorm)}`,
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

async function trainedOn(name: keyof typeof models, maxSteps: number): Promise<TrainedScored> {
  const { model, settings, l2 } = models[name];
  const { dataset } = await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"));
  const { train } = splitPerUser(dataset.interactions, { count: 1 }, 1);
  const plan = scoredPlan({
    model,
    loss: "squared",
    settings,
    l2,
    l2Shared: l2,
    recipe: { epochs: 60, learningRate: 1e-2, decay: 0.95, batch: 512, polish: true },
  });
  const objective = objectiveOf(plan, { ...dataset, interactions: dataset.interactions.select(train) });
  let last = 0;
  return trainScored(objective, plan.recipe, {
    seed: 1,
    tolerance: 1e-6,
    maxSteps,
    onProgress({ phase, step, objective: value, gradientNorm }) {
      if (phase !== "newton" || step === last) return;
      last = step;
      process.stderr.write(`${name} newton ${step}: J ${value}, ‖∇J‖ ${gradientNorm}\n`);
    },
  });
}

async function compare(trained: TrainedScored, effort: Effort) {
  const { pairs: count, loo: looSteps } = effort;
  const { dataset } = await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"));
  const { test } = splitPerUser(dataset.interactions, { count: 1 }, 1);
  const { users, items } = dataset.interactions;
  const random = randomOf(1, "fidelity pairs");
  const pairs = Array.from({ length: count }, () => test[random.integer(test.length)]);
  const first = await scoredFastInfluence().prepare(trained);
  const { tolerance } = trained;
  const exact = await scoredLeaveOneOut({ tolerance, maxSteps: looSteps }).prepare(trained);
  // Where training has not quite ended, it goes on while the row is away: the same steps with the row are what to compare with.
  const control = await minimiseScored(trained.objective, trained.params, { tolerance, maxSteps: looSteps });
  const drifted = scorerOf({ ...trained, params: control.params });
  const scored = scorerOf(trained);
  const asked: (Asked & { readonly status: string; readonly milliseconds: number })[] = [];
  for (const pair of pairs) {
    const [user, item] = [users[pair], items[pair]];
    const near = neighbours(trained, user, item);
    const { scores } = await first.influence(scoreTarget(user, item), near);
    const row = near[scores.reduce((top, x, k) => (Math.abs(x) > Math.abs(scores[top]) ? k : top), 0)];
    const begun = performance.now();
    const one = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
    const drift = drifted(one)[0] - scored(one)[0];
    const { scores: moved, status } = await exact.influence(scoreTarget(user, item), Uint32Array.of(row));
    const truth = moved[0] + drift;
    const milliseconds = performance.now() - begun;
    process.stderr.write(`leave-one-out ${asked.length + 1}: ${truth}, ${status}, ${ms(milliseconds)}\n`);
    asked.push({ user, item, row, truth, status, milliseconds });
  }
  const truths = Float64Array.from(asked, ({ truth }) => truth);
  const found = [];
  const estimates = new Map<string, Float64Array>();
  const stepDrift = await driftOfNewtonStep(trained, effort.solve);
  for (const [name, estimator] of estimatorsBy({ tolerance: solveTolerance, maxSteps: effort.solve })) {
    const begun = performance.now();
    const prepared = await estimator.prepare(trained);
    const values = new Float64Array(count);
    const statuses = new Map<string, number>();
    for (const [k, { user, item, row }] of asked.entries()) {
      const { scores, status } = await prepared.influence(scoreTarget(user, item), Uint32Array.of(row));
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
  return { estimators: found, sources: await errorSources(trained, effort, drifted, asked, estimates), asked };
}

/** How far one Newton step with the row moves a score: where training has not quite ended, a step without it does this as well. */
async function driftOfNewtonStep({ objective, params }: TrainedScored, maxSteps: number) {
  const gradient = new Float64Array(params.length);
  objective.evaluate(params, gradient);
  const solver = await scoredSolver(objective, params, { tolerance: solveTolerance, maxSteps });
  const { value } = await solver.solve(gradient).finally(() => solver.close());
  const moved = params.map((x, k) => x - value[k]);
  return ({ user, item }: { user: number; item: number }) => {
    const pair = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
    return objective.serving.at(moved, pair).scores[0] - objective.serving.at(params, pair).scores[0];
  };
}

function neighbours({ objective }: TrainedScored, user: number, item: number): Uint32Array {
  const { byUser, byItem } = objective.interactions;
  const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const others = byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]);
  return Uint32Array.from(new Set([...own, ...others])).sort();
}

/** The five sources of Bae et al. (2022), each by the one difference that it makes. */
async function errorSources(
  trained: TrainedScored,
  { rows, solve, steps }: Effort,
  drifted: ReturnType<typeof scorerOf>,
  asked: readonly Asked[],
  estimates: ReadonlyMap<string, Float64Array>,
): Promise<[string, string][]> {
  const truths = Float64Array.from(asked, ({ truth }) => truth);
  const between = (a: Float64Array, b: Float64Array) =>
    percent(median(a.map((x, k) => Math.abs(x - b[k]) / Math.abs(truths[k]))));
  const of = (name: string) => estimates.get(name) ?? truths;
  const pairs = {
    users: Uint32Array.from(asked, ({ user }) => user),
    items: Uint32Array.from(asked, ({ item }) => item),
  };
  const [x, y] = [scorerOf(trained)(pairs), drifted(pairs)];
  const tight = await scoredInfluenceFunction({ tolerance: 1e-8, maxSteps: 4 * solve }).prepare(trained);
  const solved = of("influence-function").slice(0, rows);
  for (const [k, { user, item, row }] of asked.slice(0, rows).entries())
    solved[k] = (await tight.influence(scoreTarget(user, item), Uint32Array.of(row))).scores[0];
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
    [
      `solver: ${solve} steps or a residual of 1e-4 against ${4 * solve} or 1e-8, ${rows} rows`,
      between(of("influence-function").slice(0, rows), solved),
    ],
    ["warm-start gap", await warmStartGap(trained, asked.slice(0, rows), steps)],
  ];
}

/** Retrained from scratch, by the same recipe and seed, against re-optimised from where the model stands; on a few rows. */
async function warmStartGap(trained: TrainedScored, asked: readonly Asked[], maxSteps: number): Promise<string> {
  const gaps: number[] = [];
  for (const { user, item, row, truth } of asked) {
    const pair = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
    const scratch = await trainScored(trained.objective.without(Uint32Array.of(row)), trained.recipe, {
      seed: trained.seed,
      tolerance: trained.tolerance,
      maxSteps,
    });
    const found = scorerOf(trained)(pair)[0] - scorerOf(scratch)(pair)[0];
    gaps.push(Math.abs(found - truth) / Math.abs(truth));
  }
  return `${percent(median(gaps))} (retraining from scratch, ${asked.length} rows)`;
}

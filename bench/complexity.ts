/** How the time of each method of influence grows with n: exponents fitted at three sizes, beside the survey's complexities. */

import { boostingSettings } from "../src/boosting/settings.ts";
import { plantedFactors } from "../src/data/synthetic.ts";
import { LetheError } from "../src/errors.ts";
import type { RunContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { Estimator } from "../src/method/estimator.ts";
import {
  type GivenSettings,
  interactionPlayers,
  type Method,
  measureOf,
  type Players,
  unitPlayers,
  unmetNeed,
  userPlayers,
} from "../src/method/index.ts";
import { multVae } from "../src/model/mult-vae.ts";
import { objectiveSettings } from "../src/objective/factor-settings.ts";
import { multinomial } from "../src/objective/loss.ts";
import { indexKeys } from "../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../src/objective/objective.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { valuing } from "../src/study/choosing/valuing.ts";
import { boosting } from "../src/training/boosting.ts";
import {
  alsNewton,
  byBatches,
  type Recipe,
  standardRecipe,
  type TrainedModel,
  type TrainingData,
} from "../src/training/index.ts";
import { unitNames } from "../src/valuation/index.ts";
import type { Report } from "./report.ts";
import { runWith } from "./subjects.ts";
import { ms } from "./timing.ts";

/** Rows of the three sets; users and items grow along, so that each has as many rows in all of them. */
const sizes = [2500, 5000, 10_000];
const further = 4;
/** Of methods that work once a player: as many are asked about, and the time is told for all n. */
const sampled = 8;
/** Of exact games, whose time is 2 to the players. */
const inGame = 5;

/** Times of one method at one size, in milliseconds. */
interface Times {
  readonly first: number;
  readonly further: number;
}

/** Ways to train a model on the set: an optimum, steps of plain SGD, an autoencoder by such steps, trees. A method takes the first that has what it needs. */
const ways: Readonly<Record<string, (data: TrainingData, run: RunContext) => Promise<TrainedModel>>> = {
  mf: (data, run) => alsNewton(factors).train(data, 1, run),
  "mf by sgd": (data, run) => byBatches(factors, steps).train(data, 1, run),
  "mult-vae by sgd": (data, run) => byBatches(autoencoder, steps).train(data, 1, run),
  boosting: (data, run) =>
    boosting({ settings: boostingSettings({ loss: "squared" }), sampling: undefined }).train(data, 1, run),
};

const factors = objectiveSettings({
  ...{ factors: 4, biases: true, mean: { kind: "learned" }, regularizer: "table" },
  ...{ l2: 5, l2Bias: 2 },
});
const autoencoder: ObjectiveSettings = {
  ...{ kind: multVae, model: { hidden: 16, latent: 4 }, loss: multinomial, l2: 1, l2Shared: 1 },
  ...{ regularizer: "table", extraWeight: 0.2 },
};
const steps: Recipe = { ...standardRecipe, optimizer: "sgd", learningRate: 0.1, batch: 64, epochs: 10 };

function dataOf(rows: number): TrainingData {
  const { interactions } = plantedFactors({ users: rows / 20, items: rows / 25, ratings: rows, factors: 3, seed: 5 });
  return { interactions, keys: indexKeys(interactions) };
}

/** What a method is asked: what some players are to a measure, or, without one, to their own rows; `times` is how many times the time is that of all n. */
interface Question {
  readonly players: Players;
  readonly times: number;
  readonly own: boolean;
}

/** Every row, or as many as the cost of a method allows; where it is about something else, users, a user's own rows, or units. */
function questionsFor({ cost }: Method<Estimator>, model: TrainedModel): Question[] {
  const { interactions } = model;
  const { size, userCount, byUser } = interactions;
  const perPlayer = cost === "a solve a player" || cost === "a training a player";
  const count = (n: number) => (perPlayer ? sampled : cost === "a pool" ? inGame : n);
  const spread = (n: number) => Uint32Array.from({ length: count(n) }, (_, k) => Math.floor((k * n) / count(n)));
  const rows = interactionPlayers(spread(size));
  const users = userPlayers(interactions, spread(userCount));
  const history = interactionPlayers(byUser.rows.slice(byUser.start[0], byUser.start[1]));
  const units = unitPlayers(unitsOfAny(model));
  const times = (n: number) => (perPlayer ? n / sampled : 1);
  return [
    { players: rows, times: times(size), own: false },
    { players: users, times: times(userCount), own: false },
    { players: rows, times: times(size), own: true },
    { players: users, times: times(userCount), own: true },
    { players: units, times: 1, own: false },
    { players: history, times: 1, own: false },
  ];
}

function unitsOfAny(model: TrainedModel): number {
  try {
    return (model.trees?.featureNames ?? unitNames(model)).length;
  } catch {
    return 0;
  }
}

/** The times of the first question that a method answers about the model. */
async function timesOf(entry: Method<Estimator>, model: TrainedModel, run: RunContext): Promise<Times | string> {
  const why = unmetNeed(entry, model);
  if (why !== undefined) return why;
  let last = "";
  for (const question of questionsFor(entry, model)) {
    try {
      return await timesOfQuestion(entry, model, question, run);
    } catch (error) {
      if (!(error instanceof LetheError) || error.code === "internal") throw error;
      last = error.message;
    }
  }
  return last;
}

async function timesOfQuestion(
  entry: Method<Estimator>,
  model: TrainedModel,
  { players, times, own }: Question,
  run: RunContext,
): Promise<Times> {
  const { users, items, size } = model.interactions;
  const measures = Array.from({ length: 1 + further }, (_, k) => {
    const row = Math.floor(((k + 0.5) * size) / (1 + further));
    return measureOf(scoreTarget(k === 0 ? 0 : users[row], items[row]), model.unit);
  });
  const settings: GivenSettings = "trainings" in entry.settings ? { trainings: 64 } : {};
  const once = async (asked: typeof measures) => {
    const begun = performance.now();
    const prepared = await entry.make(settings).prepare(model, run);
    const found = own ? prepared.own?.(players) : prepared.estimate(asked, players);
    if (found === undefined) throw new LetheError("unsupported", "nothing is said of own rows");
    await found.finally(() => prepared.close());
    return performance.now() - begun;
  };
  const warm = await once(measures.slice(0, 1));
  const [first, all]: number[][] = [[], []];
  // The least of several: what else the machine does only adds. Short times are taken more often.
  for (let k = 0; k < Math.min(30, Math.max(warm > 20_000 ? 1 : 3, 500 / warm)); k++) {
    first.push(await once(measures.slice(0, 1)));
    if (!own) all.push(await once(measures));
  }
  const [least, most] = [Math.min(...first), Math.min(...(own ? first : all))];
  return { first: times * least, further: (times * Math.max(0, most - least)) / further };
}

/** The times at all sizes, on models of the first way that has what the method needs; undefined where none has. */
async function measured(entry: Method<Estimator>, modelsOf: (way: string) => Promise<TrainedModel[]>, run: RunContext) {
  for (const way of Object.keys(ways)) {
    const models = await modelsOf(way);
    const found: (Times | string)[] = [];
    for (const model of models) found.push(await timesOf(entry, model, run));
    const told = found.filter((one): one is Times => typeof one !== "string");
    if (told.length === sizes.length) return { way, told };
  }
  return undefined;
}

/** The slope of log time on log n. */
function exponent(times: readonly number[]): number {
  const x = sizes.map(Math.log);
  const y = times.map((time) => Math.log(Math.max(time, 1e-6)));
  const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const over = x.reduce((sum, one, k) => sum + (one - mx) * (y[k] - my), 0);
  return over / x.reduce((sum, one) => sum + (one - mx) ** 2, 0);
}

/** All methods of influence; names of some of them as arguments. */
export async function run(args: readonly string[]): Promise<Report> {
  const kernels = openKernels({ threads: 1 });
  const context = runWith(kernels);
  const made = new Map<string, Promise<TrainedModel[]>>();
  const train = async (way: string) => {
    const models: TrainedModel[] = [];
    for (const size of sizes) models.push(await ways[way](dataOf(size), context));
    return models;
  };
  const modelsOf = (way: string) => {
    const known = made.get(way) ?? train(way);
    made.set(way, known);
    return known;
  };
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const entry of valuing.methods.filter(({ name }) => args.length === 0 || args.includes(name))) {
    const found = await measured(entry, modelsOf, context);
    const { name, properties, cost } = entry;
    figures.push({ id: name, cost, ...found });
    process.stderr.write(`${JSON.stringify(figures.at(-1))}\n`);
    if (found === undefined) continue;
    const [first, next] = [found.told.map((one) => one.first), found.told.map((one) => one.further)];
    // Below a tenth of a millisecond there is nothing to fit.
    const fitted = (list: readonly number[]) => (list.some((time) => time < 0.1) ? "" : exponent(list).toFixed(2));
    rows.push([
      ...[name, found.way, ms(first[2]), fitted(first), properties?.full ?? "", ms(next[2]), fitted(next)],
      properties?.further ?? "",
    ]);
  }
  await kernels.close();
  return { tables: [{ id: "exponents", caption, header, rows }], figures };
}

const header = [
  "method",
  "model",
  "first target",
  "exponent",
  "survey's form",
  "further target",
  "exponent",
  "survey's form",
];
const caption = `Time for the first and for each further target at n = ${sizes[2]} rows, and the exponent of n fitted at n = ${sizes.join(", ")}; planted sets with 20 rows a user; mf with 4 factors at its optimum, or the first of ${Object.keys(ways).slice(1).join(", ")} (ten epochs; 100 trees) that has what the method needs; one thread. All rows are asked about, or all users; of methods that work once a player ${sampled} of them, the time told for all; of methods on subsets ${inGame} players, with 64 trainings where that can be set. With d factors fixed p grows as n does, and T is the time of a training: O(nT) is an exponent of 2, and O(np) one too`;

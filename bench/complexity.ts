/** How the time of each method of influence grows with n: exponents fitted at three sizes, beside the survey's complexities. */

import { plantedFactors } from "../src/data/synthetic.ts";
import { LetheError } from "../src/errors.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { Estimator } from "../src/method/estimator.ts";
import {
  type GivenSettings,
  interactionPlayers,
  type Method,
  measureOf,
  type Players,
  unmetNeed,
} from "../src/method/index.ts";
import { objectiveSettings } from "../src/objective/factor-settings.ts";
import { indexKeys } from "../src/objective/negatives.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { valuing } from "../src/study/choosing/valuing.ts";
import { alsNewton, type TrainedModel } from "../src/training/index.ts";
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

async function modelOf(rows: number, run: ReturnType<typeof runWith>): Promise<TrainedModel> {
  const { interactions } = plantedFactors({ users: rows / 20, items: rows / 25, ratings: rows, factors: 3, seed: 5 });
  const settings = objectiveSettings({
    ...{ factors: 4, biases: true, mean: { kind: "learned" }, regularizer: "table" },
    ...{ l2: 5, l2Bias: 2 },
  });
  return alsNewton(settings).train({ interactions, keys: indexKeys(interactions) }, 1, run);
}

/** Every row, or as many as the cost of a method allows; and how many times the time is that of all n. */
function playersOf({ cost }: Method<Estimator>, n: number): { readonly players: Players; readonly times: number } {
  const perPlayer = cost === "a solve a player" || cost === "a training a player";
  const count = perPlayer ? sampled : cost === "a pool" ? inGame : n;
  const rows = Uint32Array.from({ length: count }, (_, k) => Math.floor((k * n) / count));
  return { players: interactionPlayers(rows), times: perPlayer ? n / sampled : 1 };
}

async function timesOf(
  entry: Method<Estimator>,
  model: TrainedModel,
  run: ReturnType<typeof runWith>,
): Promise<Times | string> {
  const why = unmetNeed(entry, model);
  if (why !== undefined) return why;
  const { users, items, size } = model.interactions;
  const measures = Array.from({ length: 1 + further }, (_, k) => {
    const row = Math.floor(((k + 0.5) * size) / (1 + further));
    return measureOf(scoreTarget(users[row], items[row]), model.unit);
  });
  const { players, times } = playersOf(entry, size);
  const settings: GivenSettings = "trainings" in entry.settings ? { trainings: 64 } : {};
  const once = async (asked: typeof measures) => {
    const begun = performance.now();
    const prepared = await entry.make(settings).prepare(model, run);
    await prepared.estimate(asked, players).finally(() => prepared.close());
    return performance.now() - begun;
  };
  try {
    const warm = await once(measures.slice(0, 1));
    const [first, all]: number[][] = [[], []];
    // The least of several: what else the machine does only adds. Short times are taken more often.
    for (let k = 0; k < Math.min(30, Math.max(3, 500 / warm)); k++) {
      first.push(await once(measures.slice(0, 1)));
      all.push(await once(measures));
    }
    const [least, most] = [Math.min(...first), Math.min(...all)];
    return { first: times * least, further: (times * Math.max(0, most - least)) / further };
  } catch (error) {
    // Units, or own rows alone, are other questions.
    if (error instanceof LetheError && error.code !== "internal") return error.message;
    throw error;
  }
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

/** All methods that matrix factorization has what they need for; names of some of them as arguments. */
export async function run(args: readonly string[]): Promise<Report> {
  const kernels = openKernels({ threads: 1 });
  const context = runWith(kernels);
  const models: TrainedModel[] = [];
  for (const size of sizes) models.push(await modelOf(size, context));
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const entry of valuing.methods.filter(({ name }) => args.length === 0 || args.includes(name))) {
    const found: (Times | string)[] = [];
    for (const model of models) found.push(await timesOf(entry, model, context));
    const told = found.filter((one): one is Times => typeof one !== "string");
    const { name, properties } = entry;
    figures.push({ method: name, cost: entry.cost, found });
    if (told.length < sizes.length) continue;
    const [first, next] = [told.map((one) => one.first), told.map((one) => one.further)];
    // Below a tenth of a millisecond there is nothing to fit.
    const fitted = (list: readonly number[]) => (list.some((time) => time < 0.1) ? "" : exponent(list).toFixed(2));
    rows.push([
      ...[name, ms(first[2]), fitted(first), properties?.full ?? "", ms(next[2]), fitted(next)],
      properties?.further ?? "",
    ]);
  }
  await kernels.close();
  return {
    tables: [
      {
        id: "exponents",
        caption: `Time for the first and for each further target at n = ${sizes[2]} rows, and the exponent of n fitted at n = ${sizes.join(", ")}; planted sets with 20 rows a user, mf with 4 factors at its optimum, one thread. All rows are asked about; of methods that work once a player ${sampled} of them, the time told for all; of methods on subsets ${inGame} players, with 64 trainings where that can be set. With d factors fixed p grows as n does, and T is the time of a training: O(nT) is an exponent of 2, and O(np) one too`,
        header: ["method", "first target", "exponent", "survey's form", "further target", "exponent", "survey's form"],
        rows,
      },
    ],
    figures,
  };
}

/** The λ that follows from the data beside a grid: how much test error it leaves over the best, and whether factors vanish. */

import { resolve } from "node:path";
import {
  type Dataset,
  type Interactions,
  interactionsOf,
  plantedFactors,
  readInteractions,
  splitRandom,
} from "../src/data/index.ts";
import { knownTo } from "../src/data/splitting.ts";
import { LetheError } from "../src/errors.ts";
import { rankingOfFactors } from "../src/evaluation/factor-scores.ts";
import { rmse } from "../src/evaluation/rating.ts";
import type { Kernels } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { type FactorModel, scores, tablesOf } from "../src/model/factor-model.ts";
import { type FactorizationSettings, factorization } from "../src/objective/factorization.ts";
import { indexKeys } from "../src/objective/negatives.ts";
import { randomStart, train } from "../src/training/factors/als-newton.ts";
import { alternate } from "../src/training/factors/alternating.ts";
import { l2OfFactors } from "../src/training/factors/chosen-l2.ts";
import { workedFrom } from "../src/training/factors/reoptimise.ts";
import { modelOf } from "../src/training/factors/trained.ts";
import { dataFolder } from "./movielens.ts";
import type { Report, Table } from "./report.ts";
import { runWith } from "./subjects.ts";
import { percent } from "./timing.ts";

type Settings = Omit<FactorizationSettings, "l2">;
interface Split {
  readonly kept: Interactions;
  readonly test: Interactions;
}

const squared = {
  ...{ factors: 8, biases: true, mean: { kind: "learned" }, l2Bias: 5, regularizer: "table" },
} as const satisfies Settings;
const ials = (alpha: number): Settings => ({
  ...{ factors: 8, biases: false, mean: { kind: "fixed", value: 0 }, l2Bias: 5, regularizer: "table" },
  confidence: { base: 1, alpha },
});

/** Shares of the λ at which all factors vanish, in both tables in falling order. */
const shares = [0.9, 0.65, 0.5, 0.4, 0.32, 0.25, 0.2, 0.15, 0.12, 0.09, 0.06, 0.03];
/** Of `ials`, where the best share is from 0.5 to 0.001: multiples of the λ that is found. */
const multiples = [8, 4, 2, 1.4, 1, 0.7, 0.5, 0.25, 0.125];
/** Of thin sets, where a training takes a minute. */
const fewMultiples = [2.8, 2, 1.4, 1, 0.7, 0.5];
/** A λ of the grid whose training passes over the data more often is not trained to the end, nor are smaller ones. */
const mostPasses = 600;
const sweepsOfImplicit = 40;
/** Sets with fewer rows are split five times: the error on a few hundred rows says little. */
const small = 10_000;

const read = (file: string) => async () => (await readInteractions(file)).dataset.interactions;
const lastfm = ["train", "test"].map((part) => resolve(dataFolder, `lastfm-2k/${part}.txt`));
const plays = async () => (await readInteractions(lastfm, { duplicates: "sum" })).dataset.interactions;
const logarithms = async () => {
  const all = await plays();
  return interactionsOf({ ...all, ratings: all.ratings.map(Math.log1p) });
};
const planted = (users: number, items: number, ratings: number, factors: number, noise: number) => async () =>
  plantedFactors({ users, items, ratings, factors, noise, seed: users }).interactions;

const sets: Readonly<Record<string, () => Promise<Interactions>>> = {
  "ml-100k": read(resolve(dataFolder, "ml-100k/ml-100k.inter")),
  "ml-1m": read(resolve(dataFolder, "ml-1m/ratings.dat")),
  "amazon-magazine": read(resolve(dataFolder, "amazon-magazine/ratings.tsv")),
  "lastfm-2k, plays": plays,
  "lastfm-2k, ln(1 + plays)": logarithms,
  "examples/ratings.csv": read(resolve(import.meta.dirname, "../examples/ratings.csv")),
  "planted 100 × 80": planted(100, 80, 2000, 2, 0.5),
  "planted 200 × 100": planted(200, 100, 5000, 4, 0.85),
  "planted 300 × 1,000": planted(300, 1000, 9000, 4, 0.3),
  "planted 500 × 300": planted(500, 300, 20_000, 8, 0.85),
  "planted 1,000 × 200": planted(1000, 200, 20_000, 3, 1.2),
  "planted 2,000 × 1,000": planted(2000, 1000, 50_000, 8, 0.85),
  "planted 5,000 × 500": planted(5000, 500, 60_000, 4, 0.5),
  "planted 3,000 × 3,000": planted(3000, 3000, 300_000, 8, 0.85),
  "planted 10,000 × 2,000": planted(10_000, 2000, 500_000, 12, 0.85),
  "planted 1,000 × 1,000": planted(1000, 1000, 40_000, 6, 0.7),
};

/** Sets with little more than a row a user: each λ of the grid takes a minute. */
const thin = ["amazon-magazine"];

const groups = ["squared", "thin", "ials"] as const;

/** Sets of implicit feedback, and how much a number r adds to the confidence. */
const implicit: readonly (readonly [string, number, () => Promise<Split>])[] = [
  ...[1, 40, 0.01].map((alpha) => ["lastfm-2k", alpha, lastfmSplit] as const),
  ...[1, 40, 0.1].map((alpha) => ["ml-100k", alpha, async () => splitOf(await sets["ml-100k"](), 1)] as const),
];

/** The files' own division. */
async function lastfmSplit(): Promise<Split> {
  const [{ dataset }, test] = [
    await readInteractions(lastfm, { duplicates: "sum" }),
    await readInteractions(lastfm[1]),
  ];
  const inTest = new Set(pairsOf(test.dataset));
  const { interactions } = dataset;
  const rows = (isIn: boolean) =>
    Uint32Array.from(pairsOf(dataset).flatMap((pair, row) => (inTest.has(pair) === isIn ? [row] : [])));
  return { kept: interactions.select(rows(false)), test: interactions.select(rows(true)) };
}

function pairsOf({ interactions: { users, items }, userIds, itemIds }: Dataset): string[] {
  return Array.from(users, (user, row) => `${userIds.list[user]} ${itemIds.list[items[row]]}`);
}

/** `squared`, `thin` or `ials` takes one of the tables, `only=ml-100k` one set and `without=amazon-magazine` leaves one out. */
export async function run(args: readonly string[]): Promise<Report> {
  const [only, without] = ["only=", "without="].map((word) =>
    args.find((arg) => arg.startsWith(word))?.slice(word.length),
  );
  const isAsked = (name: string) => (only === undefined || only === name) && name !== without;
  const isTable = (name: string) => args.includes(name) || !groups.some((group) => args.includes(group));
  const kernels = openKernels({ threads: 2 });
  const figures: Figure[] = [];
  const add = (figure: Figure) => {
    figures.push(figure);
    process.stderr.write(`${JSON.stringify(figure)}\n`);
  };
  for (const [name, load] of Object.entries(sets))
    if (isAsked(name) && isTable(thin.includes(name) ? "thin" : "squared"))
      add(await measureSquared(name, await load(), kernels));
  for (const [name, alpha, load] of isTable("ials") ? implicit : [])
    if (isAsked(name)) add(await measureImplicit(name, alpha, await load(), kernels));
  await kernels.close();
  return { tables: tablesOfFigures(figures), figures };
}

/** What is best is as small as an RMSE, or as 1 − NDCG. */
interface Figure {
  readonly id: string;
  readonly table: (typeof groups)[number];
  readonly name: string;
  readonly alpha?: number;
  readonly ratings: number;
  readonly tested: number;
  readonly splits: number;
  readonly l2: number;
  readonly share: number;
  readonly milliseconds: number;
  readonly error: number;
  readonly best: number;
  readonly bestL2: number;
  /** λ of the grid that were trained to the end. */
  readonly trained: number;
  readonly grid: number;
  /** Without factors. */
  readonly none: number;
}

async function measureSquared(name: string, all: Interactions, kernels: Kernels): Promise<Figure> {
  const isThin = thin.includes(name);
  const gridOf = ({ l2, vanishing }: { readonly l2: number; readonly vanishing: number }) =>
    isThin ? fewMultiples.map((by) => by * l2) : shares.map((share) => share * vanishing);
  const passes = isThin ? 10 * mostPasses : mostPasses;
  const found: Measured[] = [];
  for (const seed of all.size < small ? [1, 2, 3, 4, 5] : [1])
    found.push(await measure(squared, splitOf(all, seed), gridOf, kernels, passes));
  return { id: name, table: isThin ? "thin" : "squared", name, splits: found.length, ...meanOf(found) };
}

async function measureImplicit(name: string, alpha: number, split: Split, kernels: Kernels): Promise<Figure> {
  const found = await measure(ials(alpha), split, ({ l2 }) => multiples.map((by) => by * l2), kernels);
  return { id: `${name}, ${alpha}`, table: "ials", name, alpha, splits: 1, ...meanOf([found]) };
}

/** A tenth of the rows held out; those whose user or item has no other rows tell nothing of λ. */
function splitOf(all: Interactions, seed: number): Split {
  const { train: rows, test } = splitRandom(all.size, 0.1, seed);
  const kept = all.select(rows);
  return { kept, test: knownTo(kept, all.select(test)) };
}

type Measured = Awaited<ReturnType<typeof measure>>;

async function measure(
  settings: Settings,
  { kept, test }: Split,
  gridOf: (found: { readonly l2: number; readonly vanishing: number }) => readonly number[],
  kernels: Kernels,
  passes = mostPasses,
) {
  const begun = performance.now();
  const found = await l2OfFactors(settings, kept, indexKeys(kept), runWith(kernels));
  const milliseconds = performance.now() - begun;
  const errorAt = async (l2: number, most: number) => {
    const model = await trainedIn(most, { ...settings, l2 }, kept, kernels);
    return model && errorOf(settings, model, kept, test);
  };
  const lambdas = gridOf(found).filter((l2) => l2 < found.vanishing);
  const errors: number[] = [];
  for (const l2 of lambdas) {
    const error = await errorAt(l2, passes);
    if (error === undefined) break;
    errors.push(error);
  }
  const error = (await errorAt(found.l2, 10 * mostPasses)) ?? Number.NaN;
  const none = (await errorAt(1.1 * found.vanishing, mostPasses)) ?? Number.NaN;
  return { ...found, ratings: kept.size, tested: test.size, milliseconds, lambdas, errors, error, none };
}

function errorOf(
  { confidence, factors }: Settings,
  model: FactorModel,
  kept: Interactions,
  test: Interactions,
): number {
  if (confidence === undefined) return rmse(scores(model, test.users, test.items), test.ratings);
  const { metrics } = rankingOfFactors({ factors, ...tablesOf(model) }, { train: kept, test });
  return 1 - metrics.ndcg;
}

/** A model that is trained within so many passes over the data, if it can be; of `ials`, whose optima take thousands of them, one of so many sweeps. */
async function trainedIn(passes: number, settings: FactorizationSettings, kept: Interactions, kernels: Kernels) {
  if (settings.confidence !== undefined) return sweptModel(settings, kept, kernels);
  const stop = new AbortController();
  let done = 0;
  const onRows = () => {
    if (++done > passes) stop.abort();
  };
  const tolerance = 3e-3 * Math.sqrt(kept.size) * scaleOf(kept);
  const options = { kernels: kernels.factors, sweeps: 30, tolerance, onRows, signal: stop.signal };
  try {
    return modelOf(await train(factorization(settings, kept), options));
  } catch (error) {
    if (error instanceof LetheError && stop.signal.aborted) return undefined;
    throw error;
  }
}

async function sweptModel(settings: FactorizationSettings, kept: Interactions, kernels: Kernels) {
  const objective = factorization(settings, kept);
  const start = randomStart(objective, 1, indexKeys(kept).items);
  const run = { ...runWith(kernels), kernels: kernels.factors };
  const { params } = await workedFrom(objective, start, run, (descent) => alternate(descent, sweepsOfImplicit));
  return modelOf({ objective, params });
}

/** Gradients are in the unit of the ratings. */
function scaleOf({ ratings, size }: Interactions): number {
  return Math.max(1, Math.sqrt(ratings.reduce((sum, r) => sum + r * r, 0) / size) / 10);
}

/** Means over splits; the best λ of the grid is one for all. */
function meanOf(all: readonly Measured[]) {
  const mean = (of: (one: Measured) => number) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
  const trained = Math.min(...all.map(({ errors }) => errors.length));
  const errors = Array.from({ length: trained }, (_, k) => mean((one) => one.errors[k]));
  const best = Math.min(...errors);
  return {
    ...{ ratings: all[0].ratings, tested: all[0].tested, milliseconds: mean((one) => one.milliseconds) },
    ...{
      l2: mean(({ l2 }) => l2),
      share: mean(({ l2, vanishing }) => l2 / vanishing),
      error: mean((one) => one.error),
    },
    ...{ best, bestL2: mean(({ lambdas }) => lambdas[errors.indexOf(best)]), trained, grid: all[0].lambdas.length },
    none: mean((one) => one.none),
  };
}

const splitting = `Squared loss: the λ that follows from the data, 8 factors, λ_b 5; a tenth of the ratings held out, of those the ones whose user and item have others; sets of fewer than ${small.toLocaleString("en")} ratings split five times, means of all (of RMSE and λ)`;
const wholeGrid = `"grid" is how many λ were trained, from 0.9·σ₁ down, and "of" how many there are: the first that was not trained within ${mostPasses.toLocaleString("en")} passes over the data ends it`;
const thinGrid = `a grid from ${fewMultiples[0]} times that λ to ${fewMultiples.at(-1)} times it`;

function tablesOfFigures(figures: readonly Figure[]): Table[] {
  const of = (table: Figure["table"]) => figures.filter((one) => one.table === table);
  const grid = ({ trained, grid: all }: Figure) => (trained === all ? String(all) : `${trained} of ${all}`);
  const number = (x: number) => x.toLocaleString("en", { maximumSignificantDigits: 2 });
  const tables: Table[] = [
    ...(["squared", "thin"] as const).map((id) => ({
      id,
      caption: `${splitting}; ${id === "thin" ? thinGrid : wholeGrid}`,
      header: ["set", "ratings", "λ", "of σ₁", "RMSE", "best", "at λ", "more", "no factors", "grid"],
      rows: of(id).map((one) => [
        ...[one.name, one.ratings.toLocaleString("en"), number(one.l2), one.share.toFixed(2), one.error.toPrecision(5)],
        ...[one.best.toPrecision(5), number(one.bestL2), percent(one.error / one.best - 1), one.none.toPrecision(5)],
        grid(one),
      ]),
    })),
    {
      id: "ials",
      caption: `Implicit feedback, 8 factors, confidence 1 + α·r: NDCG@10 with the λ that follows from the data beside the best of a grid from 8 times that λ to an eighth of it, each after ${sweepsOfImplicit} sweeps; lastfm-2k by its files, of ml-100k a tenth held out`,
      header: ["set", "α", "λ", "of σ₁", "NDCG@10", "best", "at λ", "less"],
      rows: of("ials").map((one) => [
        ...[one.name, String(one.alpha), number(one.l2), one.share.toPrecision(2), (1 - one.error).toFixed(4)],
        ...[(1 - one.best).toFixed(4), number(one.bestL2), percent((one.error - one.best) / (1 - one.best))],
      ]),
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

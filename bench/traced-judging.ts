/** Traced methods of influence beside static ones on a network that SGD trained: do they foretell trainings on other rows? */

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Dataset, readInteractions } from "../src/data/index.ts";
import type { Rows } from "../src/data/interactions.ts";
import { estimators } from "../src/influence/index.ts";
import { subsetsOf } from "../src/judging/draws.ts";
import { flippedRatings } from "../src/judging/index.ts";
import type { JudgingSubject, PreparedJudge } from "../src/judging/judge.ts";
import { meanOf, measuredSets, valuesAt, valuesOf } from "../src/judging/measured.ts";
import type { Kernels, RunContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { type Estimate, type Estimator, worstOf } from "../src/method/estimator.ts";
import { interactionPlayers, makeNamed, methodNamed, unmetNeed } from "../src/method/index.ts";
import { spearman } from "../src/numeric/statistics.ts";
import { difference, largest } from "../src/numeric/vector.ts";
import { drawnPlayers, drawnScores } from "../src/study/cases/judge/subject.ts";
import { trainOn } from "../src/study/cases/train.ts";
import { planOf } from "../src/study/choosing/plan.ts";
import { trainingPool } from "../src/study/pool/pool.ts";
import { openModel, storeModel } from "../src/study/store/model.ts";
import { dataFolder } from "./movielens.ts";
import type { Report, Table } from "./report.ts";
import { runWith } from "./subjects.ts";

const names = [
  ...["tracin", "tracin-cp", "hydra-fast", "sgd-influence"],
  ...["influence-function", "fast-influence", "contributions"],
];

const sizes = {
  small: { users: 40, epochs: 3, pairs: 3, subsets: 6, seeds: 2, left: 5, leftSeeds: 2, flips: 4, full: 2 },
  full: { users: 300, epochs: 20, pairs: 10, subsets: 50, seeds: 3, left: 30, leftSeeds: 5, flips: 40, full: 10 },
};

const wishes = {
  ...{ model: "neumf", loss: "squared", negatives: 0, l2: 0.5 },
  settings: { factors: 4, layers: [8], embedding: 4, activation: "squareplus" },
} as const;

/** The first users with at most 200 ratings each. */
function someUsers(dataset: Dataset, count: number): Dataset {
  const { interactions } = dataset;
  const { start } = interactions.byUser;
  const all = Uint32Array.from({ length: interactions.userCount }, (_, user) => user);
  const chosen = new Set(all.filter((user) => start[user + 1] - start[user] <= 200).subarray(0, count));
  const rows = Uint32Array.from({ length: interactions.size }, (_, row) => row);
  return { ...dataset, interactions: interactions.select(rows.filter((row) => chosen.has(interactions.users[row]))) };
}

/** What models without these sets of rows measure: seeds × measures × sets, and the whole model of each seed. */
async function truths(subject: JudgingSubject, sets: readonly Rows[], seeds: number, phase: string, run: RunContext) {
  const { model, measures, openTrainings } = subject;
  const found: (readonly Float64Array[])[] = [];
  for (let k = 0; k < seeds; k++) {
    process.stderr.write(`${phase}: seed ${k + 1} of ${seeds}\n`);
    const trainings = await openTrainings(model, measures, run, { seed: model.seed + k });
    found.push((await measuredSets(trainings, measures.length, sets, phase, run)).values);
    await trainings.close();
  }
  return found;
}

/** The mean over seeds: measures × sets. */
function overSeeds(found: readonly (readonly Float64Array[])[]): Float64Array[] {
  return found[0].map((first, m) => first.map((_, n) => meanOf(found.map((of) => of[m][n]))));
}

/** How well one seed foretells another, by rank: the mean over measures and pairs of seeds. */
function ceilingOf(found: readonly (readonly Float64Array[])[]): number {
  const pairs = found.flatMap((one, a) => found.slice(a + 1).map((other) => [one, other] as const));
  return meanOf(pairs.map(([one, other]) => rankOf(one, other)));
}

function rankOf(one: readonly Float64Array[], other: readonly Float64Array[]): number {
  return meanOf(one.map((values, m) => spearman(values, other[m])));
}

/** Values of all rows: measures × rows. */
function valuesBy({ values }: Estimate, { measures, players }: JudgingSubject): Float64Array[] {
  return measures.map((_, m) => valuesOf(values, m, players.count));
}

/** What a method says of all rows and measures, and the seconds that it takes. */
async function valued(estimator: Estimator, { model, measures, players }: JudgingSubject, run: RunContext) {
  const begun = performance.now();
  const prepared = await estimator.prepare(model, run);
  const estimate = await prepared.estimate(measures, players).finally(() => prepared.close());
  return { estimate, seconds: (performance.now() - begun) / 1000 };
}

/** Models trained without subsets and without single rows, against which methods are held. */
async function truthOf(subject: JudgingSubject, size: (typeof sizes)["full"], run: RunContext) {
  const { model, measures, seed } = subject;
  const subsets = await subsetsOf(subject, { subsets: size.subsets, share: 0.5, seed }, subject.fitted, run);
  const ofSubsets = await truths(
    subject,
    subsets.map(({ absent }) => absent),
    size.seeds,
    "subsets",
    run,
  );
  const choice = { players: "interactions", count: size.left, seed } as const;
  const left = (await drawnPlayers(model, measures, choice, run)).single as Rows;
  const sets = [new Uint32Array(0), ...Array.from(left, (row) => Uint32Array.of(row))];
  const ofLeft = (await truths(subject, sets, size.leftSeeds, "left out", run)).map((seeds) =>
    seeds.map((values) => values.slice(1).map((without) => values[0] - without)),
  );
  return { subsets, ofSubsets, left, ofLeft };
}

type Truth = Awaited<ReturnType<typeof truthOf>>;

/** How well sums of values foretell subsets and single rows, by rank, and the areas under the curve of flipped rows. */
async function judgedBy(
  name: string,
  subject: JudgingSubject,
  { subsets, ofSubsets, left, ofLeft }: Truth,
  flips: PreparedJudge,
  run: RunContext,
) {
  const { entry } = methodNamed(estimators, name);
  const estimator = makeNamed(estimators, name, subject.model);
  const { estimate, seconds } = await valued(estimator, subject, run);
  const values = valuesBy(estimate, subject);
  const sums = values.map((of) =>
    Float64Array.from(subsets, ({ present }) => present.reduce((sum, there, k) => sum + there * of[k], 0)),
  );
  const candidate = { name, estimator, estimate, family: entry.properties?.family, cost: entry.cost };
  const { figures } = await flips.of({ ...candidate, unmet: (other) => unmetNeed(entry, other) }, run);
  return {
    ...{ name, seconds, status: worstOf(estimate), lds: rankOf(sums, overSeeds(ofSubsets)) },
    loo: rankOf(
      values.map((of) => valuesAt(of, left)),
      overSeeds(ofLeft),
    ),
    ...{ flippedOwn: figures.own, flippedFit: figures.heldOut },
  };
}

/** HyDRA with its Hessians on some rows: seconds, and the largest difference from SGD-influence beside the largest influence. */
async function hydraOn(subject: JudgingSubject, rows: Rows, run: RunContext) {
  const few = { ...subject, players: interactionPlayers(rows) };
  const of = (name: string) => valued(makeNamed(estimators, name, subject.model), few, run);
  const [full, back] = [await of("hydra"), await of("sgd-influence")];
  const apart = largest(difference(full.estimate.values, back.estimate.values)) / largest(back.estimate.values);
  return { seconds: full.seconds, apart };
}

/** Why a method takes no part: it is none, or needs what this model has not. */
function refusalOf(name: string, { model }: JudgingSubject): string | undefined {
  try {
    return unmetNeed(methodNamed(estimators, name).entry, model);
  } catch (error) {
    return (error as Error).message;
  }
}

/** The network on some users, and what is asked about it. */
async function subjectOf(
  file: string,
  folder: string,
  size: (typeof sizes)["full"],
  run: RunContext,
  kernels: Kernels,
) {
  const dataset = someUsers((await readInteractions(file)).dataset, size.users);
  const recipe = { optimizer: "sgd", learningRate: 0.1, batch: 64, epochs: size.epochs } as const;
  await storeModel(folder, await trainOn(dataset, planOf({ ...wishes, recipe }), { kernels }));
  const named = await openModel(folder, { kernels });
  const { trained: model, source } = named;
  const asked = await drawnScores(named, undefined, { pairs: size.pairs, seed: 1 }, run);
  const known = new Map(asked.map(({ measure, data }) => [measure, data]));
  const rows = Uint32Array.from({ length: model.interactions.size }, (_, row) => row);
  const measures = asked.map(({ measure }) => measure);
  return {
    ...{ model, dataset: named.dataset, players: interactionPlayers(rows), measures },
    openTrainings: await trainingPool({ source, known, workers: 2 }),
    ...{ fitted: new Set<string>(), seed: 1 },
  };
}

/** `small` for a short run. */
export async function run(args: readonly string[]): Promise<Report> {
  const file = resolve(dataFolder, "ml-100k/ml-100k.inter");
  if (!existsSync(file)) {
    process.stderr.write(`no ${file}: set LETHE_DATA to a folder that has ml-100k/ml-100k.inter\n`);
    process.exit(2);
  }
  const size = args.includes("small") ? sizes.small : sizes.full;
  const kernels = openKernels();
  const context = runWith(kernels);
  // Trainings in threads open the model's folder.
  const place = await mkdtemp(join(tmpdir(), "lethe-traced-"));
  const subject = await subjectOf(file, join(place, "model"), size, context, kernels);
  const truth = await truthOf(subject, size, context);
  const flips = await flippedRatings.make({ rows: size.flips }).prepare(subject, context);
  const methods: Awaited<ReturnType<typeof judgedBy>>[] = [];
  const skipped: Record<string, string> = {};
  for (const name of names) {
    process.stderr.write(`${name}\n`);
    const why = refusalOf(name, subject);
    if (why === undefined) methods.push(await judgedBy(name, subject, truth, flips, context));
    else skipped[name] = why;
  }
  const full = await hydraOn(subject, truth.left.subarray(0, size.full), context);
  const ceilings = { lds: ceilingOf(truth.ofSubsets), loo: ceilingOf(truth.ofLeft) };
  await flips.close();
  await kernels.close();
  await rm(place, { recursive: true });
  const figures = { size, rows: subject.players.count, ceilings, methods, skipped, full };
  return { tables: [tableOf(figures)], figures };
}

interface Figures {
  readonly size: (typeof sizes)["full"];
  readonly rows: number;
  readonly ceilings: { readonly lds: number; readonly loo: number };
  readonly methods: readonly Awaited<ReturnType<typeof judgedBy>>[];
  readonly full: { readonly seconds: number; readonly apart: number };
}

function tableOf({ size, rows, ceilings, methods, full }: Figures): Table {
  const cell = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : "");
  const caption = [
    `Methods of influence on NeuMF that SGD trained in ${size.epochs} epochs: ${size.users} users of MovieLens-100K, ${rows} rows, ${size.pairs} scores`,
    `lds: ${size.subsets} subsets × ${size.seeds} seeds, and ${cell(ceilings.lds)} from one seed to another`,
    `loo: Spearman over ${size.left} rows × ${size.leftSeeds} seeds, and ${cell(ceilings.loo)} from one seed to another`,
    `areas under the curve of ${size.flips} rows, half of them flipped`,
    `hydra with its Hessians: ${full.seconds.toPrecision(3)} s for ${size.full} rows, ${full.apart.toExponential(0)} from sgd-influence`,
  ];
  return {
    id: "methods",
    caption: caption.join("; "),
    header: ["method", "lds", "loo", "flipped, own fit", "flipped, held-out fit", "all scores and rows, s"],
    rows: methods.map(({ name, lds, loo, flippedOwn, flippedFit, seconds }) => [
      ...[name, cell(lds), cell(loo), cell(flippedOwn), cell(flippedFit), seconds.toPrecision(3)],
    ]),
  };
}

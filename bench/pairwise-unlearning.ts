/** Which unlearner may be trusted with pairwise ranking? UBPR's protocol on MovieLens-1M: 8 factors, stored negatives, .01 to .035 % of the interactions. */

import type { Dataset, Rows } from "../src/data/index.ts";
import { sampledRanking } from "../src/evaluation/index.ts";
import { type RunContext, runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { type GivenSettings, methodNamed } from "../src/method/index.ts";
import type { Pairs } from "../src/model/model.ts";
import { keyedUniform, randomOf } from "../src/numeric/random.ts";
import { dataOf, planOf } from "../src/study/choosing/plan.ts";
import { rankingScorer } from "../src/study/choosing/ranking.ts";
import { shardPresets, type TrainedModel, type Trainer } from "../src/training/index.ts";
import { type Forgotten, unlearners } from "../src/unlearning/index.ts";
import { ncfSplit } from "./published.ts";
import type { Report, Table } from "./report.ts";
import { ms, percent, sci } from "./timing.ts";

/** The cutoffs of UBPR's figures. */
const cutoffs = [1, 5, 10, 20, 25, 30, 40, 50, 60, 80, 100];

/** The interactions of its Table 2: triples over four negatives. */
const sizes = [99, 149, 198, 248, 298, 347];

const shards = 5;

/** Training by batches, as the papers train. */
const batches = {
  ...{ model: "mf", loss: "bpr", settings: { factors: 8 }, l2: 2, negatives: 4 },
  recipe: { optimizer: "adam", epochs: 20, learningRate: 3e-3, batch: 1024 },
} as const;

type Split = Awaited<ReturnType<typeof ncfSplit>>;

/** A method with the model that it starts from. */
interface Contestant {
  readonly label: string;
  readonly method: string;
  readonly settings?: GivenSettings;
}

const contestants: readonly Contestant[] = [
  { label: "ubpr, as printed", method: "ubpr", settings: { form: "printed" } },
  { label: "ubpr", method: "ubpr" },
  { label: "newton, three steps", method: "newton", settings: { steps: 3 } },
  { label: "exact", method: "exact" },
];

/** How a model is trained to its optimum; λ grows with the negatives, as the sum of the losses does. */
function plan(negatives: number) {
  return planOf({
    ...{ model: "mf", loss: "bpr", settings: { factors: 8 }, l2: negatives / 2, negatives },
    recipe: { optimizer: "newton", epochs: 5, learningRate: 3e-3, batch: 1024 },
  });
}

/** Arguments: `sizes=99,347`, `negatives=1,2,4,8` for the studies of either; without them all of both. */
export async function run(args: readonly string[]): Promise<Report> {
  const list = (name: string, otherwise: readonly number[]) =>
    args
      .find((arg) => arg.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .split(",")
      .map(Number) ?? otherwise;
  const kernels = openKernels();
  const context = runContext(kernels);
  const split = await ncfSplit();
  const figures: Figure[] = [];
  for (const negatives of list("negatives", [4, 1, 2, 8])) {
    const trainer = plan(negatives).trainer;
    const original = await trainedBy(trainer, split.training, 1, context);
    note(`trained with ${negatives} negatives: ${original.smooth?.status}`);
    const counts = negatives === 4 ? list("sizes", sizes) : [248];
    for (const count of counts)
      figures.push(...(await compare(split, original, scattered(original, count), "scattered", context)));
    if (negatives !== 4) continue;
    for (const count of [counts[0], counts[counts.length - 1]])
      figures.push(...(await compare(split, original, inOneShard(original, count), "one shard", context)));
  }
  const noise = args.includes("without-noise") ? undefined : await trainingNoise(split, context);
  const sharded = args.includes("without-shards") ? undefined : await inShards(split, context);
  await kernels.close();
  return {
    tables: [
      distanceTable(figures),
      rankingTable(figures),
      ...(noise ? [noiseTable(noise)] : []),
      ...(sharded ? [shardTable(sharded)] : []),
    ],
    figures: { figures, noise, sharded },
  };
}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

function trainedBy(trainer: Trainer, dataset: Dataset, seed: number, context: RunContext): Promise<TrainedModel> {
  return trainer.train(dataOf(dataset), seed, { ...context, tolerance: 1e-6 });
}

/** So many interactions at random. */
function scattered({ interactions, keys }: TrainedModel, count: number): Rows {
  const { users, items, size } = interactions;
  const key = (row: number) => keyedUniform(7, keys.users[users[row]], keys.items[items[row]], 1);
  return chosen(
    Array.from({ length: size }, (_, row) => [key(row), row] as const),
    count,
  );
}

/** So many interactions of the users whom one of five shards would hold. */
function inOneShard({ interactions, keys }: TrainedModel, count: number): Rows {
  const { users, items, size } = interactions;
  const stream = randomOf(1, "shards").integer(2 ** 53);
  const held = Array.from({ length: size }, (_, row) => row).filter(
    (row) => Math.floor(shards * keyedUniform(stream, keys.users[users[row]], 0, 0)) === 0,
  );
  const key = (row: number) => keyedUniform(7, keys.users[users[row]], keys.items[items[row]], 1);
  return chosen(
    held.map((row) => [key(row), row] as const),
    count,
  );
}

function chosen(keyed: (readonly [number, number])[], count: number): Rows {
  keyed.sort((a, b) => a[0] - b[0]);
  return Uint32Array.from(keyed.slice(0, count), ([, row]) => row).sort();
}

/** One line of the tables. */
interface Figure {
  readonly negatives: number;
  readonly forgotten: number;
  readonly where: string;
  readonly label: string;
  readonly milliseconds: number;
  readonly passes: number;
  readonly gradientNorm: number | null;
  /** Of the distance between the original and the retrained model, by kind of pairs. */
  readonly left: Readonly<Record<string, number>>;
  readonly hr: readonly number[];
  readonly ndcg: readonly number[];
}

async function compare(
  split: Split,
  original: TrainedModel,
  rows: Rows,
  where: string,
  context: RunContext,
): Promise<Figure[]> {
  const pairs = pairsOf(split, original, rows);
  const truth = await forgetBy({ label: "retrain", method: "retrain" }, original, rows, context);
  const about = {
    negatives: original.smooth?.objective.settings.sampling?.perRow ?? 0,
    forgotten: rows.length,
    where,
  };
  const figure = (label: string, model: TrainedModel, found?: Forgotten): Figure => {
    const line = {
      ...about,
      label,
      milliseconds: found?.milliseconds.forget ?? 0,
      passes: found?.passes ?? 0,
      gradientNorm: found?.certificate.gradientNorm ?? null,
      left: leftOn(pairs, model, original, truth.model),
      ...ranking(split, model),
    };
    note(`${where} ${rows.length}: ${label} ${JSON.stringify(line.left)} ${line.passes.toFixed(0)} passes`);
    return line;
  };
  const lines = [figure("nothing done", original), figure("retrain", truth.model, truth)];
  for (const contestant of contestants) {
    const found = await forgetBy(contestant, original, rows, context);
    lines.push(figure(contestant.label, found.model, found));
  }
  return lines;
}

function forgetBy(
  { method, settings = {} }: Contestant,
  model: TrainedModel,
  rows: Rows,
  context: RunContext,
): Promise<Forgotten> {
  return methodNamed(unlearners, method).entry.make(settings).forget(model, rows, context, { seed: 9 });
}

/** Random, test and forgotten pairs. */
function pairsOf({ test }: Split, { interactions }: TrainedModel, rows: Rows): Readonly<Record<string, Pairs>> {
  const random = randomOf(1, "pairs");
  const draw = (count: number) => Uint32Array.from({ length: 10_000 }, () => random.integer(count));
  const known = Array.from(test.users.keys()).filter((n) => test.users[n] >= 0 && test.items[n] >= 0);
  return {
    random: { users: draw(interactions.userCount), items: draw(interactions.itemCount) },
    test: {
      users: Uint32Array.from(known, (n) => test.users[n]),
      items: Uint32Array.from(known, (n) => test.items[n]),
    },
    forgotten: {
      users: Uint32Array.from(rows, (row) => interactions.users[row]),
      items: Uint32Array.from(rows, (row) => interactions.items[row]),
    },
  };
}

function leftOn(
  pairs: Readonly<Record<string, Pairs>>,
  model: TrainedModel,
  original: TrainedModel,
  truth: TrainedModel,
) {
  return Object.fromEntries(
    Object.entries(pairs).map(([name, some]) => {
      const wanted = truth.scores(some);
      return [name, rms(model.scores(some), wanted) / rms(original.scores(some), wanted)];
    }),
  );
}

function rms(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, x, k) => sum + (x - b[k]) ** 2, 0) / a.length);
}

function ranking({ test }: Split, model: TrainedModel) {
  const scorer = rankingScorer(model);
  const metrics = cutoffs.map((k) => sampledRanking(scorer, { ...test, k }).metrics);
  return { hr: metrics.map(({ hr }) => hr), ndcg: metrics.map(({ ndcg }) => ndcg) };
}

/** NDCG@10 of trainings by batches, as the paper trains, with all rows and without 99 of them, from several seeds. */
async function trainingNoise(split: Split, context: RunContext) {
  const { trainer } = planOf(batches);
  const { training } = split;
  const whole = await trainedBy(trainer, training, 1, context);
  const rest = { ...training, interactions: training.interactions.without(scattered(whole, sizes[0])) };
  const seeds = [1, 2, 3, 4, 5];
  const ndcgOf = async (dataset: Dataset, seed: number) =>
    sampledRanking(rankingScorer(await trainedBy(trainer, dataset, seed, context)), { ...split.test, k: 10 }).metrics
      .ndcg;
  const figures: { seed: number; all: number; without: number }[] = [];
  for (const seed of seeds)
    figures.push({ seed, all: await ndcgOf(training, seed), without: await ndcgOf(rest, seed) });
  return figures;
}

/** One way of training in shards, before and after forgetting 99 interactions. */
interface ShardedFigure extends ReturnType<typeof ranking> {
  readonly label: string;
  readonly state: string;
  readonly membersHit: number | undefined;
  readonly milliseconds: number;
}

/** SISA and RecEraser with five shards, each against its own training, by batches as the papers train. */
async function inShards(split: Split, context: RunContext): Promise<ShardedFigure[]> {
  const figures: ShardedFigure[] = [];
  for (const [label, preset] of Object.entries(shardPresets)) {
    const { trainer } = planOf({ ...batches, sharding: { ...preset, shards } });
    const begun = performance.now();
    const original = await trainedBy(trainer, split.training, 1, context);
    const add = (state: string, model: TrainedModel, milliseconds: number, membersHit?: number) => {
      figures.push({ label, state, membersHit, milliseconds, ...ranking(split, model) });
      note(`${label}, ${state}: ${milliseconds.toFixed(0)} ms`);
    };
    add("trained", original, performance.now() - begun);
    const [held] = original.shards ?? [];
    for (const [state, rows] of [
      ["99 scattered", scattered(original, sizes[0])],
      [
        "99 in one shard",
        held.rows.filter((_, k) => k % Math.floor(held.rows.length / sizes[0]) === 0).slice(0, sizes[0]),
      ],
    ] as const) {
      const found = await forgetBy({ label, method: label }, original, rows, context);
      add(state, found.model, found.milliseconds.forget, found.membersHit);
    }
  }
  return figures;
}

function shardTable(figures: readonly ShardedFigure[]): Table {
  const at = cutoffs.indexOf(10);
  return {
    id: "shards",
    caption: `The same with five shards, by 20 epochs of Adam; five members are hit by ${sizes[0]} scattered interactions, one where all are in its shard`,
    header: ["method", "state", "members trained again", "HR@10", "NDCG@10", "time"],
    rows: figures.map(({ label, state, membersHit, hr, ndcg, milliseconds }) => [
      label,
      state,
      membersHit === undefined ? "" : String(membersHit),
      hr[at].toFixed(4),
      ndcg[at].toFixed(4),
      ms(milliseconds),
    ]),
  };
}

function distanceTable(figures: readonly Figure[]): Table {
  return {
    id: "distance",
    caption:
      "Forgetting by UBPR's protocol: mf by bpr on MovieLens-1M (split of NCF, 994,169 interactions), 8 factors, λ half the negatives, everything trained to ‖∇J‖ ≤ 1e-6; what is left of the distance to the retrained model",
    header: [
      "negatives",
      "forgotten",
      "N/N_f",
      "where",
      "method",
      "left, random",
      "left, test",
      "left, forgotten",
      "‖∇J‖",
      "passes",
      "time",
    ],
    rows: figures.map(({ negatives, forgotten, where, label, left, gradientNorm, passes, milliseconds }) => [
      String(negatives),
      String(forgotten),
      Math.round(994_169 / forgotten).toLocaleString("en-US"),
      where,
      label,
      ...[left.random, left.test, left.forgotten].map(percent),
      gradientNorm === null ? "" : sci(gradientNorm),
      passes === 0 ? "" : passes.toFixed(0),
      milliseconds === 0 ? "" : ms(milliseconds),
    ]),
  };
}

function rankingTable(figures: readonly Figure[]): Table {
  const some = figures.filter(
    ({ negatives, where, forgotten }) => negatives === 4 && where === "scattered" && forgotten === 347,
  );
  return {
    id: "ranking",
    caption: "HR / NDCG at the paper's cutoffs after forgetting .035 % of the interactions, four negatives",
    header: ["method", ...cutoffs.map((k) => `@${k}`)],
    rows: some.map(({ label, hr, ndcg }) => [label, ...hr.map((x, k) => `${x.toFixed(3)} / ${ndcg[k].toFixed(3)}`)]),
  };
}

function noiseTable(noise: Awaited<ReturnType<typeof trainingNoise>>): Table {
  return {
    id: "noise",
    caption: "NDCG@10 of training by Adam from several seeds, with all rows and without 99 of 994,169",
    header: ["seed", "all rows", "without 99", "difference"],
    rows: noise.map(({ seed, all, without }) => [
      String(seed),
      all.toFixed(4),
      without.toFixed(4),
      (without - all).toFixed(4),
    ]),
  };
}

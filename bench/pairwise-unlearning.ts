/** Which unlearner may be trusted with pairwise ranking? UBPR's protocol on MovieLens-1M: 8 factors, stored negatives, .01 to .035 % of the interactions. */

import type { Rows } from "../src/data/index.ts";
import { type RunContext, runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { Pairs } from "../src/model/model.ts";
import { randomOf } from "../src/numeric/random.ts";
import { planOf } from "../src/study/choosing/plan.ts";
import type { TrainedModel } from "../src/training/index.ts";
import type { Forgotten } from "../src/unlearning/index.ts";
import { noiseTable, trainingNoise } from "./pairwise/noise.ts";
import {
  type Contestant,
  cutoffs,
  forgetBy,
  inOneShard,
  note,
  ranking,
  type Split,
  scattered,
  sizes,
  trainedBy,
} from "./pairwise/protocol.ts";
import { inShards, shardTable } from "./pairwise/shards.ts";
import { ncfSplit } from "./published.ts";
import type { Report, Table } from "./report.ts";
import { ms, percent, sci } from "./timing.ts";

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

/** Which methods of influence may be trusted on MovieLens-100K: the judges' figures, and seconds for the first and each further target. */

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readInteractions } from "../src/data/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { type GivenSettings, methodNamed } from "../src/method/index.ts";
import type { Judged } from "../src/study/cases/judge/judged.ts";
import { type JudgeRequest, judgeMethods } from "../src/study/cases/judge.ts";
import { trainOn } from "../src/study/cases/train.ts";
import { planOf } from "../src/study/choosing/plan.ts";
import { valuing } from "../src/study/choosing/valuing.ts";
import { type NamedModel, openModel, storeModel } from "../src/study/store/model.ts";
import { dataFolder } from "./movielens.ts";
import type { Report, Table } from "./report.ts";

/** Who is asked about which players of which model. */
const gradient = [
  ...["influence-function", "fast-influence", "fast-influence-block", "newton-step", "leave-one-out-fixed-items"],
  ...["second-order-group", "arnoldi", "fast-if", "relative-influence", "relative-influence-block"],
  ...["renormalised-influence", "contributions", "representer-point", "high-dimensional-representer", "rps-lje"],
];
const oneSolve = [
  ...["influence-function", "fast-influence", "fast-influence-block", "arnoldi", "relative-influence-block"],
  ...["renormalised-influence", "representer-point", "rps-lje"],
];
const rowTrainings = ["downsampling"];
const games = ["leave-one-out", "downsampling", "shapley", "tmc-shapley", "beta-shapley", "banzhaf", "ame"];

/** Trainings that each game may take, and sizes of what judges ask about. */
const sizes = {
  // Each training starts anew.
  neumf: { trainings: 60, "lds.subsets": 40, "loo.sample": 30, "flipped.rows": 20, "planted.users": 10 },
  small: { trainings: 60, "lds.subsets": 10, "loo.sample": 5, "flipped.rows": 10, "planted.users": 10 },
  full: { trainings: 300, "lds.subsets": 60, "loo.sample": 40, "flipped.rows": 40, "planted.users": 40 },
};

interface Part {
  readonly id: string;
  readonly model: "mf" | "neumf";
  readonly players: "interactions" | "users";
  readonly methods: readonly string[];
  readonly count: number;
  /** Players whose values are timed. */
  readonly timed: number;
  readonly judges: readonly string[];
}

const parts: readonly Part[] = [
  {
    ...{ id: "rows", model: "mf", players: "interactions", methods: [...gradient, ...rowTrainings], count: 200 },
    timed: 20,
    judges: ["lds", "loo", "flipped", "planted"],
  },
  {
    ...{ id: "users", model: "mf", players: "users", methods: [...games, "influence-function", "newton-step"] },
    ...{ count: 100, timed: 100, judges: ["lds", "loo"] },
  },
  {
    // Games ask about every model with faults anew, and twice.
    ...{ id: "pushed", model: "mf", players: "users", methods: ["influence-function", "fast-influence", "banzhaf"] },
    ...{ count: 20, timed: 20, judges: ["planted"] },
  },
  {
    // A solve a player takes minutes here, and a game of trainings hours.
    ...{ id: "neumf", model: "neumf", players: "interactions", methods: oneSolve, count: 60 },
    timed: 5,
    judges: ["lds", "loo", "flipped"],
  },
];

const wishes = {
  mf: { model: "mf", factors: 8, l2: 15 },
  neumf: {
    ...{ model: "neumf", loss: "squared", l2: 5, recipe: { learningRate: 0.005 } },
    settings: { factors: 4, layers: [8], embedding: 4, activation: "squareplus" },
  },
} as const;

function entryOf(name: string) {
  return methodNamed(valuing, name).entry;
}

/** By their defaults drawn series of rows take minutes a target. */
function shortened(names: readonly string[]): GivenSettings {
  return names.includes("fast-if") ? { "fast-if.passes": 1, "fast-if.seeds": 2 } : {};
}

function settingsOf(
  names: readonly string[],
  judges: readonly string[],
  { trainings, ...ofJudges }: (typeof sizes)["full"],
): GivenSettings {
  const budgets = names.flatMap((name) => {
    return "trainings" in entryOf(name).settings ? [[`${name}.trainings`, trainings]] : [];
  });
  const taking = Object.entries(ofJudges).filter(([name]) => judges.includes(name.split(".")[0]));
  return { ...shortened(names), ...Object.fromEntries([...budgets, ...taking]) };
}

/** Seconds of asking about one pair and a few players, and what each of `pairs − 1` more pairs adds; of methods without trainings. */
async function targetSeconds(
  named: NamedModel,
  request: JudgeRequest,
  pairs: number,
  run: Parameters<typeof judgeMethods>[2],
) {
  const methods = (request.methods ?? []).filter((name) => !("trainings" in entryOf(name).settings));
  const settings = { "loo.sample": 3, ...shortened(methods) };
  const of = async (count: number) =>
    (await judgeMethods(named, { ...request, methods, judges: ["loo"], pairs: count, settings }, run)).rows;
  const [one, all] = [await of(1), await of(pairs)];
  return new Map(
    one.map((row) => {
      const more = all.find(({ method }) => method === row.method)?.seconds ?? Number.NaN;
      return [row.method, { first: row.seconds, further: Math.max(0, more - row.seconds) / (pairs - 1) }];
    }),
  );
}

function tableOf(
  part: Part,
  { rows, judges, model }: Judged,
  seconds: Awaited<ReturnType<typeof targetSeconds>>,
): Table {
  const figure = (value: number | null | undefined) => (value === null || value === undefined ? "" : value.toFixed(3));
  const ceiling = judges.find(({ judge }) => judge === "lds")?.figures.ceiling;
  return {
    id: part.id,
    caption: `Methods of influence judged on MovieLens-100K, ${model.kind}, ${part.count} ${part.players}; ${ceiling === undefined ? "" : `the ceiling of lds is ${figure(ceiling)}; `}seconds for ${part.timed} of them and one pair, of games for all and five pairs`,
    header: ["method", ...judges.map(({ judge }) => judge), "trainings", "first target, s", "further target, s"],
    rows: rows.map(({ method, judgements, trainings: used, seconds: all }) => [
      method,
      ...judges.map(({ judge }) => figure(judgements[judge].value)),
      String(used),
      // Games answer all pairs by the same trainings.
      (seconds.get(method)?.first ?? all).toPrecision(2),
      seconds.get(method)?.further.toPrecision(2) ?? "",
    ]),
  };
}

/** Tells a phase when it begins. */
function onPhase<Progress extends { readonly phase: string }>(tell: (progress: Progress) => void) {
  let last: string | undefined;
  return (progress: Progress) => {
    if (progress.phase !== last) tell(progress);
    last = progress.phase;
  };
}

/** All parts; ids of some of them as arguments, and `small` for a short run. */
export async function run(args: readonly string[]): Promise<Report> {
  const file = resolve(dataFolder, "ml-100k/ml-100k.inter");
  if (!existsSync(file)) {
    process.stderr.write(`no ${file}: set LETHE_DATA to a folder that has ml-100k/ml-100k.inter\n`);
    process.exit(2);
  }
  const small = args.includes("small");
  const chosen = parts.filter(({ id }) => args.every((arg) => arg === "small") || args.includes(id));
  const kernels = openKernels();
  // Trainings in threads open the model's folder.
  const place = await mkdtemp(join(tmpdir(), "lethe-judging-"));
  const { dataset } = await readInteractions(file);
  const tables: Table[] = [];
  const figures: unknown[] = [];
  for (const part of chosen) {
    const folder = join(place, part.id);
    await storeModel(folder, await trainOn(dataset, planOf(wishes[part.model]), { kernels }));
    const named = await openModel(folder, { kernels });
    const { methods } = part;
    const size = small ? sizes.small : part.model === "neumf" ? sizes.neumf : sizes.full;
    const request: JudgeRequest = {
      ...{ methods, players: part.players, judges: part.judges, pairs: 5, workers: 2 },
      ...{
        count: small ? 20 : part.count,
        settings: settingsOf(methods, part.judges, size),
      },
    };
    const told = (progress: { readonly phase: string }) => process.stderr.write(`${part.id}: ${progress.phase}\n`);
    const judged = await judgeMethods(named, request, { kernels, onProgress: onPhase(told) });
    const seconds = await targetSeconds(named, { ...request, count: part.timed }, 5, { kernels });
    tables.push(tableOf(part, judged, seconds));
    figures.push({ ...part, judged, seconds: Object.fromEntries(seconds) });
  }
  await kernels.close();
  await rm(place, { recursive: true });
  return { tables, figures };
}

/** Which methods of influence may be trusted on MovieLens-100K: the judges' figures, and seconds for the first and each further target. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readInteractions } from "../src/data/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { type GivenSettings, namesOf } from "../src/method/index.ts";
import type { Judged } from "../src/study/cases/judge/judged.ts";
import { type JudgeRequest, judgeMethods } from "../src/study/cases/judge.ts";
import { trainOn } from "../src/study/cases/train.ts";
import { planOf } from "../src/study/choosing/plan.ts";
import { valuing } from "../src/study/choosing/valuing.ts";
import type { NamedModel } from "../src/study/store/model.ts";
import { dataFolder } from "./movielens.ts";
import type { Report, Table } from "./report.ts";

/** Who is asked about which players of which model. Adding a name is all that a new method needs; names that are in no catalogue are left out. */
const gradient = [
  ...["fast-influence", "fast-influence-block", "influence-function", "newton-step", "arnoldi", "fast-if"],
  ...["relative-influence", "renormalised-influence", "representer-point", "rps-lje", "high-dimensional-representer"],
  ...["tracin", "tracin-cp", "hydra", "gas", "sgd-influence", "contributions"],
];
const rowTrainings = ["downsampling"];
const games = ["shapley", "tmc-shapley", "beta-shapley", "banzhaf", "ame", "leave-one-out"];

/** Trainings that each game may take, and sizes of what judges ask about. */
const sizes = {
  small: { trainings: 60, "lds.subsets": 10, "loo.sample": 5, "flipped.rows": 10, "planted.users": 10 },
  full: { trainings: 500, "lds.subsets": 100, "loo.sample": 50, "flipped.rows": 200, "planted.users": 100 },
};

interface Part {
  readonly id: string;
  readonly model: "mf" | "neumf";
  readonly players: "interactions" | "users";
  readonly methods: readonly string[];
  readonly count: number;
  readonly judges: readonly string[];
}

const parts: readonly Part[] = [
  {
    ...{ id: "rows", model: "mf", players: "interactions", methods: [...gradient, ...rowTrainings], count: 500 },
    judges: ["lds", "loo", "flipped"],
  },
  {
    ...{ id: "users", model: "mf", players: "users", methods: [...games, "influence-function", "newton-step"] },
    ...{ count: 100, judges: ["lds", "loo", "planted"] },
  },
  {
    ...{ id: "neumf", model: "neumf", players: "interactions", methods: gradient, count: 200 },
    judges: ["lds", "loo", "flipped"],
  },
];

const wishes = {
  mf: { model: "mf", factors: 8, l2: 15 },
  neumf: { model: "neumf", settings: { factors: 4, layers: [8], embedding: 4 }, polish: true, l2: 20 },
} as const;

const known = namesOf(valuing);

function settingsOf(
  names: readonly string[],
  judges: readonly string[],
  { trainings, ...ofJudges }: (typeof sizes)["full"],
): GivenSettings {
  const budgets = names.flatMap((name) => {
    const entry = valuing.methods.find((one) => one.name === name);
    return entry && "trainings" in entry.settings ? [[`${name}.trainings`, trainings]] : [];
  });
  const taking = Object.entries(ofJudges).filter(([name]) => judges.includes(name.split(".")[0]));
  return Object.fromEntries([...budgets, ...taking]);
}

/** Seconds of asking about one pair, and what each of `pairs − 1` more pairs adds. */
async function targetSeconds(
  named: NamedModel,
  request: JudgeRequest,
  pairs: number,
  run: Parameters<typeof judgeMethods>[2],
) {
  const only = { ...request, judges: ["loo"], settings: undefined };
  const of = async (count: number) =>
    (await judgeMethods(named, { ...only, pairs: count, settings: { "loo.sample": 3 } }, run)).rows;
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
    caption: `Methods of influence judged on MovieLens-100K, ${model.kind}, ${part.count} ${part.players}; the ceiling of lds is ${figure(ceiling)}`,
    header: ["method", ...judges.map(({ judge }) => judge), "trainings", "first target, s", "further target, s"],
    rows: rows.map(({ method, judgements, trainings: used }) => [
      method,
      ...judges.map(({ judge }) => figure(judgements[judge].value)),
      String(used),
      ...[seconds.get(method)?.first, seconds.get(method)?.further].map((value) => value?.toPrecision(2) ?? ""),
    ]),
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
  const { dataset } = await readInteractions(file);
  const tables: Table[] = [];
  const figures: unknown[] = [];
  for (const part of chosen) {
    const named = await trainOn(dataset, planOf(wishes[part.model]), { kernels });
    const methods = part.methods.filter((name) => known.includes(name));
    const request: JudgeRequest = {
      ...{ methods, players: part.players, judges: part.judges, pairs: 5 },
      ...{
        count: small ? 20 : part.count,
        settings: settingsOf(methods, part.judges, small ? sizes.small : sizes.full),
      },
    };
    const judged = await judgeMethods(named, request, { kernels });
    const seconds = await targetSeconds(named, request, 5, { kernels });
    tables.push(tableOf(part, judged, seconds));
    figures.push({ ...part, judged, seconds: Object.fromEntries(seconds) });
  }
  await kernels.close();
  return { tables, figures };
}

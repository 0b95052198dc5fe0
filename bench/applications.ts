/** What influence is for, on MovieLens: which item to ask somebody new about, which half of the data to train on, and whose first item hangs by one rating. */

import { resolve } from "node:path";
import { type Dataset, readInteractions, readPairs } from "../src/data/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { fairnessOf, planOf, subsetOf, trainOn } from "../src/study/index.ts";
import { onboarding } from "./applications/onboarding.ts";
import { dataFolder, movielens } from "./movielens.ts";
import type { Report, Table } from "./report.ts";

/** Parts by name (ask, subset, fairness), default all; and how many people are new, 300 by default. */
export async function run(args: readonly string[]): Promise<Report> {
  const wanted = args.filter((arg) => !/^\d+$/.test(arg));
  const people = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 300);
  const parts: Readonly<Record<string, () => Promise<Table>>> = {
    ask: async () => onboarding(await trainedOn(await movielens(), 15), people),
    subset: halves,
    fairness: groups,
  };
  const tables: Table[] = [];
  for (const [name, part] of Object.entries(parts))
    if (wanted.length === 0 || wanted.includes(name)) tables.push(await part());
  return { tables, figures: tables.map(({ id, rows }) => ({ id, rows })) };
}

const kernels = () => openKernels({ threads: 2 });

async function trainedOn(dataset: Dataset, l2: number) {
  const opened = kernels();
  const plan = planOf({ model: "mf", loss: "squared", settings: { factors: 8 }, l2 });
  const named = await trainOn(dataset, plan, { kernels: opened });
  return { named, kernels: opened };
}

const rules = [
  { name: "influence on unseen rows (default)", request: {} },
  { name: "fitted without its own help", request: { measure: "own-fit", tail: "low" } },
  { name: "fitted by its own help alone", request: { measure: "own-fit", tail: "high" } },
] as const;

/** Half of MovieLens-100K by several rules, each judged by a fifth of the rows that it has not seen. */
async function halves(): Promise<Table> {
  const file = resolve(dataFolder, "ml-100k/ml-100k.inter");
  const { named, kernels: opened } = await trainedOn((await readInteractions(file)).dataset, 12);
  const rows: string[][] = [];
  for (const { name, request } of rules)
    for (const seed of name === rules[0].name ? [1, 2, 3] : [1]) {
      const { subset } = await subsetOf(named, { ...request, seed, draws: 3 }, { kernels: opened });
      const { error, interval } = subset;
      rows.push([
        name,
        String(seed),
        error.all.toFixed(4),
        error.chosen.toFixed(4),
        error.random.mean.toFixed(4),
        interval === null ? "" : `${interval[0].toFixed(4)} to ${interval[1].toFixed(4)}`,
      ]);
    }
  await opened.close();
  return {
    id: "subset",
    caption: "RMSE of a fifth of MovieLens-100K that no choice has seen (8 factors, λ 12), by what is trained on",
    header: ["half by", "seed", "all", "that half", "random halves", "difference, 95 %"],
    rows,
  };
}

interface GroupedSet {
  readonly dataset: Dataset;
  readonly l2: number;
  /** Groups beside those by activity. */
  readonly people?: readonly ((user: string) => string | undefined)[];
}

/** The sex and the age of MovieLens-1M's users, as they said them: `id::sex::age::…`. */
async function peopleOfMovielens() {
  const { users, items: sexes } = await readPairs(resolve(dataFolder, "ml-1m/users.dat"), "users", { columns: "0,1" });
  const { items: ages } = await readPairs(resolve(dataFolder, "ml-1m/users.dat"), "users", { columns: "0,2" });
  const at = new Map(users.map((user, k) => [user, k] as const));
  const of = (said: readonly string[], what: string) => (user: string) => {
    const k = at.get(user);
    return k === undefined ? undefined : `${what} ${said[k]}`;
  };
  return [of(sexes, "sex"), of(ages, "age from")];
}

/** Whose first item a single rating of somebody else decides, by activity, sex and age. */
async function groups(): Promise<Table> {
  const sets = {
    "MovieLens-100K, λ 12": {
      dataset: (await readInteractions(resolve(dataFolder, "ml-100k/ml-100k.inter"))).dataset,
      l2: 12,
    },
    "MovieLens-1M, λ 15": { dataset: await movielens(), l2: 15, people: await peopleOfMovielens() },
  };
  const rows: string[][] = [];
  for (const [name, { dataset, l2, people = [] }] of Object.entries<GroupedSet>(sets)) {
    const { named, kernels: opened } = await trainedOn(dataset, l2);
    for (const groupOf of [undefined, ...people]) {
      const found = await fairnessOf(named, { kernels: opened, groupOf });
      for (const { group, least, most, users, flipped, share } of found.groups)
        rows.push([
          name,
          group,
          `${least} to ${most}`,
          String(users),
          String(flipped),
          `${(100 * share).toFixed(1)} %`,
        ]);
    }
    await opened.close();
  }
  return {
    id: "fairness",
    caption:
      "Users whose first item would be another without a single rating of somebody else (8 factors), by terciles of activity, and of MovieLens-1M by sex and age",
    header: ["data", "group", "ratings", "users", "of them", "share"],
    rows,
  };
}

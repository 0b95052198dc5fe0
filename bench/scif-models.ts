/** What does SCIF leave on the paper's models? NeuMF and LightGCN on MovieLens-100K, half of the ratings held out, 5 % of the users forgotten. */

import { resolve } from "node:path";
import { type AuditedModel, type AuditSubject, audits } from "../src/audit/index.ts";
import { type Dataset, type Interactions, readInteractions } from "../src/data/index.ts";
import { splitPerUser } from "../src/data/splitting.ts";
import { topItems } from "../src/evaluation/ranking.ts";
import { type RunContext, runContext } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { type GivenSettings, methodNamed } from "../src/method/index.ts";
import { requestRules } from "../src/requests/index.ts";
import { dataOf, planOf, type TrainWishes } from "../src/study/choosing/plan.ts";
import { itemScoresOf, type Sharding, type TrainedModel } from "../src/training/index.ts";
import { unlearners } from "../src/unlearning/index.ts";
import { dataFolder } from "./movielens.ts";
import type { Report } from "./report.ts";
import { ms } from "./timing.ts";

const cutoffs = [5, 10, 15, 20];

/** The models at a length of the embeddings. */
const models: Readonly<Record<string, (factors: number) => TrainWishes>> = {
  neumf: (factors) => ({
    ...{ model: "neumf", loss: "squared", l2: 1, negatives: 0 },
    settings: { factors, embedding: factors, layers: [2 * factors, factors] },
  }),
  "light-gcn": (factors) => ({
    ...{ model: "light-gcn", loss: "squared", l2: 0.05, negatives: 0 },
    settings: { factors, layers: 2 },
  }),
};

/** What is trained on, and what is held out. */
interface Halves {
  readonly training: Dataset;
  readonly test: Interactions;
}

/** Arguments: `--full` takes MovieLens-1M and 64 factors; `factors=16`, `epochs=60`, `only=neumf`. */
export async function run(args: readonly string[]): Promise<Report> {
  const option = (name: string) => args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  const full = args.includes("--full");
  const factors = Number(option("factors") ?? (full ? 64 : 16));
  const recipe = { optimizer: "adam", epochs: Number(option("epochs") ?? 60), learningRate: 5e-3, batch: 256 } as const;
  const halves = await halved(full ? "ml-1m/ratings.dat" : "ml-100k/ml-100k.inter");
  const kernels = openKernels();
  const context = runContext(kernels);
  const figures: Figures[] = [];
  for (const [name, wishes] of Object.entries(models))
    if ((option("only") ?? name) === name)
      figures.push(await study(name, { ...wishes(factors), recipe }, halves, context));
  await kernels.close();
  const set = `${full ? "MovieLens-1M" : "MovieLens-100K"}, half of the ratings held out, squared loss, ${factors} factors, ${recipe.epochs} epochs of Adam, 5 % of the users forgotten`;
  return {
    tables: [
      {
        id: "ranking",
        caption: `Ranking before and after: ${set}. NDCG@K divides by the gain of min(K, relevant) hits; NDCG@K over K hits divides by that of K, and falls with K, as in the paper`,
        header: [
          "model",
          "state",
          ...cutoffs.map((k) => `HR@${k}`),
          ...cutoffs.map((k) => `NDCG@${k}`),
          ...cutoffs.map((k) => `NDCG@${k} over K hits`),
          "time",
        ],
        rows: figures.flatMap(({ name, states }) =>
          states.map(({ state, ranking, milliseconds }) => [
            name,
            state,
            ...[ranking.hr, ranking.ndcg, ranking.ndcgOverK].flatMap((list) => list.map((x) => x.toFixed(3))),
            milliseconds === undefined ? "" : ms(milliseconds),
          ]),
        ),
      },
      {
        id: "attacks",
        caption:
          "The membership oracle on the forgotten points, of each model: AUC with its interval of 95 %; printed: trained with the forgotten points as ones that were not trained on",
        header: ["model", "state", "form", "before", "after", "retrained", "verdict"],
        rows: figures.flatMap(({ name, attacks }) =>
          attacks.map(({ state, form, original, unlearned, retrained, verdict }) => [
            name,
            state,
            form,
            ...[original, unlearned, retrained].map(aucText),
            verdict,
          ]),
        ),
      },
      {
        id: "cka",
        caption: "Relative CKA with the original by group (SCIF, Eq. 8; 1: as alike as another seed's model)",
        header: ["model", "state", "group", "unlearned", "retrained"],
        rows: figures.flatMap(({ name, cka }) =>
          cka.flatMap(({ state, groups }) =>
            groups.map(({ group, relativeUnlearned, relativeRetrained }) => [
              name,
              state,
              group,
              ...[relativeUnlearned, relativeRetrained].map((x) => (x === null ? "" : x.toFixed(3))),
            ]),
          ),
        ),
      },
    ],
    figures,
  };
}

interface Ranking {
  readonly hr: readonly number[];
  readonly ndcg: readonly number[];
  readonly ndcgOverK: readonly number[];
}

interface State {
  readonly state: string;
  readonly ranking: Ranking;
  readonly milliseconds?: number | undefined;
}

interface Rates {
  readonly auc: number;
  readonly interval: readonly [number, number];
}

interface Attack {
  readonly state: string;
  readonly form: string;
  readonly verdict: string;
  readonly original: Rates;
  readonly unlearned: Rates;
  readonly retrained?: Rates;
}

interface CkaGroup {
  readonly group: string;
  readonly relativeUnlearned: number | null;
  readonly relativeRetrained: number | null;
}

interface Figures {
  readonly name: string;
  readonly states: readonly State[];
  readonly attacks: readonly Attack[];
  readonly cka: readonly { readonly state: string; readonly groups: readonly CkaGroup[] }[];
}

async function halved(file: string): Promise<Halves> {
  const { dataset } = await readInteractions(resolve(dataFolder, file));
  const { interactions } = dataset;
  const { train, test } = splitPerUser(interactions, { fraction: 0.5 }, 1);
  return { training: { ...dataset, interactions: interactions.select(train) }, test: interactions.select(test) };
}

async function study(name: string, wishes: TrainWishes, halves: Halves, run: RunContext): Promise<Figures> {
  const { training, test } = halves;
  const trained = async (sharding?: Partial<Sharding>) => {
    const { trainer } = planOf(sharding ? { ...wishes, sharding } : wishes);
    return timed(() => trainer.train(dataOf(training), 1, run));
  };
  const named = (model: TrainedModel): AuditedModel => ({ trained: model, dataset: training });
  const whole = await trained();
  const original = named(whole.result);
  const [rows] = await methodNamed(requestRules, "random").entry.make({ share: 0.05 }).choose(original, run);
  const forget = (method: string, model: TrainedModel, settings: GivenSettings = {}) =>
    timed(() => methodNamed(unlearners, method).entry.make(settings).forget(model, rows, run));
  const retrained = await forget("retrain", original.trained);
  const states: State[] = [];
  const see = (state: string, model: TrainedModel, milliseconds?: number) => {
    states.push({ state, ranking: rankingOf(model, test), milliseconds });
    process.stderr.write(`${name}: ${state}\n`);
  };
  see("before", original.trained, whole.milliseconds);
  see("retrain", retrained.result.model, retrained.milliseconds);
  const subjects: [string, AuditSubject][] = [];
  const pairs = pairsOf(training);
  const add = (state: string, from: AuditedModel, after: TrainedModel, again: TrainedModel) =>
    subjects.push([
      state,
      {
        ...{ original: from, unlearned: named(after), retrained: named(again) },
        ...{ forgotten: pairs(training.interactions.select(rows)), test: pairs(test) },
      },
    ]);
  for (const [state, settings] of [
    ["scif", {}],
    ["scif, as printed", { form: "printed" }],
  ] as const) {
    const found = await forget("scif", original.trained, settings);
    see(state, found.result.model, found.milliseconds);
    if (state === "scif") add(state, original, found.result.model, retrained.result.model);
  }
  const sharding = { shards: 8, partition: "user-similarity", aggregate: "attention" } as const;
  const inShards = await trained(sharding);
  see("receraser, before", inShards.result, inShards.milliseconds);
  const erased = await forget("exact", inShards.result);
  see("receraser", erased.result.model, erased.milliseconds);
  return { name, states, ...(await audited(subjects, run)) };
}

async function audited(subjects: readonly [string, AuditSubject][], run: RunContext) {
  const ask = (audit: string, settings: GivenSettings, subject: AuditSubject) =>
    methodNamed(audits, audit).entry.make(settings).run(subject, run);
  const attacks: Attack[] = [];
  const cka: Figures["cka"][number][] = [];
  for (const [state, subject] of subjects) {
    for (const form of ["corrected", "printed"]) {
      const found = (await ask("membership-oracle", { form, points: 10_000 }, subject)) as Attack;
      attacks.push({ ...pick(found), state, form });
      process.stderr.write(`${state}: oracle, ${form}: ${found.verdict}\n`);
    }
    const found = (await ask("cka", {}, subject)) as Readonly<Record<string, CkaGroup>>;
    const groups = ["forgottenUsers", "remainingUsers", "forgottenItems", "remainingItems"].map((group) => ({
      group,
      relativeUnlearned: found[group].relativeUnlearned,
      relativeRetrained: found[group].relativeRetrained,
    }));
    cka.push({ state, groups });
  }
  return { attacks, cka };
}

function pick({ verdict, original, unlearned, retrained }: Attack): Omit<Attack, "state" | "form"> {
  const rates = ({ auc, interval }: Rates) => ({ auc, interval });
  return {
    verdict,
    original: rates(original),
    unlearned: rates(unlearned),
    ...(retrained ? { retrained: rates(retrained) } : {}),
  };
}

function aucText(rates: Rates | undefined): string {
  if (rates === undefined) return "";
  const [low, high] = rates.interval;
  return `${rates.auc.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; milliseconds: number }> {
  const begun = performance.now();
  const result = await work();
  return { result, milliseconds: performance.now() - begun };
}

/** Pairs by outside ids. */
function pairsOf({ userIds, itemIds }: Dataset) {
  return ({ users, items, ratings }: Interactions) => ({
    users: Array.from(users, (u) => userIds.list[u]),
    items: Array.from(items, (i) => itemIds.list[i]),
    ratings,
  });
}

/** Means over the users who have test items and training items, of all items but those that they were trained on. */
function rankingOf(model: TrainedModel, test: Interactions): Ranking {
  const sums = { hr: cutoffs.map(() => 0), ndcg: cutoffs.map(() => 0), ndcgOverK: cutoffs.map(() => 0) };
  const { byUser, items } = model.interactions;
  let count = 0;
  for (let user = 0; user < test.userCount; user++) {
    const own = (of: Interactions) =>
      new Set(
        Array.from(of.byUser.rows.subarray(of.byUser.start[user], of.byUser.start[user + 1]), (row) => of.items[row]),
      );
    const relevant = own(test);
    if (relevant.size === 0 || byUser.start[user + 1] === byUser.start[user] || items.length === 0) continue;
    count++;
    const list = topItems(itemScoresOf(model, user), cutoffs[cutoffs.length - 1], own(model.interactions));
    cutoffs.forEach((k, at) => {
      const gain = gainOf(list.slice(0, k).map((item) => relevant.has(item)));
      sums.hr[at] += gain > 0 ? 1 : 0;
      sums.ndcg[at] += gain / gainOf(new Array(Math.min(k, relevant.size)).fill(true));
      sums.ndcgOverK[at] += gain / gainOf(new Array(k).fill(true));
    });
  }
  const mean = (list: readonly number[]) => list.map((x) => x / count);
  return { hr: mean(sums.hr), ndcg: mean(sums.ndcg), ndcgOverK: mean(sums.ndcgOverK) };
}

function gainOf(hits: readonly boolean[]): number {
  return hits.reduce((sum, hit, place) => sum + (hit ? 1 / Math.log2(place + 2) : 0), 0);
}

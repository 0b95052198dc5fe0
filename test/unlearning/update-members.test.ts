/** Updating models in shards, models at no optimum, and models with drawn negatives: what training on the next rows makes. */

import { describe, expect, test } from "vitest";
import { modelKinds } from "../../src/model/index.ts";
import { bpr, multinomial, squared } from "../../src/objective/loss.ts";
import { drawNegatives, type Sampling } from "../../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../../src/objective/objective.ts";
import { updateRows } from "../../src/study/cases/update.ts";
import { dataOf } from "../../src/study/choosing/plan.ts";
import type { NamedModel } from "../../src/study/store/model.ts";
import { byBatches, type Sharding, sharded, standardRecipe, type Trainer } from "../../src/training/index.ts";
import { shardKeyed } from "../../src/training/shards/deal.ts";
import { smallSettings } from "../model/small-settings.ts";
import { apart, datasetOf, type Event, eventsOf, inDecimal } from "../support/events.ts";
import { run } from "../support/run.ts";
import { likes, ratings } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";

const recipe = { ...standardRecipe, learningRate: 0.05, batch: 16, epochs: 3 };
const common = { l2: 0.1, l2Shared: 0.1, regularizer: "table", extraWeight: 0.2 } as const;
const honest: Sampling = { perRow: 2, seed: 3, semantics: "honest" };
const frozen: Sampling = { ...honest, semantics: "frozen" };

const settings = {
  ratings: { ...common, kind: modelKinds.mf, model: { factors: 2, biases: true }, loss: squared },
  honest: { ...common, kind: modelKinds.mf, model: { factors: 2 }, loss: bpr, sampling: honest },
  frozen: { ...common, kind: modelKinds.mf, model: { factors: 2 }, loss: bpr, sampling: frozen },
  lists: { ...common, kind: modelKinds["mult-vae"], model: smallSettings["mult-vae"][0], loss: multinomial },
} as const satisfies Record<string, ObjectiveSettings>;

type Kind = keyof typeof settings;

async function trained(kind: Kind, wrap: (inner: Trainer) => Trainer = (inner) => inner): Promise<NamedModel> {
  const interactions = settings[kind].loss === squared ? ratings() : likes();
  const named = inDecimal(
    await wrap(byBatches(settings[kind], recipe)).train(dataOf(inDecimalOf(interactions)), 1, run),
  );
  return named;
}

const inDecimalOf = (interactions: ReturnType<typeof likes>) => {
  const ids = (count: number) => Array.from({ length: count }, (_, k) => String(k));
  const [users, items] = [ids(interactions.userCount), ids(interactions.itemCount)];
  const table = (list: string[]) => ({
    size: list.length,
    list,
    find: (id: string | number) => list.indexOf(String(id)),
  });
  return { interactions, userIds: table(users), itemIds: table(items), itemInfo: new Map() };
};

const update = (named: NamedModel, changes: object) => updateRows(named, changes, { kernels: run.kernels });

/** The next rows trained from scratch by the model's own trainer and seed. */
async function fresh({ trained: { trainer, seed }, dataset }: NamedModel): Promise<NamedModel> {
  return { trained: await trainer.train(dataOf(dataset), seed, run), dataset };
}

const news: readonly Event[] = [
  ["new", "1", 1],
  ["0", "newer", 1],
  ["7", "0", 1],
];

describe("at no optimum", () => {
  test.each(["ratings", "honest", "lists"] as const)("%s: trained from scratch, and it says so", async (kind) => {
    const named = await trained(kind);
    const { model, report } = await update(named, { add: datasetOf(news), remove: Uint32Array.of(3, 11) });
    expect(report).toMatchObject({
      method: "retrain",
      guarantee: "exact",
      added: 3,
      removed: 2,
      newUsers: 1,
      newItems: 1,
    });
    expect(report.caveats.join()).toContain("at no optimum");
    expect(apart(model, await fresh(model))).toBe(0);
    expect(model.trained.seed).toBe(named.trained.seed);
  });
});

describe("frozen negatives", () => {
  test("of rows that stay stay, but where the user has chosen them by now; new rows draw theirs", async () => {
    const named = await trained("frozen");
    const before = smoothOf(named.trained).objective;
    const { users, items } = named.trained.interactions;
    // Somebody chooses what was drawn for another of their interactions.
    const add = datasetOf([[String(users[0]), String(before.negatives[0]), 1]]);
    const { model, report } = await update(named, { add });
    const after = smoothOf(model.trained).objective;
    const fresh = drawNegatives(after.interactions, after.keys, frozen);
    const idOf = (item: number) => model.dataset.itemIds.list[item];
    let redrawn = 0;
    before.negatives.forEach((item, k) => {
      const row = Math.floor(k / 2);
      const clash = users[row] === users[0] && item === before.negatives[0];
      if (clash) redrawn++;
      else expect(idOf(after.negatives[k])).toBe(String(item));
      if (clash) expect(after.negatives[k]).toBe(fresh[k]);
    });
    expect(redrawn).toBeGreaterThan(0);
    expect(after.negatives.slice(2 * items.length)).toEqual(fresh.slice(2 * items.length));
    // Nothing became free or new: what was kept is what would be drawn.
    expect(report.caveats.join()).not.toContain("negatives");
    expect(after.negatives).toEqual(fresh);
  });

  test("that training anew would draw otherwise are counted", async () => {
    const named = await trained("frozen");
    const more = Array.from({ length: 30 }, (_, k): Event => ["0", `new ${k}`, 1]);
    const { model, report } = await update(named, { add: datasetOf(more) });
    const { negatives, interactions, keys } = smoothOf(model.trained).objective;
    const anew = drawNegatives(interactions, keys, frozen);
    const rows = Array.from({ length: interactions.size }, (_, row) => row);
    const differ = rows.filter((row) => [0, 1].some((n) => negatives[2 * row + n] !== anew[2 * row + n])).length;
    expect(differ).toBeGreaterThan(0);
    expect(report.caveats.join()).toContain(`${differ} interactions keep drawn negatives`);
  });
});

const shardings: readonly Sharding[] = [
  { shards: 3, partition: "users", aggregate: "own", seed: 2 },
  { shards: 3, partition: "interactions", aggregate: "mean", seed: 2 },
  { shards: 3, partition: "users", aggregate: "attention", slices: 2, seed: 2 },
];

describe.each(shardings)("in shards by $partition, $aggregate", (sharding) => {
  test.each(["ratings", "honest", "lists"] as const)(
    "%s: what training in shards on the next rows makes",
    async (kind) => {
      if (kind === "lists" && sharding.aggregate === "attention") return;
      const named = await trained(kind, (inner) => sharded(inner, sharding));
      const { model, report } = await update(named, { add: datasetOf(news), remove: Uint32Array.of(3) });
      expect(report).toMatchObject({ method: "exact", guarantee: "exact", added: 3, removed: 1 });
      expect(apart(model, await fresh(model))).toBeLessThan(1e-9);
    },
  );

  test("a row hits the member that its ids deal it to, and no other", async () => {
    const named = await trained("ratings", (inner) => sharded(inner, sharding));
    const { model, report } = await update(named, { add: datasetOf([["7", "0", 2]]) });
    const { shards = [], keys, interactions } = model.trained;
    const last = interactions.size - 1;
    expect(interactions.ratings[last]).toBe(2);
    const own = shardKeyed(keys, sharding)(interactions.users[last], interactions.items[last]);
    expect(shards.map(({ rows }) => rows.includes(last))).toEqual(shards.map((_, k) => k === own));
    expect(report.membersHit).toBe(1);
    const ends = ({ trained: { shards: all = [] } }: NamedModel) => all.map((one) => smoothOf(one.model).value);
    expect(ends(model).filter((value, k) => value !== ends(named)[k])).toHaveLength(1);
  });

  test("changed ratings hit their members", async () => {
    const named = await trained("ratings", (inner) => sharded(inner, sharding));
    const { model, report } = await update(named, { change: [{ row: 5, rating: -1 }] });
    expect([report.membersHit, report.changed]).toEqual([1, 1]);
    expect(eventsOf(model)[5][2]).toBe(-1);
    expect(apart(model, await fresh(model))).toBeLessThan(1e-9);
  });
});

test.each(["user-similarity", "item-similarity", "interaction-similarity"] as const)(
  "shards by %s: rows stay where they are, and the guarantee is approximate",
  async (partition) => {
    const sharding: Sharding = { shards: 3, partition, aggregate: "mean", seed: 2 };
    const named = await trained("ratings", (inner) => sharded(inner, sharding));
    const { model, report } = await update(named, { add: datasetOf(news), remove: Uint32Array.of(3) });
    expect(report.guarantee).toBe("approximate");
    expect(report.caveats.join()).toContain("dealt");
    const placed = ({ trained: { shards = [] }, ...rest }: NamedModel, whole: NamedModel) =>
      shards.map(({ rows }) =>
        Array.from(rows, (row) => eventsOf(whole)[row].join()).filter((event) => rest !== null && event),
      );
    const [before, after] = [placed(named, named), placed(model, model)];
    const gone = eventsOf(named)[3].join();
    before.forEach((events, k) => {
      expect(after[k]).toEqual(expect.arrayContaining(events.filter((event) => event !== gone)));
    });
    expect(after.flat()).toHaveLength(eventsOf(named).length + 2);
  },
);

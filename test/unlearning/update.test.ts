/** The laws of updating: any subject on other rows is what training on them gives, however they came there. */

import { describe, expect, test } from "vitest";
import { type Dataset, idsOf } from "../../src/data/dataset.ts";
import { interactionsOf, type Rows } from "../../src/data/interactions.ts";
import { norm } from "../../src/numeric/vector.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import { updateRows } from "../../src/study/cases/update.ts";
import type { RowChanges } from "../../src/study/choosing/next/changes.ts";
import type { NamedModel } from "../../src/study/store/model.ts";
import { run } from "../support/run.ts";
import { expectNear, rowsWhere, triplesOf } from "../support/small.ts";
import { smoothOf } from "../support/trained.ts";
import { derivativesAt, optimum, optimumOf, type Subject, subjects } from "./subjects.ts";

type Event = readonly [user: string, item: string, rating: number];

function datasetOf(events: readonly Event[]): Dataset {
  const [userIds, itemIds] = [0, 1].map((side) => idsOf([...new Set(events.map((event) => String(event[side])))]));
  const indexOf = (side: 0 | 1, ids: Dataset["userIds"]) =>
    Uint32Array.from(events, (event) => ids.find(event[side]) ?? 0);
  const interactions = interactionsOf({
    ...{ userCount: userIds.size, itemCount: itemIds.size },
    ...{ users: indexOf(0, userIds), items: indexOf(1, itemIds), ratings: Float64Array.from(events, ([, , r]) => r) },
  });
  return { interactions, userIds, itemIds, itemInfo: new Map() };
}

const eventsOf = ({ trained, dataset }: NamedModel): Event[] =>
  triplesOf(trained.interactions).map(([u, i, r]) => [dataset.userIds.list[u], dataset.itemIds.list[i], r]);

/** The subject's optimum under the ids that its indices are in decimal. */
async function namedOptimum(subject: Subject): Promise<NamedModel> {
  const trained = await optimum(subject);
  const { interactions } = trained;
  const decimal = (count: number) => idsOf(Array.from({ length: count }, (_, k) => String(k)));
  const dataset = { interactions, userIds: decimal(interactions.userCount), itemIds: decimal(interactions.itemCount) };
  return { trained, dataset: { ...dataset, itemInfo: new Map() } };
}

/** Scores of all pairs of the ids that have data in `like`. */
function scoresOf({ trained, dataset }: NamedModel, like: NamedModel): Float64Array {
  const users = new Set(eventsOf(like).map(([user]) => user));
  const items = new Set(eventsOf(like).map(([, item]) => item));
  const pairs = [...users].sort().flatMap((user) => [...items].sort().map((item) => [user, item] as const));
  return trained.scores({
    users: Uint32Array.from(pairs, ([user]) => dataset.userIds.find(user) ?? expect.fail(`no user ${user}`)),
    items: Uint32Array.from(pairs, ([, item]) => dataset.itemIds.find(item) ?? expect.fail(`no item ${item}`)),
  });
}

const update = async (named: NamedModel, changes: RowChanges, options = {}) =>
  updateRows(named, changes, { kernels: run.kernels, tolerance: 1e-9, ...options });

/** All of one user, all of one item, and every seventh row: a user and an item come and go with them. */
function someRows({ asks }: Subject, { trained }: NamedModel): Rows {
  return rowsWhere(
    trained.interactions,
    ([user, item], row) => user === asks.user || item === asks.item || row % 7 === 3,
  );
}

const pick = (events: readonly Event[], rows: Rows) => Array.from(rows, (row) => events[row]);

describe.each(subjects.map((subject) => [subject.name, subject] as const))("%s", async (_, subject) => {
  const named = await namedOptimum(subject);
  const events = eventsOf(named);
  const rows = someRows(subject, named);
  const less = (await update(named, { remove: rows })).model;
  const { model: again, report } = await update(less, { add: datasetOf(pick(events, rows)) });

  test("with rows added back it is at the optimum of all rows, certified, and counts who came", () => {
    const { objective, params } = smoothOf(again.trained);
    expect(norm(derivativesAt(objective, params).gradient)).toBeLessThan(2e-9);
    expect(report).toMatchObject({
      method: "exact",
      guarantee: "certified",
      added: rows.length,
      removed: 0,
      changed: 0,
    });
    expect(report.newUsers).toBeGreaterThan(0);
    expect([report.goneUsers, report.goneItems]).toEqual([0, 0]);
    expect(eventsOf(again)).toEqual([...eventsOf(less), ...pick(events, rows)]);
  });

  test("ids stand in order of first appearance, then those that only others refer to", () => {
    const { users, items } = again.trained.interactions;
    const inOrder = (keys: Uint32Array) => [...new Set(keys)].every((key, k) => key === k);
    expect([inOrder(users), inOrder(items)]).toEqual([true, true]);
    expect(again.trained.keys).toEqual(nameKeys(again.dataset.userIds.list, again.dataset.itemIds.list));
  });

  test("changed ratings are trained on", async () => {
    const change = [3, 8].map((row) => ({ row, rating: events[row][2] + 1 }));
    const { model, report: told } = await update(named, { change });
    expect(told).toMatchObject({ changed: 2, added: 0, removed: 0, status: "converged" });
    expect(eventsOf(model)[8][2]).toBe(events[8][2] + 1);
    const { objective, params } = smoothOf(model.trained);
    expect(norm(derivativesAt(objective, params).gradient)).toBeLessThan(2e-9);
  });

  test("a row that is removed and added again changes no byte", async () => {
    const { model, report: told } = await update(named, { remove: rows, add: datasetOf(pick(events, rows)) });
    expect(model).toBe(named);
    expect(told).toMatchObject({ added: rows.length, removed: rows.length, newUsers: 0, goneUsers: 0 });
  });

  if (subject.unique)
    test("it is the model trained on these rows from scratch", async () => {
      const { objective } = smoothOf(again.trained);
      const fresh = await optimumOf(objective, 7);
      expectNear(scoresOf({ ...again, trained: fresh }, again), scoresOf(again, again), 1e-6);
    });

  if (subject.unique && subject.settings.sampling === undefined)
    test("forgetting and adding back returns the model", () => {
      const [found, wanted] = [scoresOf(again, named), scoresOf(named, named)];
      expect(Math.max(...found.map((x, k) => Math.abs(x - wanted[k])))).toBeLessThan(1e-7);
    });

  test("an abort is heard", async () => {
    const stop = { signal: AbortSignal.abort() };
    await expect(update(named, { remove: rows }, stop)).rejects.toMatchObject({ code: "aborted" });
  });
});

/** The laws of updating: any subject on other rows is what training on them gives, however they came there. */

import { describe, expect, test } from "vitest";
import type { Rows } from "../../src/data/interactions.ts";
import { norm } from "../../src/numeric/vector.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import { updateRows } from "../../src/study/cases/update.ts";
import type { RowChanges } from "../../src/study/choosing/next/changes.ts";
import type { NamedModel } from "../../src/study/store/model.ts";
import { apart, datasetOf, type Event, eventsOf, inDecimal } from "../support/events.ts";
import { expectStopsBySignal, run } from "../support/run.ts";
import { rowsWhere } from "../support/small.ts";
import { smoothOf } from "../support/trained.ts";
import { derivativesAt, optimum, optimumOf, type Subject, subjects } from "./subjects.ts";

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
  const named = inDecimal(await optimum(subject));
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
      expect(apart(again, { ...again, trained: fresh })).toBeLessThan(1e-6);
    });

  if (subject.unique && subject.settings.sampling === undefined)
    test("forgetting and adding back returns the model", () => {
      expect(apart(again, named)).toBeLessThan(1e-7);
    });

  test("an abort is heard", async () => {
    await expectStopsBySignal((options) => update(named, { remove: rows }, options));
  });
});

/** Updates in any order and grouping end at the same model: the one that training on the last rows gives. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Rows } from "../../src/data/interactions.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import type { FactorizationSettings } from "../../src/objective/factorization.ts";
import { updateRows } from "../../src/study/cases/update.ts";
import { dataOf } from "../../src/study/choosing/plan.ts";
import type { NamedModel } from "../../src/study/store/model.ts";
import { alsNewton } from "../../src/training/index.ts";
import { apart, datasetOf, type Event, eventsOf } from "../support/events.ts";
import { run } from "../support/run.ts";
import { settingsOf } from "../support/small.ts";

/** What happens to an event. */
type Fate = "stays" | "goes" | "changes" | "comes";

/** Eighteen users, some of whom share most of their ten items; one rating a pair. */
const all: readonly Event[] = Array.from({ length: 180 }, (_, k) => [Math.floor(k / 10), k % 10] as const)
  .filter(([user, item]) => (3 * user + 5 * item + user * item) % 7 < 4)
  .map(([user, item]) => [`u${user}`, `i${item}`, 1 + ((user * item + user + 2 * item) % 5)]);

const implicit = { biases: false, mean: { kind: "fixed", value: 0 }, confidence: { base: 1, alpha: 1 } } as const;
const models = {
  "mf, table L2": settingsOf({ factors: 2, l2: 8, l2Bias: 2 }),
  "mf, interaction L2, fixed mean": settingsOf({
    ...{ factors: 2, l2: 1, l2Bias: 0.5, regularizer: "interaction" },
    mean: { kind: "fixed", value: 3 },
  }),
  ials: settingsOf({ factors: 2, l2: 12, ...implicit }),
} as const;

/** Rows of a model that are these events. */
function rowsOf(named: NamedModel, events: readonly Event[]): Rows {
  const wanted = new Set(events.map(([user, item]) => `${user} ${item}`));
  return Uint32Array.from(eventsOf(named).flatMap(([user, item], row) => (wanted.has(`${user} ${item}`) ? [row] : [])));
}

const other = ([user, item, rating]: Event): Event => [user, item, 6 - rating];

/** Does what is to happen to some events in one step. */
async function step(named: NamedModel, some: readonly (readonly [Event, Fate])[]): Promise<NamedModel> {
  const of = (fate: Fate) => some.filter((one) => one[1] === fate).map(([event]) => event);
  const change = Array.from(rowsOf(named, of("changes")), (row) => ({ row, rating: 6 - eventsOf(named)[row][2] }));
  const add = of("comes").length === 0 ? undefined : datasetOf(of("comes"));
  const changes = { add, remove: rowsOf(named, of("goes")), change };
  return (await updateRows(named, changes, { kernels: run.kernels })).model;
}

/** The model of a trainer of closed forms on some events. */
async function trainedOn(settings: FactorizationSettings, events: readonly Event[]): Promise<NamedModel> {
  const dataset = datasetOf(events);
  const model = await alsNewton(objectiveSettings(settings)).train(dataOf(dataset), 1, { ...run, tolerance: 1e-10 });
  expect(model.smooth?.status).toBe("converged");
  return { trained: model, dataset };
}

test("new people with new items of their own do not stay at zero, where nothing pulls", async () => {
  const settings = settingsOf({ factors: 3, biases: false, mean: { kind: "fixed", value: 0 }, l2: 4 });
  const strangers = ["a", "b", "c"].flatMap((user) => ["x", "y", "z"].map((item): Event => [user, item, 5]));
  const { model, report } = await updateRows(
    await trainedOn(settings, all),
    { add: datasetOf(strangers) },
    { kernels: run.kernels },
  );
  expect(report).toMatchObject({ status: "converged", newUsers: 3, newItems: 3 });
  // All columns are taken, so that no dead one leads out of zero; which of four wants three columns serve is up to the start.
  const [user, item] = [model.dataset.userIds.find("a") ?? -1, model.dataset.itemIds.find("x") ?? -1];
  expect(model.trained.scores({ users: Uint32Array.of(user), items: Uint32Array.of(item) })[0]).toBeGreaterThan(3);
});

describe.each(Object.entries(models))("%s", (_, settings) => {
  const trained = (events: readonly Event[]) => trainedOn(settings, events);

  test("one after another, in groups, or all at once", async () => {
    const fates = fc.array(fc.constantFrom<Fate>("stays", "stays", "stays", "goes", "changes", "comes"), {
      ...{ minLength: all.length, maxLength: all.length },
    });
    const order = fc.shuffledSubarray([...all.keys()], { minLength: all.length, maxLength: all.length });
    await fc.assert(
      fc.asyncProperty(fates, order, fc.integer({ min: 1, max: 20 }), async (fate, shuffled, size) => {
        const first = await trained(all.filter((_event, k) => fate[k] !== "comes"));
        const todo = shuffled.filter((k) => fate[k] !== "stays").map((k) => [all[k], fate[k]] as const);
        let model = first;
        for (let from = 0; from < todo.length; from += size) model = await step(model, todo.slice(from, from + size));
        const once = await step(first, todo);
        const last = all.flatMap((event, k): Event[] =>
          fate[k] === "goes" ? [] : [fate[k] === "changes" ? other(event) : event],
        );
        expect(apart(model, once)).toBeLessThan(1e-8);
        expect(apart(once, await trained(last))).toBeLessThan(1e-8);
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  test("removed and added again, at once or in two steps, nothing moves by 1e-9", async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray([...all], { minLength: 1, maxLength: all.length - 1 }), async (some) => {
        const named = await trained(all);
        const remove = rowsOf(named, some);
        const once = await updateRows(named, { remove, add: datasetOf(some) }, { kernels: run.kernels });
        expect(once.model).toBe(named);
        const options = { kernels: run.kernels, tolerance: 1e-11 };
        const less = (await updateRows(named, { remove }, options)).model;
        const again = (await updateRows(less, { add: datasetOf(some) }, options)).model;
        expect(apart(again, named)).toBeLessThan(1e-9);
      }),
      { numRuns: 6 },
    );
  }, 60_000);
});

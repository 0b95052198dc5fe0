import fc from "fast-check";
import { expect, test } from "vitest";
import { type Interactions, interactionsOf } from "../../../src/data/interactions.ts";
import { plantedFactors } from "../../../src/data/synthetic.ts";
import type { NameKeys } from "../../../src/model/model.ts";
import { indexKeys } from "../../../src/objective/negatives.ts";
import { foldsOf, rankingError, ratingError } from "../../../src/training/factors/held-out.ts";

const turns = async () => {};
const set = (users: number, items: number, ratings: number, seed: number) =>
  plantedFactors({ users, items, ratings, factors: 1, noise: 1, seed }).interactions;

/** Rows as people see them: by keys, whatever the indices. */
const named = ({ users, items, ratings }: Interactions, keys: NameKeys) =>
  Array.from(users, (user, row) => [keys.users[user], keys.items[items[row]], ratings[row]].join()).sort();

test("folds test on known rows alone, no row twice, and fit to the others", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 45, max: 400 }), fc.nat(1000), async (ratings, seed) => {
      const all = set(40, 30, ratings, seed);
      const keys = indexKeys(all);
      const folds = await foldsOf(all, keys, turns);
      expect(folds.length).toBeLessThanOrEqual(5);
      const tested = folds.flatMap(({ test }) => named(test, keys));
      expect(new Set(tested).size).toBe(tested.length);
      for (const { train, test } of folds) {
        const rest = new Set(named(train, keys));
        for (const row of named(test, keys)) expect(rest.has(row)).toBe(false);
        for (const user of test.users) expect(train.byUser.start[user + 1]).toBeGreaterThan(train.byUser.start[user]);
        for (const item of test.items) expect(train.byItem.start[item + 1]).toBeGreaterThan(train.byItem.start[item]);
      }
    }),
    { numRuns: 30 },
  );
});

test("who is held out follows from ids: another order of rows and other indices hold out the same", async () => {
  const all = set(60, 40, 800, 3);
  const keys = indexKeys(all);
  const turned = (k: Uint32Array) => k.slice().reverse();
  const other = interactionsOf({
    ...all,
    users: turned(all.users).map((user) => 59 - user),
    items: turned(all.items).map((item) => 39 - item),
    ratings: all.ratings.slice().reverse(),
    times: undefined,
  });
  const otherKeys = { users: turned(keys.users), items: turned(keys.items) };
  const [one, two] = [await foldsOf(all, keys, turns), await foldsOf(other, otherKeys, turns)];
  expect(two.map(({ test }) => named(test, otherKeys))).toEqual(one.map(({ test }) => named(test, keys)));
});

test("a large set has one fold, a small one five", async () => {
  const sizes = async (of: Interactions) => (await foldsOf(of, indexKeys(of), turns)).map(({ test }) => test.size);
  expect(await sizes(set(500, 200, 60_000, 1))).toHaveLength(1);
  expect(await sizes(set(50, 40, 1000, 1))).toHaveLength(5);
});

test("a model that knows the rows has no error, and one that ranks them last has all of it", async () => {
  const all = interactionsOf({
    userCount: 2,
    itemCount: 14,
    users: Uint32Array.of(0, 0, 1, 1),
    items: Uint32Array.of(0, 1, 1, 0),
    ratings: Float64Array.of(1, 1, 1, 1),
  });
  const fold = { train: all.select(Uint32Array.of(0, 2)), test: all.select(Uint32Array.of(1, 3)) };
  const shape = { userCount: 2, itemCount: 14, factors: 1, biases: false, learnedMean: false };
  const model = (best: number) => ({
    shape,
    fixedMean: 0,
    params: Float64Array.of(1, 1, best, best, ...Array.from({ length: 12 }, () => 0)),
  });
  expect(ratingError(model(1), fold)).toBe(0);
  expect(ratingError(model(3), fold)).toBe(2);
  expect(await rankingError(model(1), fold, indexKeys(all), turns)).toBe(0);
  expect(await rankingError(model(-1), fold, indexKeys(all), turns)).toBe(1);
});

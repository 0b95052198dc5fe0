/** Laws of features: what they are of few rows, that no row sees its own label in them, and that names and orders are nothing to them. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Booster } from "../../src/boosting/ensemble.ts";
import { orderedByIds, pairFeatures } from "../../src/boosting/features.ts";
import { foldedFeatures } from "../../src/boosting/folds.ts";
import { type Interactions, interactionsOf } from "../../src/data/interactions.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import { finish } from "../../src/run.ts";

const [userCount, itemCount] = [6, 5];
const ids = (letter: string, count: number) => Array.from({ length: count }, (_, k) => `${letter}${k}`);
const keys = nameKeys(ids("u", userCount), ids("i", itemCount));

/** Some pairs, each once, with ratings of any size. */
function some(seed: number, timed = false): Interactions {
  const random = randomOf(seed, "rows");
  const pairs = Array.from({ length: userCount * itemCount }, (_, k) => k).filter(() => random.uniform() < 0.7);
  return interactionsOf({
    ...{ userCount, itemCount },
    users: Uint32Array.from(pairs, (k) => Math.floor(k / itemCount)),
    items: Uint32Array.from(pairs, (k) => k % itemCount),
    ratings: Float64Array.from(pairs, () => 1 + 4 * random.uniform()),
    times: timed ? Float64Array.from(pairs, () => 86_400 * random.integer(100)) : undefined,
  });
}

function featuresOf(interactions: Interactions, loss: Booster["loss"] = "squared") {
  return pairFeatures(orderedByIds(interactions, keys), loss);
}

/** Features of every row as it is learned from. */
function learned(interactions: Interactions, loss: Booster["loss"] = "squared") {
  const { users, items, size } = interactions;
  const owners = Uint32Array.from({ length: size }, (_, row) => row);
  return finish(foldedFeatures(interactions, keys, loss, { users, items, owners }));
}

describe("features", () => {
  test("of ratings are numbers, means, variances and offsets of each side", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const interactions = some(seed);
        const { users, items, ratings, size } = interactions;
        const { names, of } = featuresOf(interactions);
        const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
        const rowsOf = (side: Uint32Array, key: number) => [...side.keys()].filter((row) => side[row] === key);
        const meanOf = (side: Uint32Array, key: number) => mean(rowsOf(side, key).map((row) => ratings[row]));
        for (let row = 0; row < size; row++) {
          const found = of({ users: [users[row]], items: [items[row]] }).values;
          const at = (name: string) => found[names.indexOf(name)];
          const rows = rowsOf(users, users[row]);
          expect(at("user_count")).toBe(rows.length);
          expect(at("item_mean")).toBeCloseTo(meanOf(items, items[row]), 10);
          const user = meanOf(users, users[row]);
          expect(at("user_variance")).toBeCloseTo(mean(rows.map((k) => (ratings[k] - user) ** 2)), 10);
          const above = rows.reduce((sum, k) => sum + ratings[k] - meanOf(items, items[k]), 0);
          expect(at("user_offset")).toBeCloseTo(above / (rows.length + 5), 10);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("of choices are numbers of each side and of what it has chosen; of times the first day", () => {
    const interactions = interactionsOf({
      ...{ userCount: 2, itemCount: 3 },
      users: Uint32Array.of(0, 0, 1),
      items: Uint32Array.of(0, 1, 1),
      ratings: Float64Array.of(5, 1, 3),
      times: Float64Array.of(3 * 86_400, 2 * 86_400, 9 * 86_400),
    });
    const { names, of } = pairFeatures(interactions, "logistic");
    expect(names).toEqual(["user_count", "user_taste", "user_first_day", "item_count", "item_taste", "item_first_day"]);
    expect([...of({ users: [0, 1], items: [1, 2] }).values]).toEqual([2, 1.5, 2, 2, 1.5, 2, 1, 2, 9, 0, 0, 9]);
  });

  test("that a row is learned from do not move with its own rating; those of other folds do", () => {
    let others = 0;
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, which) => {
        const before = some(seed);
        if (before.size === 0) return;
        const row = which % before.size;
        const ratings = before.ratings.slice();
        ratings[row] += 3;
        const [first, then] = [before, interactionsOf({ ...before, ratings })].map((rows) => learned(rows));
        const own = ({ values, width }: typeof first) => values.subarray(row * width, (row + 1) * width);
        expect(own(then)).toEqual(own(first));
        if (then.values.some((value, k) => value !== first.values[k])) others++;
      }),
      { numRuns: 30 },
    );
    expect(others).toBeGreaterThan(20);
  });

  test("do not depend on the order of rows, to the byte", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom("squared" as const, "logistic" as const), (seed, loss) => {
        const interactions = some(seed, true);
        const random = randomOf(seed, "order");
        const at = Float64Array.from({ length: interactions.size }, () => random.uniform());
        const order = Uint32Array.from([...at.keys()].sort((a, b) => at[a] - at[b]));
        const moved = interactions.select(order);
        const pairs = { users: [0, 1, 2, 3, 4, 5], items: [0, 1, 2, 3, 4, 0] };
        expect(featuresOf(moved, loss).of(pairs)).toEqual(featuresOf(interactions, loss).of(pairs));
        const [first, then] = [learned(interactions, loss), learned(moved, loss)];
        const { width } = first;
        order.forEach((row, k) => {
          const [a, b] = [first, then].map(({ values }, n) => values.subarray((n ? k : row) * width).slice(0, width));
          expect(b).toEqual(a);
        });
      }),
      { numRuns: 20 },
    );
  });
});

/** Laws of the order of units: a permutation, keyed by outside ids, that no other unit can disturb. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomOf } from "../../../src/numeric/random.ts";
import { bpr, multinomial, squared } from "../../../src/objective/loss.ts";
import { sortedBy, unitOrder } from "../../../src/training/batches/order.ts";
import { factorObjective } from "../../support/additive.ts";
import { interactionsFrom, tastes } from "../../support/small.ts";

test("sortedBy sorts, stably", () => {
  const number = fc.oneof(
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    // Numbers that agree in their first bits, and equal ones.
    fc.integer({ min: 0, max: 5 }).map((n) => 0.5 + n * 2 ** -50),
  );
  fc.assert(
    fc.property(fc.array(number, { maxLength: 60 }), (numbers) => {
      const expected = [...numbers.keys()].sort((a, b) => numbers[a] - numbers[b] || a - b);
      expect([...sortedBy(Float64Array.from(numbers))]).toEqual(expected);
    }),
  );
});

test("sortedBy sorts many, stably", () => {
  const random = randomOf(1, "many");
  // Equal numbers, and numbers that agree in their first 32 bits.
  const numbers = Float64Array.from({ length: 20000 }, () => random.integer(500) / 512 + random.integer(4) * 2 ** -50);
  const expected = [...numbers.keys()].sort((a, b) => numbers[a] - numbers[b] || a - b);
  expect([...sortedBy(numbers)]).toEqual(expected);
});

describe("the order of an epoch", () => {
  const data = tastes();
  for (const loss of [squared, bpr, multinomial]) {
    const objective = factorObjective(data, loss);
    test(`is a permutation of the units, another one for every epoch and seed (${loss.name})`, () => {
      const orders = [unitOrder(objective, 1, 0), unitOrder(objective, 1, 1), unitOrder(objective, 2, 0)];
      for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([...objective.units]);
      expect(new Set(orders.map(String)).size).toBe(3);
      expect(unitOrder(objective, 1, 0)).toEqual(orders[0]);
    });
  }

  test("of the others is what it was when rows go", () => {
    const objective = factorObjective(data, squared);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: data.size - 1 }), { maxLength: 40 }), (some) => {
        const gone = Uint32Array.from(some).sort();
        const kept = [...Array(data.size).keys()].filter((row) => !gone.includes(row));
        const order = Array.from(unitOrder(objective.without(gone), 3, 2), (row) => kept[row]);
        expect(order).toEqual([...unitOrder(objective, 3, 2)].filter((row) => !gone.includes(row)));
      }),
      { numRuns: 20 },
    );
  });

  test("of lists is what it was when a user goes", () => {
    const objective = factorObjective(data, multinomial);
    const { start, rows } = data.byUser;
    const left = objective.without(rows.slice(start[7], start[8]));
    expect([...unitOrder(left, 3, 2)]).toEqual([...unitOrder(objective, 3, 2)].filter((user) => user !== 7));
  });

  test("does not depend on the order of the rows", () => {
    const triples = Array.from({ length: data.size }, (_, k) => [data.users[k], data.items[k], 1] as const);
    const turned = interactionsFrom([...triples].reverse(), data.userCount, data.itemCount);
    const order = unitOrder(factorObjective(data, squared), 1, 4);
    const back = unitOrder(factorObjective(turned, squared), 1, 4);
    expect(Array.from(back, (row) => data.size - 1 - row)).toEqual([...order]);
  });
});

/** The path of λ judged by held-out rows, and which place on it is taken. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Interactions, interactionsOf } from "../../src/data/interactions.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import { planOf } from "../../src/study/choosing/plan.ts";
import { cheapest, cheapestOf, type Place } from "../../src/training/cheapest.ts";
import { certifyFactors } from "../../src/training/factors/certificate.ts";
import { foldsOf, ratingError } from "../../src/training/factors/held-out.ts";
import { globalOptimum } from "../../src/training/factors/path/global-optimum.ts";
import { placesOf } from "../../src/training/factors/places.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import { run } from "../support/run.ts";

const set = plantedFactors({ users: 60, items: 40, ratings: 900, factors: 2, noise: 0.4, seed: 3 }).interactions;
const others = { factors: 40, biases: true, mean: { kind: "learned" }, l2Bias: 5 } as const;

async function walked(regularizer: Place["regularizer"], interactions = set, factors = 40): Promise<Place[]> {
  const keys = indexKeys(interactions);
  const folds = await foldsOf(interactions, keys, run.yieldToEventLoop);
  const places: Place[] = [];
  const l2Bias = regularizer === "table" ? 5 : 0.2;
  for await (const place of placesOf({ ...others, factors, l2Bias, regularizer }, folds, keys, run)) places.push(place);
  return places;
}

test("λ falls from place to place, factors are born, and the walk ends after the lowest error", async () => {
  for (const regularizer of ["table", "interaction"] as const) {
    const places = await walked(regularizer);
    const errors = places.map(({ error }) => error);
    const best = errors.indexOf(Math.min(...errors));
    expect(best).toBeGreaterThan(3);
    expect(places.length - best).toBeLessThanOrEqual(3);
    expect(places[0].rank).toBeGreaterThan(0);
    expect(places.at(-1)?.rank).toBeGreaterThan(places[0].rank);
    for (let k = 1; k < places.length; k++) expect(places[k].l2).toBeLessThan(0.95 * places[k - 1].l2);
  }
});

test("the error of a place is that of the global optimum there, which is proved with the factors that it tells", async () => {
  const keys = indexKeys(set);
  const folds = await foldsOf(set, keys, run.yieldToEventLoop);
  const place = (await walked("table"))[6];
  let squares = 0;
  for (const fold of folds) {
    const objective = factorization({ ...others, regularizer: "table", l2: place.l2 }, fold.train);
    const options = { ...run, kernels: run.kernels.factors };
    const optimum = await globalOptimum(objective, options);
    const { scope } = await certifyFactors(optimum.objective, optimum.params, 1e-8, run);
    expect(scope).toBe("global");
    expect(optimum.rank).toBeLessThanOrEqual(place.rank);
    squares += ratingError(modelOf(optimum), fold) ** 2;
  }
  expect(Math.sqrt(squares / folds.length) / place.error).toBeCloseTo(1, 3);
});

test("a walk ends where there would be no room for one more factor", async () => {
  const places = await walked("table", set, 4);
  expect(Math.max(...places.map(({ rank }) => rank))).toBeLessThan(4);
  const wide = await walked("table");
  expect(places.length).toBeGreaterThan(3);
  places.forEach(({ rank, error }, k) => {
    expect(rank).toBe(wide[k].rank);
    expect(error / wide[k].error).toBeCloseTo(1, 8);
  });
});

test("of the places the lowest rank is taken whose error is within 0.2 % of the lowest", () => {
  const place = fc.record({
    regularizer: fc.constantFrom("table" as const, "interaction" as const),
    l2: fc.double({ min: 0.1, max: 10, noNaN: true }),
    rank: fc.integer({ min: 1, max: 20 }),
    error: fc.double({ min: 1, max: 1.004, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 20 }), (places) => {
      const taken = cheapest(places) ?? expect.fail("none was taken");
      const lowest = Math.min(...places.map(({ error }) => error));
      expect(taken.error).toBeLessThanOrEqual(1.002 * lowest);
      for (const { rank, error } of places)
        if (error <= 1.002 * lowest) {
          expect(taken.rank).toBeLessThanOrEqual(rank);
          if (rank === taken.rank) expect(taken.error).toBeLessThanOrEqual(error);
        }
    }),
  );
  expect(cheapest([])).toBeUndefined();
});

const found = (interactions: Interactions) => {
  const { settings } = planOf({ model: "mf", certifiable: true });
  const data = { interactions, keys: indexKeys(interactions) };
  return cheapestOf({ settings, regularizers: ["table", "interaction"] }, data, run);
};

test("what is found does not hang on the order of rows, and is in the unit of the ratings", async () => {
  const first = await found(set);
  const turned = await found(set.select(Uint32Array.from({ length: set.size }, (_, k) => set.size - 1 - k)));
  expect(turned.l2).toBe(first.l2);
  expect(turned.place.rank, "turned").toBe(first.place.rank);
  const scaled = await found(interactionsOf({ ...set, ratings: set.ratings.map((r) => 10 * r + 3) }));
  expect(scaled.place.error / first.place.error / 10).toBeCloseTo(1, 2);
});

test("λ for all rows is larger than that of a fold under table L2, and smaller under interaction L2", async () => {
  const { settings } = planOf({ model: "mf", certifiable: true });
  const data = { interactions: set, keys: indexKeys(set) };
  for (const regularizer of ["table", "interaction"] as const) {
    const { l2, l2Bias, place } = await cheapestOf({ settings, regularizers: [regularizer] }, data, run);
    expect(place.regularizer).toBe(regularizer);
    expect(l2 / place.l2).toBeCloseTo(regularizer === "table" ? Math.sqrt(10 / 9) : Math.sqrt(9 / 10), 1);
    expect(l2 > place.l2).toBe(regularizer === "table");
    expect(l2Bias).toBeCloseTo(regularizer === "table" ? 5 : (5 * Math.sqrt(60 * 40)) / 900, 1);
  }
});

test("too few rows to hold any out are refused, and so is a number of factors without room", async () => {
  const few = set.select(Uint32Array.of(0, 1));
  await expect(found(few)).rejects.toMatchObject({ code: "bad-input", place: "l2" });
  const { settings } = planOf({ model: "mf", settings: { factors: 1 }, certifiable: true });
  const none = cheapestOf({ settings, regularizers: ["table"] }, { interactions: set, keys: indexKeys(set) }, run);
  await expect(none).rejects.toMatchObject({ code: "bad-input", place: "factors" });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Interactions, interactionsOf } from "../../../src/data/interactions.ts";
import { plantedFactors } from "../../../src/data/synthetic.ts";
import { randomOf } from "../../../src/numeric/random.ts";
import { type FactorizationSettings, factorization } from "../../../src/objective/factorization.ts";
import { indexKeys } from "../../../src/objective/negatives.ts";
import { train } from "../../../src/training/factors/als-newton.ts";
import { l2OfFactors, onMoreRows } from "../../../src/training/factors/chosen-l2.ts";
import { leftWithoutFactors } from "../../../src/training/factors/noise-edge.ts";
import { run } from "../../support/run.ts";

const ratings = {
  ...{ factors: 3, biases: true, mean: { kind: "learned" }, l2Bias: 5, regularizer: "table" },
} as const satisfies Omit<FactorizationSettings, "l2">;
const clicks = {
  ...{ factors: 3, biases: false, mean: { kind: "fixed", value: 0 }, l2Bias: 5, regularizer: "table" },
  confidence: { base: 1, alpha: 1 },
} as const satisfies Omit<FactorizationSettings, "l2">;

const sizes = fc.record({
  users: fc.integer({ min: 20, max: 60 }),
  items: fc.integer({ min: 10, max: 40 }),
  seed: fc.nat(1e6),
});

function planted({ users, items, seed }: { users: number; items: number; seed: number }): Interactions {
  return plantedFactors({ users, items, seed, ratings: Math.round(users * items * 0.4), factors: 2, noise: 0.5 })
    .interactions;
}

const found = (settings: Omit<FactorizationSettings, "l2">, set: Interactions) =>
  l2OfFactors(settings, set, indexKeys(set), run);

function reachOf(set: Interactions, settings: Omit<FactorizationSettings, "l2">, l2: number) {
  return train(factorization({ ...settings, l2 }, set), { kernels: run.kernels.factors, tolerance: 1e-6 }).then(
    ({ params }) => {
      const stride = settings.factors + (settings.biases ? 1 : 0);
      let most = 0;
      for (let at = 0; at + stride <= params.length; at += stride)
        for (let f = 0; f < settings.factors; f++) most = Math.max(most, Math.abs(params[at + f]));
      return most;
    },
  );
}

test("factors vanish from the found threshold on, and live at the λ that follows from the data", async () => {
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.constantFrom(ratings, clicks, { ...ratings, regularizer: "interaction" as const }),
      async (size, settings) => {
        const set = planted(size);
        const { l2, vanishing } = await found(settings, set);
        expect(l2).toBeLessThan(vanishing);
        expect(await reachOf(set, settings, l2)).toBeGreaterThan(1e-2);
        expect(await reachOf(set, settings, 1.02 * vanishing)).toBeLessThan(1e-2);
        expect(await reachOf(set, settings, 0.9 * vanishing)).toBeGreaterThan(1e-2);
      },
    ),
    { numRuns: 12 },
  );
});

test("ratings in another unit have their λ in that unit, and a shift of all ratings changes nothing", async () => {
  const set = planted({ users: 50, items: 30, seed: 5 });
  const { l2 } = await found(ratings, set);
  const scaled = (by: number, shift: number) =>
    interactionsOf({ ...set, ratings: set.ratings.map((r) => by * r + shift) });
  for (const by of [1e-3, 7, 1e6]) expect((await found(ratings, scaled(by, 0))).l2 / by / l2).toBeCloseTo(1, 1);
  expect((await found(ratings, scaled(1, 100))).l2 / l2).toBeCloseTo(1, 1);
});

test("λ does not hang on the order of rows", async () => {
  const set = planted({ users: 50, items: 30, seed: 6 });
  const backwards = Uint32Array.from({ length: set.size }, (_, k) => set.size - 1 - k);
  const pick = <Column extends Uint32Array | Float64Array>(column: Column) =>
    column.map((_, k) => column[backwards[k]]) as Column;
  const turned = interactionsOf({ ...set, users: pick(set.users), items: pick(set.items), ratings: pick(set.ratings) });
  for (const settings of [ratings, clicks])
    expect((await found(settings, turned)).l2).toBe((await found(settings, set)).l2);
});

test("of ratings that are noise the λ lies where their largest singular value is", async () => {
  const set = plantedFactors({ users: 150, items: 150, ratings: 20000, factors: 1, noise: 50, seed: 3 }).interactions;
  const { l2, vanishing } = await found(ratings, set);
  expect(l2 / vanishing).toBeGreaterThan(0.75);
});

test("ratings that are all equal leave nothing to explain, and no data leave nothing at all", async () => {
  const set = planted({ users: 20, items: 10, seed: 1 });
  for (const value of [1, 3.3, 1e6]) {
    const equal = interactionsOf({ ...set, ratings: set.ratings.map(() => value) });
    expect(await found(ratings, equal)).toEqual({ l2: 1, vanishing: 0 });
  }
  expect(await found(ratings, set.select(new Uint32Array(0)))).toEqual({ l2: 1, vanishing: 0 });
});

test.each([
  { users: 2000, items: 100, ratings: 2500 },
  { users: 1000, items: 60, ratings: 1300 },
])("of a thin set does not follow a fit that has followed the noise: $users users", async (size) => {
  const set = plantedFactors({ ...size, factors: 2, noise: 1, seed: 1 }).interactions;
  // The edge of the noise that was planted; residuals that are fitted tell less than half of it.
  const edge = Math.sqrt(size.ratings / size.users) + Math.sqrt(size.ratings / size.items);
  expect((await found({ ...ratings, factors: 8 }, set)).l2).toBeGreaterThan(0.55 * edge);
});

test("λ for more rows goes as the largest singular value of noise does, under each regularizer", async () => {
  const noise = plantedFactors({ users: 300, items: 200, ratings: 24_000, factors: 1, noise: 1, seed: 3 });
  const { users, items, userCount, itemCount } = noise.interactions;
  const random = randomOf(1, "noise");
  const values = Float64Array.from(users, () => 3 + random.normal());
  const all = interactionsOf({ users, items, ratings: values, userCount, itemCount });
  const half = all.select(Uint32Array.from({ length: all.size }, (_, row) => row).filter((row) => row % 2 === 0));
  for (const regularizer of ["table", "interaction"] as const) {
    const [few, many] = await Promise.all(
      [half, all].map(async (set) => (await leftWithoutFactors({ ...ratings, regularizer }, set, run)).sigma),
    );
    expect(many / onMoreRows(few, regularizer, 2)).toBeCloseTo(1, 1);
  }
});

/** What weights of ratings and of all pairs mean, by problems that say the same without them. */

import { afterAll, describe, expect, test } from "vitest";
import { indexBy } from "../../src/data/interactions.ts";
import type { FactorKernels, FactorProblem } from "../../src/kernel/kernels.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { everything, everythingIn } from "./calls.ts";
import { near } from "./kernels.contract.ts";
import { objectiveOf, penaltiesOf, pointOf, problemOf, vectorOf } from "./problems.ts";

interface Rating {
  readonly user: number;
  readonly item: number;
  /** The rating, or beside weights its pull. */
  readonly value: number;
  readonly weight: number;
}

/** Registers the laws for one set of kernels. */
export function weightsContract(name: string, make: () => FactorKernels): void {
  describe(`${name}: weights`, () => {
    const kernels = make();
    afterAll(() => kernels.close());

    for (const learnedMean of [true, false])
      test(`a weight of n and n times the pull are a rating n times${learnedMean ? ", the mean learned" : ""}`, () => {
        const problem = problemOf({ factors: 3, learnedMean, ratings: 60 });
        const ratings = ratingsOf(problem);
        const once = ratings.map((rating, k) => ({ ...rating, weight: k % 4, value: (k % 4) * rating.value }));
        const repeated = ratings.flatMap((rating, k) => Array<Rating>(k % 4).fill(rating));
        sameCalls(
          kernels,
          { ...withRatings(problem, once), constant: halfSquares(repeated) },
          withRatings(problem, repeated, false),
        );
      });

    for (const spread of [0, 2.5])
      test(`implicit feedback: J is its sum over all pairs, liked ones with confidence ${spread === 0 ? "1" : "from 1 on"}`, () => {
        const { problem, confidences } = implicitOf(spread);
        const session = kernels.open(problem);
        const gradient = new Float64Array(session.parameterCount);
        for (const seed of [1, 2, 3]) {
          const point = pointOf(problem, seed);
          session.setPoint(point);
          const { value, slopes } = overAllPairs(problem, confidences, point);
          near([session.evaluate(gradient)], [value], 1e-13);
          near(gradient, slopes, 1e-13);
        }
      });

    for (const side of ["user", "item"] as const)
      test(`a confidence of 1 alone, which weighs nothing: solving the ${side}s leaves J without a slope`, () => {
        const { problem } = implicitOf(0);
        const session = kernels.open(problem);
        session.setPoint(pointOf(problem));
        expect(session.solve(side)).toBe(0);
        const point = new Float64Array(session.parameterCount);
        session.getPoint(point);
        const h = 1e-3;
        // J is a square in every entry of the side, where central differences are exact.
        const { userCount, itemCount, factors } = problem.shape;
        const [from, rows] = side === "user" ? [0, userCount] : [userCount * factors, itemCount];
        for (let k = from; k < from + rows * factors; k++) {
          const [left, right] = [-h, h].map((step) => objectiveOf(problem, stepped(point, k, step)));
          expect(Math.abs(right - left) / (2 * h)).toBeLessThan(1e-10);
        }
        expect(Math.max(...point.subarray(from, from + rows * factors).map(Math.abs))).toBeGreaterThan(0.05);
      });

    for (const factors of [1, 4, 7])
      test(`the weight of all pairs is a rating of 0 for each of them; ${factors} factors`, () => {
        const problem = problemOf({ factors, biases: false, zeroWeight: 0.4, weighted: true, scaled: factors === 4 });
        sameCalls(kernels, problem, withRatings({ ...problem, zeroWeight: undefined }, everyPair(problem)));
      });

    for (const factors of [1, 4, 7])
      test(`a rating below 0 takes weight of its pair back, at most all of it; ${factors} factors`, () => {
        const problem = problemOf({
          factors,
          biases: false,
          zeroWeight: 0.8,
          items: 90,
          ratings: 0,
          scaled: factors === 4,
        });
        const random = randomOf(7, "taken back");
        const taken = everyPair(problem)
          .filter(() => random.uniform() < 0.7)
          .map((pair) => ({ ...pair, value: random.normal(), weight: [-0.8, -0.3, 0, 1.5][random.integer(4)] }));
        const left = everyPair(problem).map((pair) => {
          const own = taken.find(({ user, item }) => user === pair.user && item === pair.item);
          return own ? { ...own, weight: 0.8 + own.weight } : pair;
        });
        sameCalls(kernels, withRatings(problem, taken), withRatings({ ...problem, zeroWeight: undefined }, left));
      });

    test("a row without a penalty that nothing determines goes to zero, and is not counted", () => {
      const problem = problemOf({ factors: 3, biases: false, zeroWeight: 1, weighted: true });
      const userScale = problem.userScale.slice().fill(0, 0, 2);
      const session = kernels.open({ ...problem, userScale, ratings: problem.ratings.slice().fill(0) });
      session.setPoint(new Float64Array(session.parameterCount).fill(1, 0, 21));
      expect(session.solve("user")).toBe(0);
      const point = new Float64Array(session.parameterCount);
      session.getPoint(point);
      expect(point.subarray(0, 6)).toEqual(new Float64Array(6));
    });

    test("weights of 1, the constant that belongs to them, and a weight of 0 for all pairs change nothing", () => {
      const problem = problemOf({ factors: 8, biases: false });
      const ones = ratingsOf(problem).map((rating) => ({ ...rating, weight: 1 }));
      const expected = everything(kernels, problem);
      expect(everything(kernels, { ...problem, zeroWeight: 0, constant: 0 })).toEqual(expected);
      const weighted = { ...withRatings(problem, ones), constant: halfSquares(ones) };
      for (const [called, values] of everything(kernels, weighted)) near(values, expected.get(called) ?? [], 1e-12);
    });

    test("users do not go to their optima in one pass", () => {
      for (const problem of [
        implicitOf(1).problem,
        withRatings(
          problemOf({ factors: 3 }),
          ratingsOf(problemOf({ factors: 3 })).map((rating) => ({ ...rating, weight: 2 })),
        ),
      ]) {
        const session = kernels.open(problem);
        const reduced = new Float64Array(session.reducedCount);
        expect(() => session.optimiseUsers(reduced, reduced)).toThrow("every rating weighs the same");
        session.close();
      }
    });

    test("the constant is in J, and nowhere else", () => {
      for (const problem of [problemOf({ factors: 3 }), implicitOf(0).problem]) {
        const expected = everything(kernels, { ...problem, constant: 0 });
        for (const [called, values] of everything(kernels, { ...problem, constant: -2.25 })) {
          const wanted = expected.get(called) ?? new Float64Array();
          const ofJ = ["gradient", "relaxation", "optimal users"].some((name) => called === `${name}: value`);
          near(values, ofJ ? wanted.map((x) => x - 2.25) : wanted, 1e-14);
        }
      }
    });

    test("a row whose ratings weigh nothing is one with ratings: counted where nothing else determines it", () => {
      const problem = problemOf({ factors: 2, factorPenalty: 0, biasPenalty: 0 });
      const weightless = ratingsOf(problem).map((rating) => ({ ...rating, weight: 0 }));
      const session = kernels.open(withRatings(problem, weightless));
      session.setPoint(pointOf(problem));
      for (const [side, { start }] of [["user", problem.byUser] as const, ["item", problem.byItem] as const])
        expect(session.factorise(side)).toBe(start.subarray(1).filter((end, r) => end > start[r]).length);
    });

    test("without ratings the pairs are there, and a singular sum over them is not counted", () => {
      const problem = problemOf({ factors: 8, biases: false, zeroWeight: 1, ratings: 0, factorPenalty: 0 });
      const session = kernels.open(problem);
      const gradient = new Float64Array(session.parameterCount);
      session.setPoint(gradient);
      expect(session.factorise("user")).toBe(0);
      expect(session.evaluate(gradient)).toBe(0);
      session.setPoint(pointOf(problem));
      expect(session.evaluate(gradient)).toBeGreaterThan(0.1);
      expect(Math.max(...gradient)).toBeGreaterThan(0.1);
    });

    test("products follow the point, however it moves", () => followsPoint(kernels));
    test("what weights cannot be is refused", () => refusals(kernels));
  });
}

/** What a session keeps of a point must not outlive it. */
function followsPoint(kernels: FactorKernels): void {
  const problem = problemOf({ factors: 5, biases: false, zeroWeight: 0.6, weighted: true });
  const session = kernels.open(problem);
  session.setPoint(pointOf(problem, 9));
  session.factorise("user");
  everythingIn(session, problem);
  const moves: (() => unknown)[] = [
    () => session.setPoint(pointOf(problem, 3)),
    () => session.solve("user"),
    () => session.solve("item"),
    () => session.relaxUsers(new Float64Array(session.reducedCount)),
  ];
  for (const move of moves) {
    move();
    const point = new Float64Array(session.parameterCount);
    session.getPoint(point);
    const fresh = kernels.open(problem);
    fresh.setPoint(point);
    const direction = vectorOf(point.length, 4);
    const [a, b] = [session, fresh].map((one) => {
      const out = new Float64Array(point.length);
      one.hessianProduct(direction, out, "full");
      return out;
    });
    near(a, b);
    near([session.evaluate(a)], [fresh.evaluate(b)]);
    near(a, b);
    fresh.close();
  }
}

function refusals(kernels: FactorKernels): void {
  const problem = problemOf({ factors: 2, weighted: true });
  const refused = (change: Partial<FactorProblem>, code: string, message: RegExp) =>
    expect(() => kernels.open({ ...problem, ...change })).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  refused({ itemWeights: undefined }, "bad-input", /not at all/);
  refused({ weights: Float64Array.of(1) }, "bad-input", /1 weights for 25/);
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    refused({ itemWeights: problem.itemWeights?.map((w, k) => (k === 7 ? wrong : w)) }, "bad-input", /a weight is/);
    refused({ zeroWeight: wrong }, "bad-input", /all pairs/);
  }
  for (const wrong of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    refused({ ratings: problem.ratings.map((y, k) => (k === 3 ? wrong : y)) }, "bad-input", /a pull is/);
    refused({ itemRatings: problem.itemRatings.map((y, k) => (k === 3 ? wrong : y)) }, "bad-input", /a pull is/);
    refused({ constant: wrong }, "bad-input", /constant/);
  }
  const { shape } = problemOf({ factors: 2, biases: false });
  const score = /score is p·q/;
  const implicit = { ...problem, shape, fixedMean: 0, zeroWeight: 0.5 };
  const below = (weight: number) => () =>
    kernels.open({ ...implicit, weights: problem.weights?.map(() => weight) }).close();
  expect(below(-0.5)).not.toThrow();
  expect(below(-0.51)).toThrow(/a weight is -0.51/);
  refused({ zeroWeight: 1, fixedMean: 0 }, "unsupported", score);
  refused({ zeroWeight: 1, fixedMean: 0, shape: { ...shape, learnedMean: true } }, "unsupported", score);
  refused({ zeroWeight: 1, fixedMean: 3, shape }, "unsupported", score);
  expect(() => kernels.open({ ...problem, zeroWeight: 1, fixedMean: 0, shape }).close()).not.toThrow();
  expect(() => kernels.open({ ...problem, zeroWeight: 0 }).close()).not.toThrow();
}

/** Confidences 1, 1 + spread or 1 + 2·spread, no pair twice. */
function implicitOf(spread: number): { problem: FactorProblem; confidences: Map<string, number> } {
  const plain = problemOf({ factors: 3, biases: false, zeroWeight: 1, ratings: 30, scaled: true });
  const random = randomOf(4, "confidences");
  const confidences = new Map<string, number>();
  const liked: Rating[] = [];
  for (const { user, item } of ratingsOf(plain)) {
    if (confidences.has(`${user} ${item}`)) continue;
    const c = 1 + spread * Math.floor(3 * random.uniform());
    confidences.set(`${user} ${item}`, c);
    liked.push({ user, item, value: c, weight: c - 1 });
  }
  const constant = liked.reduce((sum, { value }) => sum + value / 2, 0);
  return { problem: { ...withRatings(plain, liked), constant }, confidences };
}

/** ½ΣΣ c·(liked − p·q)² with the penalties, and its gradient, by the definition. */
function overAllPairs(problem: FactorProblem, confidences: Map<string, number>, point: Float64Array) {
  const { userCount, itemCount, factors } = problem.shape;
  const penalties = penaltiesOf(problem);
  let value = penalties.reduce((sum, weight, k) => sum + (weight * point[k] ** 2) / 2, 0);
  const slopes = penalties.map((weight, k) => weight * point[k]);
  for (let u = 0; u < userCount; u++)
    for (let i = 0; i < itemCount; i++) {
      const [p, q] = [u * factors, (userCount + i) * factors];
      const c = confidences.get(`${u} ${i}`);
      let error = c === undefined ? 0 : 1;
      for (let f = 0; f < factors; f++) error -= point[p + f] * point[q + f];
      value += ((c ?? 1) * error ** 2) / 2;
      for (let f = 0; f < factors; f++) {
        slopes[p + f] -= (c ?? 1) * error * point[q + f];
        slopes[q + f] -= (c ?? 1) * error * point[p + f];
      }
    }
  return { value, slopes };
}

/** ½Σ rating²: what terms of weight 1 lack of squared errors. */
function halfSquares(ratings: readonly Rating[]): number {
  return ratings.reduce((sum, { value }) => sum + value ** 2 / 2, 0);
}

function stepped(point: Float64Array, k: number, step: number): Float64Array {
  const to = point.slice();
  to[k] += step;
  return to;
}

/** Both problems have the same results of every call, but for residuals, of which there are as many as ratings. */
function sameCalls(kernels: FactorKernels, a: FactorProblem, b: FactorProblem): void {
  const expected = everything(kernels, b);
  for (const [name, values] of everything(kernels, a))
    if (!name.endsWith("residuals")) near(values, expected.get(name) ?? [], 1e-9);
}

function ratingsOf(problem: FactorProblem): Rating[] {
  const { start, others } = problem.byUser;
  return Array.from(others, (item, k) => ({
    user: start.findLastIndex((from) => from <= k),
    item,
    value: problem.ratings[k],
    weight: problem.weights?.[k] ?? 1,
  }));
}

/** The ratings, and every pair with rating 0 and the weight of all pairs. */
function everyPair(problem: FactorProblem): Rating[] {
  const { userCount, itemCount } = problem.shape;
  const pairs = Array.from({ length: userCount * itemCount }, (_, k) => ({
    user: Math.floor(k / itemCount),
    item: k % itemCount,
    value: 0,
    weight: problem.zeroWeight ?? 0,
  }));
  return [...ratingsOf(problem), ...pairs];
}

/** The problem with other ratings. */
function withRatings(problem: FactorProblem, ratings: readonly Rating[], weighted = true): FactorProblem {
  const [users, items] = (["user", "item"] as const).map((side) => Uint32Array.from(ratings, (one) => one[side]));
  const byUser = indexBy(users, problem.shape.userCount);
  const byItem = indexBy(items, problem.shape.itemCount);
  const ordered = (rows: Uint32Array, of: "value" | "weight") => Float64Array.from(rows, (k) => ratings[k][of]);
  return {
    ...problem,
    byUser: { start: byUser.start, others: byUser.rows.map((k) => items[k]) },
    byItem: { start: byItem.start, others: byItem.rows.map((k) => users[k]) },
    ratings: ordered(byUser.rows, "value"),
    itemRatings: ordered(byItem.rows, "value"),
    weights: weighted ? ordered(byUser.rows, "weight") : undefined,
    itemWeights: weighted ? ordered(byItem.rows, "weight") : undefined,
  };
}

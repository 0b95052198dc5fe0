/** The laws of factor kernels, whoever computes them. */

import { afterAll, describe, expect, test } from "vitest";
import type { Curvature, FactorKernels, FactorProblem, FactorSession, Side } from "../../src/kernel/kernels.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import {
  errorsOf,
  gaussNewtonTimes,
  objectiveOf,
  type ProblemKind,
  penaltiesOf,
  pointOf,
  problemOf,
  scoresOf,
  vectorOf,
} from "./problems.ts";

const kinds: [string, ProblemKind][] = [
  ["one factor, nothing else", { factors: 1, biases: false }],
  ["two factors and biases", { factors: 2 }],
  ["three factors and a learned mean", { factors: 3, biases: false, learnedMean: true }],
  ["biases and a learned mean", { factors: 4, learnedMean: true }],
  ["a scale a row", { factors: 2, learnedMean: true, scaled: true }],
  ["eight factors, more than a row has ratings", { factors: 8, scaled: true }],
  ["a weight a rating", { factors: 3, weighted: true, learnedMean: true }],
  ["a weight of all pairs", { factors: 1, biases: false, zeroWeight: 0.7 }],
  ["a weight of all pairs and a scale a row", { factors: 4, biases: false, zeroWeight: 0.3, scaled: true }],
  [
    "a weight a rating and one of all pairs",
    { factors: 3, biases: false, zeroWeight: 1, weighted: true, scaled: true },
  ],
  ["pulls that weigh nothing", { factors: 3, biases: false, zeroWeight: 0.8, weighted: "nothing", scaled: true }],
  ["eight factors, more than items, and both weights", { factors: 8, biases: false, zeroWeight: 0.5, weighted: true }],
];
const sides: Side[] = ["user", "item"];

/** Registers the laws for one set of kernels. */
export function kernelsContract(name: string, make: () => FactorKernels): void {
  describe(name, () => {
    const kernels = make();
    afterAll(() => kernels.close());
    for (const [title, kind] of kinds) describe(title, () => laws(kernels, problemOf(kind)));
    test("a row that its ratings do not determine is counted and stores zeros; an empty row is not counted", () =>
      undetermined(kernels));
    test("without errors the full curvature is the Gauss-Newton one", () => withoutErrors(kernels));
    test("a row that a penalty does not hold goes to the optimum that its ratings determine", () =>
      freeBiases(kernels));
    test("a problem without ratings has its penalties alone", () => withoutRatings(kernels));
  });
}

function laws(kernels: FactorKernels, problem: FactorProblem): void {
  const point = pointOf(problem);
  const subject: Subject = {
    problem,
    point,
    opened() {
      const session = kernels.open(problem);
      session.setPoint(point);
      return session;
    },
  };
  valueLaws(subject);
  productLaws(subject);
  for (const side of sides) sideLaws(subject, side);
  couplingLaws(subject);
}

/** A problem at a point. */
interface Subject {
  readonly problem: FactorProblem;
  readonly point: Float64Array;
  /** A new session at the point. */
  opened(): FactorSession;
}

function valueLaws({ problem, point, opened }: Subject): void {
  test("the point comes back, and the lengths are those of the shape", () => {
    const session = opened();
    expect(pointAt(session)).toEqual(point);
    expect(session.parameterCount).toBe(point.length);
    const { userCount, itemCount, learnedMean } = problem.shape;
    expect(session.reducedCount).toBe(itemCount * session.stride + (learnedMean ? 1 : 0));
    expect(session.reducedCount + userCount * session.stride).toBe(session.parameterCount);
  });

  test("residuals are minus the slopes of the ratings' terms", () => {
    near(residualsAt(opened()), errorsOf(problem, point));
  });

  test("residuals follow the point, however it moves", () => {
    const session = opened();
    residualsAt(session);
    session.factorise("user");
    const moves: (() => unknown)[] = [
      () => session.setPoint(pointOf(problem, 9)),
      () => session.solve("user"),
      () => session.solve("item"),
      () => session.setPoint(point),
      () => session.relaxUsers(new Float64Array(session.reducedCount)),
    ];
    for (const move of moves) {
      move();
      near(residualsAt(session), errorsOf(problem, pointAt(session)), 1e-9);
    }
  });

  test("the value is that of the formula, pair by pair", () => {
    near([valueAt(opened(), point)], [objectiveOf(problem, point)]);
  });

  test("the gradient is the slope of the formula", () => {
    const h = 1e-5;
    const slopes = point.map(
      (_, k) => (objectiveOf(problem, moved(point, k, h)) - objectiveOf(problem, moved(point, k, -h))) / (2 * h),
    );
    near(gradientAt(opened()), slopes, 1e-7);
  });
}

function productLaws({ problem, point, opened }: Subject): void {
  test("the Gauss-Newton product is the sum of the squared slopes of the scores", () => {
    const direction = vectorOf(point.length, 3);
    near(productOf(opened(), direction, "gauss-newton"), gaussNewtonTimes(problem, point, direction));
  });

  test("the full product is the slope of the gradient", () => {
    const session = opened();
    const direction = vectorOf(point.length, 3);
    const product = productOf(session, direction, "full");
    const h = 1e-5;
    const ends = [h, -h].map((step) => {
      session.setPoint(point.map((x, k) => x + step * direction[k]));
      return gradientAt(session);
    });
    near(
      product,
      ends[0].map((x, k) => (x - ends[1][k]) / (2 * h)),
      1e-7,
    );
  });

  for (const curvature of ["full", "gauss-newton"] as const)
    test(`the ${curvature} matrix is symmetric`, () => {
      const { rows, order } = denseOf(opened(), curvature);
      for (let i = 0; i < order; i++)
        near(
          rows[i],
          rows.map((row) => row[i]),
        );
    });

  test("the Gauss-Newton matrix is positive semidefinite, and the full one is another", () => {
    const session = opened();
    const { rows, order } = denseOf(session, "gauss-newton");
    const { values } = symmetricEigen(Float64Array.from(rows.flatMap((row) => [...row])), order);
    expect(values[order - 1]).toBeGreaterThan(-1e-10 * values[0]);
    const full = denseOf(session, "full").rows;
    expect(Math.max(...full.flatMap((row, i) => [...row].map((x, j) => Math.abs(x - rows[i][j]))))).toBeGreaterThan(
      0.1,
    );
  });
}

function sideLaws({ problem, point, opened }: Subject, side: Side): void {
  test(`stored ${side} blocks invert the blocks of the Hessian`, () => {
    const session = opened();
    expect(session.factorise(side)).toBe(0);
    const table = tableOf(problem, session, side);
    const x = vectorOf(table.length, 4);
    near(blocksTimes(problem, session, side, applied(session, side, x)), isolated(problem, session, side, x), 1e-9);
  });

  test(`only the listed ${side} rows are stored, and stay when the point moves`, () => {
    const session = opened();
    const { stride } = session;
    const listed = [0, 2];
    const all = opened();
    all.factorise(side);
    session.factorise(side, Uint32Array.from(listed));
    session.setPoint(point.map((x) => 2 * x + 1));
    const table = tableOf(problem, session, side);
    const x = vectorOf(table.length, 5);
    const expected = applied(all, side, x).map((y, k) => (listed.includes(Math.floor(k / stride)) ? y : 0));
    near(applied(session, side, x), expected);
    expect(expected.some((y) => y !== 0)).toBe(true);
  });

  test(`solving the ${side}s leaves their gradient at zero and the others where they were`, () => {
    const session = opened();
    const before = session.evaluate(new Float64Array(point.length));
    expect(session.solve(side)).toBe(0);
    const { from, length } = tableOf(problem, session, side);
    const gradient = new Float64Array(point.length);
    expect(session.evaluate(gradient)).toBeLessThan(before);
    near(gradient.subarray(from, from + length), new Float64Array(length), 1e-9);
    const after = pointAt(session);
    expect([...after.subarray(0, from), ...after.subarray(from + length)]).toEqual([
      ...point.subarray(0, from),
      ...point.subarray(from + length),
    ]);
  });

  test(`solving the ${side}s stores what factorise stores`, () => {
    const [solved, factorised] = [opened(), opened()];
    solved.solve(side);
    factorised.factorise(side);
    const x = vectorOf(tableOf(problem, solved, side).length, 6);
    near(applied(solved, side, x), applied(factorised, side, x));
  });
}

function couplingLaws({ problem, point, opened }: Subject): void {
  test("relaxing the users is the frozen Newton step of each, then the value and gradient there", () => {
    const session = opened();
    session.setPoint(pointOf(problem, 9));
    session.factorise("user");
    session.setPoint(point);
    const { length } = tableOf(problem, session, "user");
    const step = applied(session, "user", gradientAt(session).subarray(0, length));
    const expected = point.map((x, k) => (k < length ? x - step[k] : x));
    const reduced = new Float64Array(session.reducedCount);
    const value = session.relaxUsers(reduced);
    near(pointAt(session), expected);
    const there = opened();
    there.setPoint(expected);
    near([value], [valueAt(there, expected)]);
    near(reduced, gradientAt(there).subarray(length), 1e-9);
    near(residualsAt(session), errorsOf(problem, expected), 1e-9);
  });

  test("a reduced vector sets items and mean, and every user to the optimum there; stored blocks stay", () => {
    if (problem.weights !== undefined || (problem.zeroWeight ?? 0) > 0) return;
    const session = opened();
    const { length } = tableOf(problem, session, "user");
    session.factorise("user");
    const before = applied(session, "user", point.subarray(0, length));
    const wanted = point.map((x, k) => (k < length ? x : 0.9 * x));
    const reduced = new Float64Array(session.reducedCount);
    const value = session.optimiseUsers(wanted.subarray(length), reduced);
    const there = opened();
    there.setPoint(wanted);
    there.solve("user");
    const expected = pointAt(there);
    near(pointAt(session), expected, 1e-9);
    near([value], [valueAt(there, expected)], 1e-9);
    near(reduced, gradientAt(there).subarray(length), 1e-8);
    near(residualsAt(session), errorsOf(problem, expected), 1e-8);
    expect(applied(session, "user", point.subarray(0, length))).toEqual(before);
  });

  test("the couplings are the off-diagonal parts of the full Hessian", () => {
    const session = opened();
    const { length } = tableOf(problem, session, "user");
    const { reducedCount } = session;
    const direction = vectorOf(point.length, 7);
    const ofReduced = productOf(session, onlyFrom(direction, length, point.length), "full");
    const users = new Float64Array(length);
    session.userCoupling(direction.slice(length), users);
    near(users, ofReduced.subarray(0, length));
    const ofUsers = productOf(session, onlyFrom(direction, 0, length), "full");
    const reduced = new Float64Array(reducedCount);
    session.itemCoupling(direction.slice(0, length), reduced);
    near(reduced, ofUsers.subarray(length));
  });

  test("the Schur product eliminates the users from the full Hessian, with the stored blocks", () => {
    const session = opened();
    const { length } = tableOf(problem, session, "user");
    session.factorise("user");
    const v = vectorOf(session.reducedCount, 8);
    const whole = new Float64Array(point.length);
    whole.set(v, length);
    const product = productOf(session, whole, "full");
    const eliminated = applied(session, "user", product.subarray(0, length));
    const back = new Float64Array(point.length);
    back.set(eliminated);
    const taken = productOf(session, back, "full");
    const out = new Float64Array(session.reducedCount);
    session.schurProduct(v, out);
    near(
      out,
      out.map((_, k) => product[length + k] - taken[length + k]),
      1e-9,
    );
  });
}

/** Two ratings cannot determine eight factors without a penalty. */
function undetermined(kernels: FactorKernels): void {
  const problem = problemOf({ factors: 8, ratings: 10, factorPenalty: 0, biasPenalty: 0 });
  const session = kernels.open(problem);
  session.setPoint(pointOf(problem));
  const { start } = problem.byUser;
  const rated = problem.shape.userCount - start.subarray(1).filter((end, u) => end === start[u]).length;
  expect(rated).toBeGreaterThan(0);
  expect(rated).toBeLessThan(problem.shape.userCount);
  expect(session.factorise("user")).toBe(rated);
  const zeros = new Float64Array(problem.shape.userCount * session.stride);
  expect(applied(session, "user", vectorOf(zeros.length, 1))).toEqual(zeros);
  expect(session.solve("user")).toBe(rated);
}

function withoutErrors(kernels: FactorKernels): void {
  const some = problemOf({ factors: 3, weighted: true });
  const point = pointOf(some);
  const problem = { ...some, ratings: scoresOf(some, point).map((score, k) => (some.weights?.[k] ?? 1) * score) };
  const session = kernels.open(problem);
  session.setPoint(point);
  const direction = vectorOf(point.length, 1);
  near(productOf(session, direction, "full"), productOf(session, direction, "gauss-newton"));
}

function freeBiases(kernels: FactorKernels): void {
  const problem = problemOf({ factors: 8, biasPenalty: 0 });
  const point = pointOf(problem);
  const [one, other] = [kernels.open(problem), kernels.open(problem)];
  const itemsAt = one.parameterCount - one.reducedCount;
  one.optimiseUsers(point.subarray(itemsAt), new Float64Array(one.reducedCount));
  other.setPoint(point);
  other.solve("user");
  near(pointAt(one), pointAt(other), 1e-9);
  for (const session of [one, other]) session.close();
}

function withoutRatings(kernels: FactorKernels): void {
  const problem = problemOf({ factors: 3, ratings: 0, learnedMean: true });
  const point = pointOf(problem);
  const session = kernels.open(problem);
  session.setPoint(point);
  const weights = penaltiesOf(problem);
  near(
    gradientAt(session),
    point.map((x, k) => weights[k] * x),
  );
  expect(session.solve("user")).toBe(0);
  near(pointAt(session).subarray(0, problem.shape.userCount * session.stride), new Float64Array(7 * session.stride));
}

/** Where a side's table lies among the parameters. */
function tableOf(problem: FactorProblem, session: FactorSession, side: Side): { from: number; length: number } {
  const { userCount, itemCount } = problem.shape;
  const { stride } = session;
  return side === "user"
    ? { from: 0, length: userCount * stride }
    : { from: userCount * stride, length: itemCount * stride };
}

/** The diagonal blocks of the Hessian times a side's table, from products with one row at a time. */
function blocksTimes(problem: FactorProblem, session: FactorSession, side: Side, x: Float64Array): Float64Array {
  const { from, length } = tableOf(problem, session, side);
  const { stride } = session;
  const out = new Float64Array(length);
  for (let at = 0; at < length; at += stride) {
    const direction = new Float64Array(session.parameterCount);
    direction.set(x.subarray(at, at + stride), from + at);
    out.set(productOf(session, direction, "full").subarray(from + at, from + at + stride), at);
  }
  return out;
}

/** x without the rows whose block is zero: those without ratings and with no scale, unless all pairs count. */
function isolated(problem: FactorProblem, session: FactorSession, side: Side, x: Float64Array): Float64Array {
  const { start } = side === "user" ? problem.byUser : problem.byItem;
  const scale = side === "user" ? problem.userScale : problem.itemScale;
  if (problem.zeroWeight) return x;
  return x.map((value, k) => {
    const row = Math.floor(k / session.stride);
    return start[row] === start[row + 1] && scale[row] === 0 ? 0 : value;
  });
}

function denseOf(session: FactorSession, curvature: Curvature): { rows: Float64Array[]; order: number } {
  const order = session.parameterCount;
  const rows = Array.from({ length: order }, (_, k) =>
    productOf(session, moved(new Float64Array(order), k, 1), curvature),
  );
  return { rows, order };
}

function productOf(session: FactorSession, direction: Float64Array, curvature: Curvature): Float64Array {
  const out = new Float64Array(session.parameterCount).fill(Number.NaN);
  session.hessianProduct(direction, out, curvature);
  return out;
}

function applied(session: FactorSession, side: Side, x: Float64Array): Float64Array {
  const out = new Float64Array(x.length).fill(Number.NaN);
  session.applyInverse(side, x, out);
  return out;
}

function gradientAt(session: FactorSession): Float64Array {
  const gradient = new Float64Array(session.parameterCount).fill(Number.NaN);
  session.evaluate(gradient);
  return gradient;
}

function valueAt(session: FactorSession, point: Float64Array): number {
  session.setPoint(point);
  return session.evaluate(new Float64Array(session.parameterCount));
}

function residualsAt(session: FactorSession): Float64Array {
  const out = new Float64Array(1000).fill(Number.NaN);
  session.residuals(out);
  const count = out.findIndex(Number.isNaN);
  return out.subarray(0, count);
}

function pointAt(session: FactorSession): Float64Array {
  const out = new Float64Array(session.parameterCount);
  session.getPoint(out);
  return out;
}

function moved(point: Float64Array, k: number, step: number): Float64Array {
  const to = point.slice();
  to[k] += step;
  return to;
}

function onlyFrom(vector: Float64Array, from: number, to: number): Float64Array {
  return vector.map((x, k) => (k >= from && k < to ? x : 0));
}

/** Both are the same up to `tolerance` times the largest entry (at least 1). */
export function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-11): void {
  expect(actual.length).toBe(expected.length);
  let scale = 1;
  let worst = 0;
  for (let k = 0; k < expected.length; k++) {
    scale = Math.max(scale, Math.abs(expected[k]));
    worst = Math.max(worst, Math.abs(actual[k] - expected[k]));
    expect(Number.isFinite(actual[k])).toBe(true);
  }
  expect(worst / scale).toBeLessThan(tolerance);
}

/** The laws of kernels on triples: derivatives, the dense twin, descent; and small problems to try them on. */

import { afterAll, describe, expect, test } from "vitest";
import type { TripleKernels, TripleProblem } from "../../src/kernel/triples/triples.ts";
import { tripleParameters } from "../../src/kernel/triples/triples.ts";
import { randomOf } from "../../src/numeric/random.ts";

const random = randomOf(11, "triples");

/** What a problem for the tests is like. */
export interface Wanted {
  readonly factors: number;
  readonly users?: number;
  readonly items?: number;
  readonly pairs?: number;
  readonly perPair?: number;
}

/** Sorted triples with popular users and items, users without triples, and runs of very different lengths. */
export function tripleProblem({ factors, users = 12, items = 9, pairs = 40, perPair = 4 }: Wanted): TripleProblem {
  const triples = Array.from({ length: pairs }, () => {
    const user = 1 + Math.floor(random.uniform() ** 2 * (users - 2));
    const liked = Math.floor(random.uniform() ** 2 * items);
    const count = random.uniform() < 0.1 ? 20 * perPair : random.integer(perPair) + 1;
    return Array.from({ length: count }, () => [user, liked, (liked + 1 + random.integer(items - 1)) % items]);
  }).flat();
  triples.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const column = (c: number) => Uint32Array.from(triples, (triple) => triple[c]);
  return { userCount: users, itemCount: items, factors, users: column(0), liked: column(1), others: column(2) };
}

/** A vector of parameters. */
export function vectorFor(problem: TripleProblem, scale = 1): Float64Array {
  return Float64Array.from({ length: tripleParameters(problem) }, () => scale * random.normal());
}

/** All positions, in a random order. */
export function orderOf(problem: TripleProblem): Uint32Array {
  const order = Uint32Array.from(problem.users, (_, t) => t);
  for (let t = order.length - 1; t > 0; t--) {
    const other = random.integer(t + 1);
    [order[t], order[other]] = [order[other], order[t]];
  }
  return order;
}

/** Entries agree, up to a share of the largest one. */
export function close(found: ArrayLike<number>, expected: ArrayLike<number>, share: number): void {
  let [most, apart] = [0, 0];
  for (let k = 0; k < expected.length; k++) {
    most = Math.max(most, Math.abs(expected[k]));
    // Math.max lets a NaN through to the assertion.
    apart = Math.max(apart, Math.abs(found[k] - expected[k]));
  }
  expect(found.length).toBe(expected.length);
  expect(apart).toBeLessThanOrEqual(share * most);
}

/** J, the gradient and products at a point. */
export function derivatives(kernels: TripleKernels, problem: TripleProblem, params: Float64Array) {
  const session = kernels.open(problem);
  session.setPoint(params);
  const gradient = new Float64Array(session.parameterCount);
  const value = session.evaluate(gradient);
  const product = (direction: Float64Array, curvature: "full" | "gauss-newton") => {
    const out = new Float64Array(session.parameterCount);
    session.hessianProduct(direction, out, curvature);
    return out;
  };
  return { session, value, gradient, product };
}

/** The laws. */
export function triplesContract(name: string, make: () => TripleKernels): void {
  describe(name, () => {
    const kernels = make();
    afterAll(() => kernels.close());
    derivativeLaws(kernels);
    descentLaws(kernels);
    sessionLaws(kernels);
  });
}

function derivativeLaws(kernels: TripleKernels): void {
  const valueAt = (problem: TripleProblem, params: Float64Array) => derivatives(kernels, problem, params).value;
  const along = (params: Float64Array, by: number, direction: Float64Array) =>
    params.map((x, k) => x + by * direction[k]);

  test("one triple, by hand", () => {
    const one = (x: number) => Uint32Array.of(x);
    const problem = { userCount: 1, itemCount: 2, factors: 1, users: one(0), liked: one(1), others: one(0) };
    const { value, gradient, product, session } = derivatives(kernels, problem, Float64Array.of(2, 1, 1));
    expect(value).toBeCloseTo(Math.log(2), 14);
    close(gradient, [0, 1, -1], 1e-15);
    close(product(Float64Array.of(0, 0, 1), "gauss-newton"), [0, -1, 1], 1e-15);
    close(product(Float64Array.of(0, 0, 1), "full"), [-0.5, -1, 1], 1e-15);
    expect(session.descend(one(0), 0.5, 0.1)).toBeCloseTo(Math.log(2), 14);
    const moved = new Float64Array(3);
    session.getPoint(moved);
    close(moved, [1.9, 0.45, 1.45], 1e-15);
  });

  test.each([1, 2, 3, 7, 8, 11, 16])("gradient and products are those of finite differences, %i factors", (factors) => {
    const problem = tripleProblem({ factors });
    const params = vectorFor(problem, 0.5);
    const direction = vectorFor(problem, 0.5);
    const { gradient, product } = derivatives(kernels, problem, params);
    const h = 1e-5;
    const [up, down] = [h, -h].map((by) => along(params, by, direction));
    const slope = (valueAt(problem, up) - valueAt(problem, down)) / (2 * h);
    const inner = (a: Float64Array) => a.reduce((sum, x, k) => sum + x * direction[k], 0);
    expect(Math.abs(inner(gradient) - slope)).toBeLessThan(1e-7 * (1 + Math.abs(slope)));
    const [ahead, behind] = [up, down].map((at) => derivatives(kernels, problem, at).gradient);
    close(
      product(direction, "full"),
      ahead.map((x, k) => (x - behind[k]) / (2 * h)),
      1e-7,
    );
  });

  test("products are those of the dense Gauss-Newton matrix, built from the triples", () => {
    const problem = tripleProblem({ factors: 3 });
    const params = vectorFor(problem, 0.5);
    const direction = vectorFor(problem);
    close(
      derivatives(kernels, problem, params).product(direction, "gauss-newton"),
      dense(problem, params, direction),
      1e-12,
    );
  });

  test("products are symmetric, and those of Gauss-Newton not negative", () => {
    const problem = tripleProblem({ factors: 8, pairs: 100 });
    const { product } = derivatives(kernels, problem, vectorFor(problem, 0.3));
    const [v, w] = [vectorFor(problem), vectorFor(problem)];
    const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k], 0);
    for (const curvature of ["full", "gauss-newton"] as const)
      expect(inner(product(v, curvature), w)).toBeCloseTo(inner(product(w, curvature), v), 9);
    expect(inner(product(v, "gauss-newton"), v)).toBeGreaterThan(0);
  });
}

function descentLaws(kernels: TripleKernels): void {
  test.each([2, 8, 5])("a step of descent along one triple is minus its gradient, %i factors", (factors) => {
    const whole = tripleProblem({ factors });
    const params = vectorFor(whole, 0.5);
    const moved = new Float64Array(params.length);
    for (const t of [0, 7, whole.users.length - 1]) {
      const [users, liked, others] = [whole.users, whole.liked, whole.others].map((c) => c.subarray(t, t + 1));
      const { gradient, value } = derivatives(kernels, { ...whole, users, liked, others }, params);
      const { session } = derivatives(kernels, whole, params);
      expect(session.descend(Uint32Array.of(t), 0.1, 0)).toBeCloseTo(value, 13);
      session.getPoint(moved);
      close(
        moved,
        params.map((x, k) => x - 0.1 * gradient[k]),
        1e-15,
      );
      session.setPoint(params);
      session.descend(Uint32Array.of(t), 0.1, 0.5);
      session.getPoint(moved);
      const touched = gradient.map((x) => (x === 0 ? 0 : 1));
      close(
        moved,
        params.map((x, k) => x - 0.1 * (gradient[k] + 0.5 * touched[k] * x)),
        1e-14,
      );
    }
  });

  test.each([8, 6])("an epoch at a small rate moves along minus the gradient, %i factors", (factors) => {
    const problem = tripleProblem({ factors, pairs: 200 });
    const params = vectorFor(problem, 0.5);
    const { session, gradient, value } = derivatives(kernels, problem, params);
    const rate = 1e-8;
    const loss = session.descend(orderOf(problem), rate, 0);
    expect(Math.abs(loss * problem.users.length - value)).toBeLessThan(1e-4 * value);
    const moved = new Float64Array(params.length);
    session.getPoint(moved);
    close(
      moved.map((x, k) => (params[k] - x) / rate),
      gradient,
      1e-5,
    );
  });

  test("epochs bring the loss down", () => {
    const problem = tripleProblem({ factors: 8, pairs: 300 });
    const { session, value, gradient } = derivatives(kernels, problem, vectorFor(problem, 0.1));
    for (let epoch = 0; epoch < 30; epoch++) session.descend(orderOf(problem), 0.05, 1e-4);
    expect(session.evaluate(gradient)).toBeLessThan(0.9 * value);
  });
}

function sessionLaws(kernels: TripleKernels): void {
  test("what a product gives does not depend on what was asked before", () => {
    const problem = tripleProblem({ factors: 8 });
    const [params, other, direction] = [vectorFor(problem), vectorFor(problem), vectorFor(problem)];
    const { session, product } = derivatives(kernels, problem, other);
    product(direction, "full");
    session.setPoint(params);
    const later = product(direction, "full");
    expect(later).toEqual(derivatives(kernels, problem, params).product(direction, "full"));
    session.descend(orderOf(problem), 0.1, 0);
    const moved = new Float64Array(params.length);
    session.getPoint(moved);
    expect(product(direction, "full")).toEqual(derivatives(kernels, problem, moved).product(direction, "full"));
  });

  test("a problem without triples", () => {
    const none = new Uint32Array(0);
    const problem = { userCount: 2, itemCount: 3, factors: 4, users: none, liked: none, others: none };
    const params = vectorFor(problem);
    const { session, value, gradient, product } = derivatives(kernels, problem, params);
    expect(value).toBe(0);
    expect([...gradient, ...product(params, "full")].every((x) => x === 0)).toBe(true);
    expect(session.descend(none, 0.1, 0.1)).toBe(0);
  });

  test("what the kernels rely on is checked", () => {
    const open = (users: number[], liked: number[], others: number[]) =>
      kernels.open({
        userCount: 3,
        itemCount: 3,
        factors: 2,
        users: Uint32Array.from(users),
        liked: Uint32Array.from(liked),
        others: Uint32Array.from(others),
      });
    const failure = (message: string) =>
      expect.objectContaining({ code: "internal", message: expect.stringContaining(message) });
    expect(() => open([1, 0], [0, 0], [1, 1])).toThrow(failure("triple 1 is out of order"));
    expect(() => open([0, 0], [1, 0], [2, 2])).toThrow(failure("triple 1 is out of order"));
    expect(() => open([0], [3], [2])).toThrow(failure("outside"));
    expect(() => open([0], [1], [0xffffffff])).toThrow(failure("outside"));
    expect(() => open([0], [1], [1])).toThrow(failure("itself"));
    expect(() => open([0], [1], [])).toThrow(failure("length"));
    expect(() => open([0], [1], [2]).descend(Uint32Array.of(1), 0.1, 0)).toThrow(failure("order"));
  });
}

/** Σ σ(m)σ(−m)·(∇m·direction)·∇m over triples, the slow way. */
function dense(problem: TripleProblem, params: Float64Array, direction: Float64Array): Float64Array {
  const { factors, userCount, users, liked, others } = problem;
  const out = new Float64Array(params.length);
  users.forEach((user, t) => {
    const [p, q, r] = [user, userCount + liked[t], userCount + others[t]].map((row) => row * factors);
    const slopes = new Float64Array(params.length);
    let margin = 0;
    for (let f = 0; f < factors; f++) {
      slopes[p + f] = params[q + f] - params[r + f];
      slopes[q + f] = params[p + f];
      slopes[r + f] = -params[p + f];
      margin += params[p + f] * slopes[p + f];
    }
    const weight = 1 / (2 + Math.exp(margin) + Math.exp(-margin));
    const along = slopes.reduce((sum, x, k) => sum + x * direction[k], 0);
    slopes.forEach((x, k) => {
      out[k] += weight * along * x;
    });
  });
  return out;
}

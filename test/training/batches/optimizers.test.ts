/** Optimizers against their recursions done by hand. */

import { expect, test } from "vitest";
import { adam } from "../../../src/training/batches/adam.ts";
import type { Optimizer } from "../../../src/training/batches/optimizer.ts";
import { sgd } from "../../../src/training/batches/sgd.ts";
import { expectNear } from "../../support/small.ts";

const gradients = [
  [3, -0.02, 0],
  [-1, 0.5, 2],
  [0.25, -8, 1e-3],
];

/** Makes a step for each gradient; returns the parameters after each. */
function course(make: (ground: { params: Float64Array; gradient: Float64Array }) => Optimizer): number[][] {
  const ground = { params: Float64Array.of(1, -2, 0.5), gradient: new Float64Array(3) };
  const optimizer = make(ground);
  return gradients.map((gradient, n) => {
    ground.gradient.set(gradient);
    optimizer.move(0, 3, { scale: 0.5, pull: 0.1, learningRate: 0.01, step: n + 1 });
    expect([...ground.gradient]).toEqual([0, 0, 0]);
    return [...ground.params];
  });
}

/** The gradient that a step is made of, at the parameters before it. */
function seen(before: readonly number[], n: number): number[] {
  return before.map((x, k) => 0.5 * (gradients[n][k] + 0.1 * x));
}

test("Adam's first step is the learning rate against the sign", () => {
  const [first] = course((ground) => adam(ground));
  const start = [1, -2, 0.5];
  expectNear(
    first,
    start.map((x, k) => x - 0.01 * Math.sign(seen(start, 0)[k])),
    1e-6,
  );
});

test("Adam follows the printed algorithm", () => {
  const after = course((ground) => adam(ground));
  let [params, m, v] = [
    [1, -2, 0.5],
    [0, 0, 0],
    [0, 0, 0],
  ];
  for (let t = 1; t <= 3; t++) {
    const g = seen(params, t - 1);
    m = m.map((x, k) => 0.9 * x + 0.1 * g[k]);
    v = v.map((x, k) => 0.999 * x + 0.001 * g[k] ** 2);
    params = params.map((x, k) => x - (0.01 * (m[k] / (1 - 0.9 ** t))) / (Math.sqrt(v[k] / (1 - 0.999 ** t)) + 1e-8));
    expectNear(after[t - 1], params, 1e-12);
  }
});

test("SGD and momentum are their recursions", () => {
  for (const momentum of [0, 0.7]) {
    const after = course((ground) => sgd(ground, momentum));
    let [params, velocity] = [
      [1, -2, 0.5],
      [0, 0, 0],
    ];
    gradients.forEach((_, n) => {
      const g = seen(params, n);
      velocity = velocity.map((x, k) => momentum * x + g[k]);
      params = params.map((x, k) => x - 0.01 * velocity[k]);
      expectNear(after[n], params, 1e-14);
    });
  }
});

test("a constant gradient moves Adam by the learning rate at every step, however many", () => {
  const ground = { params: new Float64Array(1), gradient: new Float64Array(1) };
  const optimizer = adam(ground);
  // Past the end of the table of bias corrections.
  for (let step = 1; step <= 40000; step++) {
    ground.gradient[0] = 2;
    optimizer.move(0, 1, { scale: 1, pull: 0, learningRate: 1e-3, step });
  }
  expect(Math.abs(ground.params[0] + 40)).toBeLessThan(1e-4);
});

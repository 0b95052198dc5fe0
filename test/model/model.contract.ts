/** The laws of models: scores that can be differentiated twice, whatever the batch, the order, the names and the threads. */

import { describe, expect, test } from "vitest";
import type { ModelKind, ModelSettings } from "../../src/model/model.ts";
import { forEachPlace, sizeOf } from "../../src/model/tensors.ts";
import { dot } from "../../src/numeric/vector.ts";
import { expectNear, shuffle } from "../support/small.ts";
import { dataLaws, localLaws, nameLaws, purityLaws } from "./dependence.contract.ts";
import { settingsContract, startContract } from "./kind.contract.ts";
import { rotationLaws } from "./rotations.contract.ts";
import { curvatureOf, everything, plus, type Subject, sets, someOf, subjectOf, vjpOf } from "./subject.ts";
import { onThreads } from "./threads.ts";

// Central differences of smooth scores at this step: about 1e-10 of third derivatives, 1e-11 of rounding.
const step = 1e-5;
const differenced = 2e-8;
const rounding = 1e-12;

/** Registers the laws of a kind under these settings. */
export function modelContract(name: string, kind: ModelKind, given: ModelSettings): void {
  describe(`${name} ${JSON.stringify(given)}`, () => {
    settingsContract(kind, given);
    startContract(kind, given);
    for (const [title, interactions] of sets)
      describe(title, () => {
        const subject = subjectOf(kind, given, interactions());
        shapeLaws(subject, kind, given);
        derivativeLaws(subject);
        additionLaws(subject);
        batchLaws(subject);
        rotationLaws(subject);
        if (subject.model.local) localLaws(subject);
        nameLaws(subject);
        purityLaws(subject);
        dataLaws(subject);
        test("any number of threads gives the same bytes, those of the definition up to rounding", async () => {
          await onThreads((matrices) => everything(subject, subject.build(undefined, undefined, undefined, matrices)));
        });
      });
  });
}

function shapeLaws({ model, interactions, params, pairs, keys }: Subject, kind: ModelKind, given: ModelSettings): void {
  test("tensors fill the vector without gaps, and no place is of two", () => {
    const owners = new Uint32Array(model.parameterCount);
    for (const tensor of model.tensors) {
      const { shape, rows, width, rowsOf } = tensor;
      expect(rows * width).toBe(sizeOf(shape));
      expect(rows).toBe(shape[0]);
      if (rowsOf) expect(rows).toBe(model[`${rowsOf}Count`]);
      forEachPlace(tensor, (place) => {
        expect(place).toBeLessThan(owners.length);
        owners[place]++;
      });
    }
    expect(owners.every((count) => count === 1)).toBe(true);
    expect(new Set(model.tensors.map((tensor) => tensor.name)).size).toBe(model.tensors.length);
    expect([model.userCount, model.itemCount]).toEqual([interactions.userCount, interactions.itemCount]);
    expect(model.batch).toBeGreaterThanOrEqual(1);
  });

  test("is served with parameters in the same places", () => {
    const settings = kind.settings(given);
    const served = kind.serving?.(settings) ?? settings;
    expect(kind.serving?.(served) ?? served).toEqual(served);
    const serving = kind.build(served, interactions, undefined, keys);
    expect(serving.tensors).toEqual(model.tensors);
    const factors = serving.asFactors?.(params);
    if (factors === undefined) return;
    const { userFactors, itemFactors, userBias, itemBias, factors: width } = factors;
    const products = Array.from(pairs.users, (u, n) => {
      const i = pairs.items[n];
      const p = userFactors.subarray(u * width, (u + 1) * width);
      return dot(p, itemFactors.subarray(i * width, (i + 1) * width)) + (userBias?.[u] ?? 0) + (itemBias?.[i] ?? 0);
    });
    expectNear(products, serving.at(params, pairs).scores, rounding);
  });
}

function derivativeLaws(subject: Subject): void {
  const { model, params, pairs, weights, direction, otherDirection } = subject;
  const ahead = (d: Float64Array) => model.at(plus(params, step, d), pairs);
  const behind = (d: Float64Array) => model.at(plus(params, -step, d), pairs);
  const slope = (a: Float64Array, b: Float64Array) => a.map((x, k) => (x - b[k]) / (2 * step));
  const point = model.at(params, pairs);

  test("jvp is the slope of the scores", () => {
    expect(point.scores.every(Number.isFinite)).toBe(true);
    for (const d of [direction, otherDirection])
      expectNear(point.jvp(d), slope(ahead(d).scores, behind(d).scores), differenced);
  });

  test("addVjp is the transpose of jvp", () => {
    for (const d of [direction, otherDirection]) {
      const tangent = point.jvp(d);
      const size = dot(weights.map(Math.abs), tangent.map(Math.abs));
      expectNear([dot(vjpOf(point, weights, model), d)], [dot(weights, tangent)], rounding, { floor: size });
    }
  });

  if (point.gradientProducts)
    test("gradientProducts are inner products of gradients", () => {
      const count = Math.min(6, pairs.users.length);
      const gradients = Array.from({ length: count }, (_, n) =>
        vjpOf(
          point,
          weights.map((_, m) => (m === n ? 1 : 0)),
          model,
        ),
      );
      const places = Uint32Array.from({ length: count * count }, (_, n) => n);
      const [ones, others] = [places.map((n) => Math.floor(n / count)), places.map((n) => n % count)];
      const wanted = Array.from(places, (n) => dot(gradients[ones[n]], gradients[others[n]]));
      expectNear(point.gradientProducts?.(ones, others) ?? [], wanted, rounding);
    });

  test("addCurvature is the slope of addVjp, and symmetric", () => {
    for (const d of [direction, otherDirection]) {
      const wanted = slope(vjpOf(ahead(d), weights, model), vjpOf(behind(d), weights, model));
      expectNear(curvatureOf(point, weights, d, model), wanted, differenced);
    }
    const there = curvatureOf(point, weights, direction, model);
    const back = curvatureOf(point, weights, otherDirection, model);
    const size = dot(otherDirection.map(Math.abs), there.map(Math.abs));
    expectNear([dot(direction, back)], [dot(otherDirection, there)], rounding, { floor: size });
  });
}

function additionLaws({ model, params, pairs, weights, otherWeights, direction, otherDirection }: Subject): void {
  const point = model.at(params, pairs);
  const mixed = plus(
    weights.map((w) => 2 * w),
    -3,
    otherWeights,
  );

  test("addVjp adds, and is linear in the weights", () => {
    const [one, other] = [vjpOf(point, weights, model), vjpOf(point, otherWeights, model)];
    const wanted = one.map((x, k) => 2 * x - 3 * other[k]);
    expectNear(vjpOf(point, mixed, model), wanted, rounding);
    const before = otherDirection.slice();
    point.addVjp(weights, before);
    expectNear(before, plus(otherDirection, 1, one), rounding);
  });

  test("addCurvature adds, and is linear in weights and direction", () => {
    const bent = (w: Float64Array, d: Float64Array) => curvatureOf(point, w, d, model);
    const [one, other] = [bent(weights, direction), bent(otherWeights, direction)];
    const wanted = one.map((x, k) => 2 * x - 3 * other[k]);
    expectNear(bent(mixed, direction), wanted, rounding);
    expectNear(bent(weights, plus(direction, -2, otherDirection)), plus(one, -2, bent(weights, otherDirection)), 1e-12);
    const before = otherDirection.slice();
    point.addCurvature(weights, direction, before);
    expectNear(before, plus(otherDirection, 1, one), rounding);
  });

  test("jvp is linear", () => {
    const wanted = plus(point.jvp(direction), -2, point.jvp(otherDirection));
    expectNear(point.jvp(plus(direction, -2, otherDirection)), wanted, rounding);
  });
}

function batchLaws({ model, params, pairs, weights, direction }: Subject): void {
  const count = pairs.users.length;
  const whole = model.at(params, pairs);

  /** Sums what batches say, and puts their scores where they belong. */
  function inBatches(batches: readonly Uint32Array[]) {
    const [scores, tangent] = [new Float64Array(count), new Float64Array(count)];
    const [gradient, bent] = [new Float64Array(model.parameterCount), new Float64Array(model.parameterCount)];
    for (const batch of batches) {
      const point = model.at(params, someOf(pairs, batch));
      const own = Float64Array.from(batch, (n) => weights[n]);
      const moved = point.jvp(direction);
      batch.forEach((n, k) => {
        scores[n] = point.scores[k];
        tangent[n] = moved[k];
      });
      point.addVjp(own, gradient);
      point.addCurvature(own, direction, bent);
    }
    return { scores, tangent, gradient, bent };
  }

  const order = shuffle(count, 5);
  const cuts: readonly (readonly [string, Uint32Array[]])[] = [
    ["in another order", [order]],
    ["in two parts", [order.subarray(0, 4), order.subarray(4)]],
    ["one by one", Array.from(order, (n) => Uint32Array.of(n))],
    ["with nothing", [new Uint32Array(0), order]],
  ];
  for (const [title, batches] of cuts)
    test(`a batch ${title} says the same`, () => {
      const found = inBatches(batches);
      expectNear(found.scores, whole.scores, rounding);
      expectNear(found.tangent, whole.jvp(direction), rounding);
      expectNear(found.gradient, vjpOf(whole, weights, model), rounding);
      expectNear(found.bent, curvatureOf(whole, weights, direction, model), rounding);
    });

  test("a pair that is there three times counts three times", () => {
    for (const n of [0, count - 1]) {
      const [once, thrice] = [Uint32Array.of(n), Uint32Array.of(n, n, n)].map((which) =>
        model.at(params, someOf(pairs, which)),
      );
      expectNear(thrice.scores, new Float64Array(3).fill(once.scores[0]), rounding);
      const [alone, three] = [Float64Array.of(2.5), Float64Array.of(0.5, -1, 3)];
      expectNear(vjpOf(thrice, three, model), vjpOf(once, alone, model), rounding);
      const wanted = curvatureOf(once, alone, direction, model);
      expectNear(curvatureOf(thrice, three, direction, model), wanted, rounding);
    }
  });
}

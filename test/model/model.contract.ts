/** The laws of models: scores that can be differentiated twice, whatever the batch, the order, the names and the threads. */

import { describe, expect, test } from "vitest";
import type { Model, ModelKind, ModelSettings } from "../../src/model/model.ts";
import { sizeOf, supportOf } from "../../src/model/model.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { dot } from "../../src/numeric/vector.ts";
import { expectNear, interactionsFrom, relabelled, reordered, shuffle, triplesOf } from "../small.ts";
import { expectWeightDerivative } from "./graph/weighted.ts";
import { settingsContract, startContract } from "./kind.contract.ts";
import {
  bytesOf,
  curvatureOf,
  everything,
  plus,
  relabelledVector,
  type Subject,
  sets,
  someOf,
  subjectOf,
  vjpOf,
} from "./subject.ts";
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
        if (subject.model.local) localLaws(subject);
        nameLaws(subject);
        purityLaws(subject);
        dataLaws(subject);
        test("any number of threads gives the same bytes, those of the definition up to rounding", async () => {
          await onThreads(() => everything(subject, subject.build()));
        });
      });
  });
}

function shapeLaws({ model, interactions, params, pairs, keys }: Subject, kind: ModelKind, given: ModelSettings): void {
  test("tensors fill the vector without gaps", () => {
    let at = 0;
    for (const tensor of model.tensors) {
      expect(tensor.at).toBe(at);
      at += sizeOf(tensor.shape);
      if (tensor.rowsOf) expect(tensor.shape[0]).toBe(model[`${tensor.rowsOf}Count`]);
    }
    expect(model.parameterCount).toBe(at);
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

function localLaws({ model, params, pairs, direction }: Subject): void {
  const single = Array.from({ length: Math.min(12, pairs.users.length) }, (_, n) => n);
  const shared = new Set<number>();
  for (const { at, shape, rowsOf } of model.tensors)
    if (rowsOf === undefined) for (let k = at; k < at + sizeOf(shape); k++) shared.add(k);

  test("a score reads its support and what is shared, and nothing else", () => {
    for (const n of single) {
      const [pair, one] = [someOf(pairs, [n]), Float64Array.of(1)];
      const support = supportOf(model, pairs.users[n], pairs.items[n]);
      expect(support.every((k, place) => place === 0 || support[place - 1] < k)).toBe(true);
      const own = new Set([...support, ...shared]);
      const far = (k: number) => !own.has(k);
      const point = model.at(params, pair);
      const elsewhere = model.at(
        params.map((x, k) => (far(k) ? 100 * x + 1 : x)),
        pair,
      );
      expect(bytesOf(elsewhere.scores).equals(bytesOf(point.scores))).toBe(true);
      expect(point.jvp(direction.map((x, k) => (far(k) ? x : 0)))).toEqual(Float64Array.of(0));
      expect(vjpOf(point, one, model).every((x, k) => x === 0 || !far(k))).toBe(true);
      expect(curvatureOf(point, one, direction, model).every((x, k) => x === 0 || !far(k))).toBe(true);
      const bent = (model: Model, d: Float64Array) => curvatureOf(point, one, d, model);
      expect(
        bent(
          model,
          direction.map((x, k) => (far(k) ? 0 : x)),
        ),
      ).toEqual(bent(model, direction));
    }
  });
}

function nameLaws({ model, params, pairs, weights, interactions, keys, build }: Subject): void {
  test("names of users and items do not matter", () => {
    const [users, items] = [shuffle(model.userCount, 6), shuffle(model.itemCount, 7)];
    const moved = {
      users: keys.users.map((_, u) => keys.users[users.indexOf(u)]),
      items: keys.items.map((_, i) => keys.items[items.indexOf(i)]),
    };
    const other = build(relabelled(interactions, users, items), undefined, moved);
    const there = {
      users: pairs.users.map((u) => users[u]),
      items: pairs.items.map((i) => (i < model.itemCount ? items[i] : i)),
    };
    const point = other.at(relabelledVector(model, params, users, items), there);
    const here = model.at(params, pairs);
    expectNear(point.scores, here.scores, rounding);
    const wanted = relabelledVector(model, vjpOf(here, weights, model), users, items);
    expectNear(vjpOf(point, weights, other), wanted, rounding);
  });

  test("the order of interactions does not matter", () => {
    const other = build(reordered(interactions, shuffle(interactions.size, 8)));
    expectNear(other.at(params, pairs).scores, model.at(params, pairs).scores, rounding);
  });
}

function purityLaws(subject: Subject): void {
  const { model, params, pairs, weights, otherWeights, direction, otherDirection, build } = subject;

  test("nothing that is given is changed", () => {
    const given = [params, pairs.users, pairs.items, weights, direction];
    const before = given.map((values) => Buffer.from(bytesOf(values)));
    everything(subject, build());
    given.forEach((values, k) => {
      expect(bytesOf(values).equals(before[k])).toBe(true);
    });
  });

  test("a point stays what it is whatever is asked meanwhile, to the bit", () => {
    const wanted = everything(subject, build());
    const moved = params.slice();
    const point = model.at(params, pairs);
    const tangent = point.jvp(direction);
    // The same array again, with other values: a model that remembers must not take it for the old one.
    for (let k = 0; k < moved.length; k++) moved[k] += 0.3 * otherDirection[k];
    const other = model.at(moved, someOf(pairs, [0, pairs.users.length - 1]));
    const [two, some] = [Float64Array.of(1, 2), new Float64Array(model.parameterCount)];
    other.jvp(otherDirection);
    point.jvp(otherDirection);
    point.addCurvature(otherWeights, otherDirection, some);
    other.addCurvature(two, otherDirection, some);
    other.addVjp(two, some);
    point.addVjp(otherWeights, some);
    const found = {
      scores: point.scores,
      jvp: tangent,
      vjp: vjpOf(point, weights, model),
      curvature: curvatureOf(point, weights, direction, model),
    };
    for (const [what, values] of Object.entries(found))
      expect(bytesOf(values).equals(bytesOf(wanted[what])), what).toBe(true);
    expect(bytesOf(point.jvp(direction)).equals(bytesOf(wanted.jvp))).toBe(true);
    moved.set(params);
    expect(bytesOf(model.at(moved, pairs).scores).equals(bytesOf(wanted.scores))).toBe(true);
    moved.set(plus(params, 0.1, direction));
    expect(bytesOf(model.at(moved, pairs).scores).equals(bytesOf(build().at(moved.slice(), pairs).scores))).toBe(true);
  });
}

function dataLaws({ model, params, pairs, interactions, build }: Subject): void {
  const { size, userCount, itemCount } = interactions;
  const scoresOn = (other: Model) => other.at(params, pairs).scores;

  test("an interaction of weight 0 is one that is not there", () => {
    const random = randomOf(9, "gone");
    const single = Array.from({ length: size }, (_, row) => Uint32Array.of(row));
    const some = Array.from({ length: 4 }, () =>
      Uint32Array.from({ length: size }, (_, row) => row).filter(() => random.uniform() < 0.5),
    );
    for (const rows of [...single, ...some]) {
      const weights = new Float64Array(size).fill(1);
      for (const row of rows) weights[row] = 0;
      expectNear(scoresOn(build(interactions, weights)), scoresOn(build(interactions.without(rows))), rounding);
    }
  });

  test("weights of 1 are none", () => {
    const ones = new Float64Array(size).fill(1);
    expect(bytesOf(scoresOn(build(interactions, ones))).equals(bytesOf(scoresOn(model)))).toBe(true);
  });

  if (model.data === undefined)
    test("interactions do not enter", () => {
      const turned = triplesOf(interactions).map(([u, i, r]) => [(u + 1) % userCount, (i + 1) % itemCount, r + 1]);
      const other = interactionsFrom([...turned, [0, 0, 2]] as [number, number, number][], userCount, itemCount);
      expect(bytesOf(scoresOn(build(other))).equals(bytesOf(scoresOn(model)))).toBe(true);
    });
  else
    test("weightDerivative is the slope by the interactions' weights", () => {
      const random = randomOf(10, "weights");
      const uneven = Float64Array.from({ length: size }, () => 0.5 + random.uniform());
      for (const weights of [new Float64Array(size).fill(1), uneven])
        expectWeightDerivative((w) => build(interactions, w), weights, params, pairs, differenced);
    });
}

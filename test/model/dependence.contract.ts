/** The laws of what a model depends on: its support, no names, no order, nothing asked before, and the weights of interactions. */

import { expect, test } from "vitest";
import type { Model } from "../../src/model/model.ts";
import { supportOf } from "../../src/model/model.ts";
import { forEachPlace } from "../../src/model/tensors.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { expectNear, interactionsFrom, relabelled, reordered, shuffle, triplesOf } from "../support/small.ts";
import { movedRows } from "../support/subjects.ts";
import { expectAlongWeights, expectWeightDerivative } from "./graph/weighted.ts";
import { bytesOf, curvatureOf, everything, plus, type Subject, someOf, vjpOf } from "./subject.ts";

const rounding = 1e-12;
// Central differences at 1e-5 of smooth functions.
const differenced = 2e-8;

/** Registers the law of local models. */
export function localLaws({ model, params, pairs, direction }: Subject): void {
  const single = Array.from({ length: Math.min(12, pairs.users.length) }, (_, n) => n);
  const shared = new Set<number>();
  for (const tensor of model.tensors)
    if (tensor.rowsOf === undefined) forEachPlace(tensor, (place) => void shared.add(place));

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

/** Registers the laws of names and order. */
export function nameLaws({ model, params, pairs, weights, interactions, keys, build }: Subject): void {
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
    const point = other.at(movedRows(model, params, users, items), there);
    const here = model.at(params, pairs);
    expectNear(point.scores, here.scores, rounding);
    const wanted = movedRows(model, vjpOf(here, weights, model), users, items);
    expectNear(vjpOf(point, weights, other), wanted, rounding);
  });

  test("the order of interactions does not matter", () => {
    const other = build(reordered(interactions, shuffle(interactions.size, 8)));
    expectNear(other.at(params, pairs).scores, model.at(params, pairs).scores, rounding);
  });
}

/** Registers the laws of what may change. */
export function purityLaws(subject: Subject): void {
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

/** Registers the laws of interactions' weights. */
export function dataLaws({ model, params, pairs, interactions, build }: Subject): void {
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
    test.each([
      ["weightDerivative is the slope by", expectWeightDerivative],
      ["alongWeights is how scores and gradients move along", expectAlongWeights],
    ] as const)("%s the interactions' weights", (_, expectSlope) => {
      const random = randomOf(10, "weights");
      const uneven = Float64Array.from({ length: size }, () => 0.5 + random.uniform());
      for (const weights of [new Float64Array(size).fill(1), uneven])
        expectSlope((w) => build(interactions, w), weights, params, pairs, differenced);
    });
}

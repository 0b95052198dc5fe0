/** The laws of objectives without rows, under other names, and with negatives drawn anew. */

import { expect, test } from "vitest";
import { differentiable } from "../../src/objective/differentiable.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { bytesOf } from "../model/subject.ts";
import { allRows, expectNear, normals, relabelled, reordered, shuffle } from "../support/small.ts";
import { movedRows } from "../support/subjects.ts";
import { bruteL2, bruteLoss, total } from "./brute.ts";
import { left, negativesLeft, removals } from "./cases.ts";
import { gradientOf, productOf, type Subject } from "./subject.ts";

const rounding = 1e-12;

/** Everything of two objectives is the same, to the bit. */
function expectSame(found: Objective, wanted: Objective, params: Float64Array): void {
  const direction = normals(params.length, 6);
  expect(found.negatives).toEqual(wanted.negatives);
  expect(found.units).toEqual(wanted.units);
  expect(found.counts).toEqual(wanted.counts);
  expect(Object.is(found.evaluate(params), wanted.evaluate(params))).toBe(true);
  const all = (objective: Objective) => [
    gradientOf(objective, params),
    productOf(objective, params, direction, "full"),
    productOf(objective, params, direction, "gauss-newton"),
  ];
  const others = all(wanted);
  all(found).forEach((values, k) => {
    expect(bytesOf(values).equals(bytesOf(others[k]))).toBe(true);
  });
}

/** Registers the laws of what goes with rows. */
export function removalLaws({ objective, params }: Subject): void {
  const { settings, interactions, keys, model, counts } = objective;
  const frozen = settings.sampling?.semantics !== "honest";
  for (const [title, gone] of removals(interactions))
    test(`without ${title} it is the objective that never had it`, () => {
      const there = left(interactions, gone);
      const negatives = settings.sampling && frozen ? negativesLeft(objective, gone) : undefined;
      const found = objective.without(gone);
      expectSame(found, differentiable(settings, there, keys, { negatives }), params);
      const first = gone.slice(0, gone.length >> 1);
      // Positions shift when earlier rows have gone.
      const second = gone.slice(gone.length >> 1).map((row) => row - first.length);
      expectSame(objective.without(first).without(second), found, params);
    });

  test("without everything the L2 of tables is left, and nothing under interaction L2 but what is shared", () => {
    const nothing = objective.without(allRows(interactions));
    expect(nothing.units.length).toBe(0);
    const l2 = bruteL2(nothing);
    expectNear([nothing.evaluate(params)], [total([...params].map((x, k) => 0.5 * l2[k] * x * x))], rounding);
    const { l2: ofTables, l2Bias = ofTables, regularizer } = settings;
    for (const { at, rowsOf, penalised } of model.tensors) {
      if (rowsOf === undefined) continue;
      expect(l2[at]).toBe(regularizer === "interaction" ? 0 : penalised === "bias" ? l2Bias : ofTables);
    }
  });

  test("users and items without examples have no share of interaction L2", () => {
    const { pairs, labels } = objective.examplesOf(objective.units);
    const listed = settings.loss.form === "listwise";
    for (let user = 0; user < interactions.userCount; user++)
      if (!pairs.users.includes(user)) expect(counts.users[user]).toBe(0);
    for (let item = 0; item < interactions.itemCount; item++)
      if (!pairs.items.some((other, n) => other === item && (!listed || labels[n] !== 0)))
        expect(counts.items[item]).toBe(0);
    if (settings.regularizer === "table") return;
    const bare = objective.penalty.stretches.filter(({ weight }) => weight === 0);
    expect(bare.length).toBeGreaterThan(0);
  });

  if (!frozen) return;
  const owned = (gone: Uint32Array) => {
    const { owners, start, pairs, labels } = objective.examplesOfRows(allRows(interactions));
    return Array.from(owners, (owner, g) => ({ owner, from: start[g], to: start[g + 1] }))
      .filter(({ owner }) => !gone.includes(owner))
      .map(({ from, to }) =>
        Array.from({ length: to - from }, (_, n) => [pairs.users, pairs.items, labels].map((of) => of[from + n])),
      );
  };

  test("a row takes its examples along, and no others", () => {
    for (const [, gone] of removals(interactions)) {
      const found = objective.without(gone);
      const { start, pairs, labels } = found.examplesOfRows(allRows(found.interactions));
      const there = Array.from({ length: start.length - 1 }, (_, g) =>
        Array.from({ length: start[g + 1] - start[g] }, (_, n) =>
          [pairs.users, pairs.items, labels].map((of) => of[start[g] + n]),
        ),
      );
      expect(there).toEqual(owned(gone));
    }
  });

  if (model.data === undefined)
    test("a row takes its own term of the loss along", () => {
      for (const [, gone] of removals(interactions)) {
        const examples = objective.examplesOfRows(gone);
        const { scores } = model.at(params, examples.pairs);
        const term = settings.loss.evaluate(scores, examples, new Float64Array(scores.length));
        const after = objective.without(gone);
        const wanted = objective.addLoss(params, objective.units) - term;
        expectNear([after.addLoss(params, after.units)], [wanted], rounding, { floor: bruteLoss(objective, params) });
      }
    });
}

/** Registers the laws of names and order. */
export function nameLaws({ objective, params }: Subject): void {
  test("names of users and items and the order of rows do not matter", () => {
    const { interactions, keys, settings, model } = objective;
    const { userCount, itemCount, size } = interactions;
    const [users, items] = [shuffle(userCount, 6), shuffle(itemCount, 7)];
    const moved = {
      users: keys.users.map((_, u) => keys.users[users.indexOf(u)]),
      items: keys.items.map((_, i) => keys.items[items.indexOf(i)]),
    };
    const there = reordered(relabelled(interactions, users, items), shuffle(size, 8));
    const other = differentiable(settings, there, moved);
    const point = movedRows(model, params, users, items);
    expectNear([other.evaluate(point)], [objective.evaluate(params)], rounding);
    const wanted = movedRows(model, gradientOf(objective, params), users, items);
    expectNear(gradientOf(other, point), wanted, rounding);
  });
}

/** Registers the laws of drawing anew. */
export function drawLaws({ objective, params }: Subject): void {
  const { interactions, settings } = objective;
  if (settings.sampling === undefined) {
    test("there is nothing to draw anew", () => {
      expect(objective.redrawn(3)).toBe(objective);
    });
    return;
  }

  test("drawn anew, it is another objective in every epoch, and the same one in the same epoch", () => {
    const epochs = [0, 1, 2, 3].map((epoch) => objective.redrawn(epoch));
    expectSame(epochs[0], objective, params);
    expectSame(objective.redrawn(2), epochs[2], params);
    expectSame(epochs[1].redrawn(2), epochs[2], params);
    expect(new Set(epochs.map(({ negatives }) => negatives.join())).size).toBe(4);
  });

  test("what is removed after drawing anew is removed from that epoch", () => {
    const frozen = settings.sampling?.semantics === "frozen";
    const epoch = objective.redrawn(2);
    for (const [, gone] of removals(interactions)) {
      const found = epoch.without(gone);
      const wanted = frozen ? negativesLeft(epoch, gone) : objective.without(gone).redrawn(2).negatives;
      expect(found.negatives).toEqual(wanted);
    }
  });
}

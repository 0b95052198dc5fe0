/** The laws of objectives: their definition, their derivatives, how they are cut into parts, and what goes with a row. */

import { describe, expect, test } from "vitest";
import type { Curvature } from "../../src/kernel/kernels.ts";
import { choleskyInPlace } from "../../src/numeric/dense.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import type { ObjectiveSettings } from "../../src/objective/objective.ts";
import { bytesOf } from "../model/subject.ts";
import { allRows, expectNear, normals } from "../support/small.ts";
import { bruteL2, bruteLoss, total } from "./brute.ts";
import { choices } from "./cases.ts";
import { drawLaws, nameLaws, removalLaws } from "./removal.contract.ts";
import { gradientOf, productOf, type Subject, subjectOf, unitOf } from "./subject.ts";

const step = 1e-5;
const rounding = 1e-12;

/** Registers the laws of an objective with these settings. */
export function objectiveContract(title: string, settings: ObjectiveSettings): void {
  describe(title, () => {
    const objective = differentiable(settings, choices());
    const subject = subjectOf(objective);
    derivativeLaws(subject);
    partLaws(subject);
    batchLaws(subject);
    removalLaws(subject);
    nameLaws(subject);
    drawLaws(subject);
  });
}

/** Row-major, symmetric. */
function denseHessian({ objective, params }: Subject, curvature: Curvature): Float64Array {
  const order = objective.parameterCount;
  return Float64Array.from(
    Array.from({ length: order }, (_, k) => [...productOf(objective, params, unitOf(k, order), curvature)]).flat(),
  );
}

/** JᵀL″J + L2, from every score's derivative by every parameter. */
function denseGaussNewton({ objective, params }: Subject): Float64Array {
  const { settings, parameterCount: order, units, model } = objective;
  const examples = objective.examplesOf(units);
  const point = model.at(params, examples.pairs);
  const columns = Array.from({ length: order }, (_, k) => point.jvp(unitOf(k, order)));
  const bent = columns.map((column) => {
    const out = new Float64Array(column.length);
    settings.loss.curvature(point.scores, examples, column, out);
    return out;
  });
  const l2 = bruteL2(objective);
  const out = new Float64Array(order * order);
  for (let a = 0; a < order; a++)
    for (let b = 0; b < order; b++)
      out[a * order + b] = columns[a].reduce((sum, x, n) => sum + x * bent[b][n], a === b ? l2[a] : 0);
  return out;
}

function derivativeLaws(subject: Subject): void {
  const { objective, params } = subject;
  const order = objective.parameterCount;
  const nudged = (k: number, by: number) => params.with(k, params[k] + by);
  const coordinates = Array.from({ length: order }, (_, k) => k);

  test("the value is that of the definition", () => {
    const squares = total([...bruteL2(objective)].map((weight, k) => 0.5 * weight * params[k] ** 2));
    const before = Buffer.from(bytesOf(params));
    expectNear([objective.evaluate(params)], [bruteLoss(objective, params) + squares], rounding);
    expect(objective.evaluate(params, new Float64Array(order))).toBe(objective.evaluate(params));
    expectNear([objective.penalty.value(params)], [squares], rounding);
    expect(bytesOf(params).equals(before)).toBe(true);
  });

  test("the gradient is the slope of the value", () => {
    const wanted = coordinates.map(
      (k) => (objective.evaluate(nudged(k, step)) - objective.evaluate(nudged(k, -step))) / (2 * step),
    );
    expectNear(gradientOf(objective, params), wanted, 1e-8);
  });

  test("the Hessian is the slope of the gradient, and symmetric", () => {
    const found = denseHessian(subject, "full");
    const wanted = coordinates.flatMap((k) => {
      const [ahead, behind] = [step, -step].map((by) => gradientOf(objective, nudged(k, by)));
      return [...ahead.map((x, other) => (x - behind[other]) / (2 * step))];
    });
    expectNear(found, wanted, 1e-8);
    expectSymmetric(found, order);
  });

  test("the Gauss-Newton Hessian is JᵀL″J, symmetric and positive semidefinite", () => {
    const found = denseHessian(subject, "gauss-newton");
    expectNear(found, denseGaussNewton(subject), rounding);
    expectSymmetric(found, order);
    // Without the L2, which would hide what is negative, and with a shift for the rounding of the factorization.
    const l2 = bruteL2(objective);
    const shift = 1e-11 * Math.max(...found.map(Math.abs));
    const loss = found.map((x, k) => (k % (order + 1) === 0 ? x - l2[k / (order + 1)] + shift : x));
    expect(choleskyInPlace(loss, order)).toBe(true);
  });
}

function expectSymmetric(matrix: Float64Array, order: number): void {
  const turned = matrix.map((_, k) => matrix[(k % order) * order + Math.floor(k / order)]);
  expectNear(matrix, turned, rounding);
}

function partLaws({ objective, params }: Subject): void {
  const { units, parameterCount, settings, model, interactions } = objective;
  const direction = normals(parameterCount, 3);
  const before = normals(parameterCount, 4);
  /** Loss, gradient and products, cut into these parts. */
  const inParts = (parts: readonly Uint32Array[]) => {
    const [gradient, full, half] = [before.slice(), before.slice(), before.slice()];
    let sum = 0;
    for (const part of parts) {
      const alone = objective.addLoss(params, part);
      expect(objective.addLoss(params, part, gradient)).toBe(alone);
      objective.addLossProduct(params, part, direction, full, "full");
      objective.addLossProduct(params, part, direction, half, "gauss-newton");
      sum += alone;
    }
    return { sum: Float64Array.of(sum), gradient, full, half };
  };
  const whole = inParts([units]);

  test("losses of single units add up to the whole, and are added to what is there", () => {
    const found = inParts([new Uint32Array(0), ...Array.from(units, (unit) => Uint32Array.of(unit)).reverse()]);
    for (const what of ["sum", "gradient", "full", "half"] as const)
      expectNear(found[what], whole[what], rounding, { what });
    expectNear(whole.sum, [bruteLoss(objective, params)], rounding);
    const l2 = bruteL2(objective);
    const minus = (x: Float64Array, at: Float64Array) => x.map((v, k) => v - before[k] + l2[k] * at[k]);
    expectNear(minus(whole.gradient, params), gradientOf(objective, params), rounding);
    expectNear(minus(whole.full, direction), productOf(objective, params, direction, "full"), rounding);
    expectNear(minus(whole.half, direction), productOf(objective, params, direction, "gauss-newton"), rounding);
  });

  test("rows' own terms add up to the whole, but for the extra output", () => {
    const plain = differentiable({ ...settings, extraWeight: 0 }, interactions);
    const wanted = new Float64Array(parameterCount);
    const loss = plain.addLoss(params, units, wanted);
    const gradient = new Float64Array(parameterCount);
    let sum = 0;
    for (const row of allRows(interactions)) {
      const examples = objective.examplesOfRows(Uint32Array.of(row));
      const point = model.at(params, examples.pairs);
      const slopes = new Float64Array(point.scores.length);
      sum += settings.loss.evaluate(point.scores, examples, slopes);
      point.addVjp(slopes, gradient);
    }
    expectNear([sum], [loss], rounding);
    expectNear(gradient, wanted, rounding);
  });

  test("every example says whose it is, also where rows are asked in any order", () => {
    const { users } = interactions;
    const asked = Uint32Array.of(9, 2, 30, 2);
    const { owners, start, pairs } = objective.examplesOfRows(asked);
    expect(owners.length).toBe(start.length - 1);
    owners.forEach((owner, g) => {
      for (let n = start[g]; n < start[g + 1]; n++) expect(pairs.users[n]).toBe(users[asked[owner]]);
    });
    const single = Array.from(asked, (row) => objective.examplesOfRows(Uint32Array.of(row)));
    expect([...pairs.items]).toEqual(single.flatMap((one) => [...one.pairs.items]));
  });
}

function batchLaws({ objective, params }: Subject): void {
  const direction = normals(objective.parameterCount, 5);
  const { kind } = objective.settings;
  for (const batch of [1, 7, 40])
    test(`batches of ${batch} pairs say the same`, () => {
      const small: typeof kind = { ...kind, build: (...given) => ({ ...kind.build(...given), batch }) };
      const other = differentiable({ ...objective.settings, kind: small }, objective.interactions);
      expectNear([other.evaluate(params)], [objective.evaluate(params)], rounding);
      expectNear(gradientOf(other, params), gradientOf(objective, params), rounding);
      for (const curvature of ["full", "gauss-newton"] as const) {
        const wanted = productOf(objective, params, direction, curvature);
        expectNear(productOf(other, params, direction, curvature), wanted, rounding);
      }
    });
}

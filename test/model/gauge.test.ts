/** Laws of the gauge: rotations change no score, one of all equal points is chosen, and projections leave the rest alone. */

import { describe, expect, test } from "vitest";
import { strideOf } from "../../src/kernel/kernels.ts";
import { pseudoInverse } from "../../src/linear/pseudo-inverse.ts";
import { scoresOfUser } from "../../src/model/factor-model.ts";
import { canonicalise, rotationProjection } from "../../src/model/gauge.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { type Factorization, factorization, placesOf } from "../../src/objective/factorization.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import {
  anyParams,
  evaluate,
  expectNear,
  forms,
  normals,
  randomRotation,
  rotated,
  scraps,
  settingsOf,
  trainedAt,
} from "../support/small.ts";

const canonical = (objective: Factorization, params: Float64Array) => {
  const out = params.slice();
  canonicalise(objective.shape, out);
  return out;
};

/** PᵀP + QᵀQ. */
function gram({ shape }: Factorization, params: Float64Array): number[][] {
  const rows = Array.from({ length: shape.userCount + shape.itemCount }, (_, r) => r * strideOf(shape));
  const places = Array.from({ length: shape.factors }, (_, f) => f);
  return places.map((f) => places.map((g) => rows.reduce((sum, at) => sum + params[at + f] * params[at + g], 0)));
}

describe.each(forms)("the canonical gauge: %s", (_, settings) => {
  const objective = factorization({ ...settings, factors: 4 }, scraps());
  const params = anyParams(objective);
  const turned = canonical(objective, params);

  test("keeps every score, and J", () => {
    for (let u = 0; u < objective.shape.userCount; u++)
      expectNear(
        scoresOfUser(modelOf(trainedAt(objective, turned)), u),
        scoresOfUser(modelOf(trainedAt(objective, params)), u),
      );
    expectNear([evaluate(objective, turned).value], [evaluate(objective, params).value]);
  });

  test("keeps biases and mean to the bit", () => {
    const { stride, meanAt } = placesOf(objective.shape);
    const rest = (of: Float64Array) => of.filter((_, k) => k === meanAt || k % stride >= 4);
    expect(rest(turned)).toEqual(rest(params));
  });

  test("makes PᵀP + QᵀQ diagonal and descending", () => {
    const found = gram(objective, turned);
    found.forEach((row, f) => {
      row.forEach((x, g) => {
        if (f !== g) expect(Math.abs(x)).toBeLessThan(1e-13 * found[0][0]);
      });
      if (f > 0) expect(row[f]).toBeLessThan(found[f - 1][f - 1]);
    });
  });

  test("makes the largest entry of each column of Q positive", () => {
    const { stride, itemsAt } = placesOf(objective.shape);
    for (let f = 0; f < 4; f++) {
      const column = Array.from({ length: 6 }, (_, i) => turned[itemsAt + i * stride + f]);
      expect(Math.max(...column)).toBe(Math.max(...column.map(Math.abs)));
    }
  });

  test("is reached at once, and from any rotation or reflection", () => {
    expectNear(canonical(objective, turned), turned);
    for (let seed = 1; seed <= 5; seed++)
      expectNear(canonical(objective, rotated(objective.shape, params, randomRotation(4, seed))), turned, 1e-11);
  });
});

describe("the canonical gauge in corners", () => {
  test("zeros stay zeros", () => {
    const objective = factorization(settingsOf(), scraps());
    const zero = new Float64Array(objective.parameterCount);
    expect(canonical(objective, zero)).toEqual(zero);
  });

  test("of one factor is a sign", () => {
    const objective = factorization(settingsOf({ factors: 1, biases: false }), scraps());
    const params = anyParams(objective);
    const flipped = params.map((x, k) => (k === params.length - 1 ? x : -x));
    expect(canonical(objective, flipped)).toEqual(canonical(objective, params));
    expectNear(canonical(objective, params).map(Math.abs), params.map(Math.abs), 1e-15);
  });

  test("does not let rounding choose a sign: of entries that tie, the first is positive", () => {
    const objective = factorization(settingsOf({ factors: 1, biases: false }), scraps());
    const params = anyParams(objective);
    params.set([0.1, -2, 0.7, 2, -2, 1], 7);
    const wanted = canonical(objective, params);
    expect(wanted[8]).toBe(2);
    for (const by of [1e-8, -1e-8]) {
      const near = params.map((x, k) => (k === 10 ? x * (1 + by) : x));
      expectNear(canonical(objective, near), wanted, 1e-7);
    }
  });

  test("of lower rank has its empty columns last, and keeps the scores", () => {
    const objective = factorization(settingsOf({ factors: 4, biases: false }), scraps());
    const params = anyParams(objective);
    for (let r = 0; r < 13; r++) params[r * 4] = params[r * 4 + 2] = 0;
    const hidden = rotated(objective.shape, params, randomRotation(4, 9));
    const found = canonical(objective, hidden);
    for (let r = 0; r < 13; r++) for (const f of [2, 3]) expect(Math.abs(found[r * 4 + f])).toBeLessThan(1e-12);
    expectNear([evaluate(objective, found).value], [evaluate(objective, params).value]);
  });
});

describe("the projection off the rotations", () => {
  /** Tables, and the dense twin of the projection: least squares on all T·(E_ab − E_ba). */
  function prepare(rows: number, factors: number, stride: number, at: number, seed: number, rank = factors) {
    const params = normals(at + rows * stride + 3, seed);
    const mix = normals(rank * factors, seed + 1);
    const tall = normals(rows * rank, seed + 2);
    if (rank < factors)
      for (let r = 0; r < rows; r++)
        for (let f = 0; f < factors; f++) {
          let sum = 0;
          for (let k = 0; k < rank; k++) sum += tall[r * rank + k] * mix[k * factors + f];
          params[at + r * stride + f] = sum;
        }
    const rotations: Float64Array[] = [];
    for (let a = 0; a < factors; a++)
      for (let b = 0; b < a; b++) {
        const one = new Float64Array(rows * stride + 1);
        for (let r = 0; r < rows; r++) {
          one[r * stride + a] = params[at + r * stride + b];
          one[r * stride + b] = -params[at + r * stride + a];
        }
        rotations.push(one);
      }
    const m = rotations.length;
    const products = Float64Array.from({ length: m * m }, (_, k) =>
      dot(rotations[Math.floor(k / m)], rotations[k % m]),
    );
    const solver = pseudoInverse(1e-10).prepare({ order: m, values: products });
    const twin = async (vector: Float64Array) => {
      const { value } = await solver.solve(Float64Array.from(rotations, (one) => dot(one, vector)));
      return vector.map((x, k) => x - rotations.reduce((sum, one, n) => sum + value[n] * one[k], 0));
    };
    const project = rotationProjection(params, at, rows, factors, stride);
    const projected = (vector: Float64Array) => {
      const out = vector.slice();
      project(out);
      return out;
    };
    return { rotations, twin, projected, size: rows * stride + 1 };
  }

  const cases: [string, Parameters<typeof prepare>][] = [
    ["one factor", [6, 1, 2, 0, 1]],
    ["two factors and a bias", [6, 2, 3, 0, 2]],
    ["the items' rows alone", [7, 3, 4, 12, 3]],
    ["no biases", [9, 4, 4, 8, 4]],
    ["fewer rows than factors", [3, 5, 6, 6, 5]],
    ["tables of rank one", [8, 4, 5, 5, 6, 1]],
    ["tables of rank two", [8, 4, 4, 0, 7, 2]],
  ];
  test.each(cases)("%s: it is the orthogonal projection of least squares", async (_, args) => {
    const { rotations, twin, projected, size } = prepare(...args);
    for (let seed = 20; seed < 24; seed++) {
      const vector = normals(size, seed);
      const found = projected(vector);
      expectNear(found, await twin(vector), 1e-10);
      expectNear(projected(found), found, 1e-12);
      const other = normals(size, seed + 50);
      expectNear([dot(found, other)], [dot(vector, projected(other))], 1e-12, { floor: norm(other) * norm(vector) });
      for (const one of rotations) expect(Math.abs(dot(one, found))).toBeLessThan(1e-10 * norm(one) * norm(vector));
    }
  });

  test.each(cases)("%s: rotations go, what is orthogonal to them stays", async (_, args) => {
    const { rotations, twin, projected, size } = prepare(...args);
    for (const one of rotations) expect(norm(projected(one))).toBeLessThan(1e-12 * norm(one));
    const kept = await twin(normals(size, 31));
    expectNear(projected(kept), kept, 1e-10);
  });

  test("biases and what follows the tables are not touched", () => {
    const { projected, size } = prepare(6, 2, 3, 0, 2);
    const vector = normals(size, 1);
    const found = projected(vector);
    for (let k = 0; k < size; k++) if (k === size - 1 || k % 3 === 2) expect(found[k]).toBe(vector[k]);
    expect(found).not.toEqual(vector);
  });
});

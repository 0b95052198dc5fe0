/** Laws of the stability of an influence: one step against its dense twin, the bounds against what is measured, and the series against its limit. */

import { describe, expect, test } from "vitest";
import { curvatureChange, errorChange, type Move, printedLines } from "../../src/influence/stability/bounds.ts";
import { entriesAt, errorOf, pairBlock, type Rated } from "../../src/influence/stability/pair-block.ts";
import { inverseBySeries, ratedAt, type SeriesSettings } from "../../src/influence/stability/recursion.ts";
import { influenceFrom, type LossScale, lossGradient, nextStep } from "../../src/influence/stability/step.ts";
import { type Trial, trial } from "../../src/influence/stability/trial.ts";
import type { FactorModel } from "../../src/model/factor-model.ts";
import { symmetricEigen } from "../../src/numeric/dense.ts";
import { type Random, randomOf } from "../../src/numeric/random.ts";
import { addScaled, difference, dot, norm } from "../../src/numeric/vector.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import type { Factorization, FactorizationSettings } from "../../src/objective/factorization.ts";
import { penaltyWeights } from "../../src/objective/penalty.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import { solverAt } from "../../src/training/solve.ts";
import { expectStops, run } from "../support/run.ts";
import { anyParams, expectNear, normals, objectiveOn, tastes } from "../support/small.ts";

const shapes: readonly (readonly [string, Partial<FactorizationSettings>])[] = [
  ["embeddings alone", { biases: false, mean: { kind: "fixed", value: 0 } }],
  ["biases and a learned mean", {}],
];

function modelAt(objective: Factorization, seed = 5): FactorModel {
  return modelOf({ objective, params: anyParams(objective, seed) });
}

/** ∇ℓ of a rating on all parameters, by its definition. */
function fullGradient(model: FactorModel, rated: Rated, scale: LossScale): Float64Array {
  const { places, values } = lossGradient(model, rated, scale);
  const out = new Float64Array(model.params.length);
  places.forEach((place, k) => {
    out[place] = values[k];
  });
  return out;
}

/** scale·½e² of a rating. */
function lossOf(model: FactorModel, rated: Rated, scale: LossScale): number {
  return (scale * errorOf(model, rated) ** 2) / 2;
}

/** The model with something added to its parameters. */
function moved(model: FactorModel, change: Float64Array, times = 1): FactorModel {
  return { ...model, params: model.params.map((x, k) => x + times * change[k]) };
}

/** Changes of two embeddings as a change of all parameters. */
function asChange(model: FactorModel, { user, item }: Rated, moves: Float64Array): Float64Array {
  const { places, factors, stride } = pairBlock(model, user, item);
  const out = new Float64Array(model.params.length);
  for (let f = 0; f < factors; f++) {
    out[places[f]] = moves[f];
    out[places[stride + f]] = moves[factors + f];
  }
  return out;
}

describe.each(shapes)("one step, %s", (_, over) => {
  const objective = objectiveOn(tastes(), over);
  const model = modelAt(objective);
  const sampled = ratedAt(objective, 17);
  const { length } = model.params;
  const at = { s: normals(length, 1), v: normals(length, 2) };
  const stepAt = (point: FactorModel, scale: LossScale) =>
    Float64Array.from({ length }, (__, place) => nextStep(point, sampled, at, scale)(place));

  test.each([1, 2] as const)("is v + (I − ∇²ℓ)s, with ∇ℓ and ∇²ℓ by differences, loss scale %i", (scale) => {
    const direction = normals(length, 3);
    const slope =
      (lossOf(moved(model, direction, 1e-6), sampled, scale) - lossOf(moved(model, direction, -1e-6), sampled, scale)) /
      2e-6;
    expectNear([dot(fullGradient(model, sampled, scale), direction)], [slope], 1e-8);
    const [ahead, behind] = [1e-5, -1e-5].map((times) => fullGradient(moved(model, at.s, times), sampled, scale));
    const product = difference(ahead, behind).map((x) => x / 2e-5);
    const wanted = at.v.map((x, k) => x + at.s[k] - product[k]);
    expectNear(stepAt(model, scale), wanted, 1e-8);
  });

  test("changes with the two rows at what the sampled score reads, and nowhere else", () => {
    const change = asChange(model, sampled, normals(2 * objective.shape.factors, 4));
    const changed = difference(stepAt(moved(model, change), 2), stepAt(model, 2));
    const { places } = pairBlock(model, sampled.user, sampled.item);
    const read = new Set(places);
    for (let place = 0; place < length; place++) expect(changed[place] !== 0).toBe(read.has(place));
    const others = tastes();
    const row = Array.from(others.users.keys()).find(
      (k) => others.users[k] !== sampled.user && others.items[k] !== sampled.item,
    ) as number;
    const found = makeTrial(objective, model, at, 17, row, 0.1, randomOf(3, "others"));
    if (objective.shape.learnedMean) expect(found.held).toBeGreaterThan(found.rounding);
    else expect([found.held, found.whole, found.corrected, found.correctedWhole]).toEqual([0, 0, 0, 0]);
    expect(found.shares).toBe(false);
  });

  test("the trial measures the changes of influences of whole vectors, and leaves the model as it was", () => {
    const before = model.params.slice();
    for (const row of [17, 40]) {
      const moves = normals(2 * objective.shape.factors, row).map((x) => 0.1 * x);
      const asked = ratedAt(objective, row);
      const residuals = { ofUser: 0, ofItem: 0 };
      const found = trial(model, { ...at, sampled, asked, moves, epsilon: 1, residuals });
      const there = moved(model, asChange(model, sampled, moves));
      const [g, h] = [fullGradient(model, asked, 2), fullGradient(there, asked, 2)];
      const [s, t] = [stepAt(model, 2), stepAt(there, 2)];
      expectNear(
        [found.influence, found.held, found.whole],
        [-dot(at.s, g), Math.abs(dot(t, g) - dot(s, g)), Math.abs(dot(t, h) - dot(s, g))],
        1e-12,
      );
      expectNear([found.correctedWhole - found.corrected], [Math.abs(dot(t, difference(h, g)))], 1e-12);
      expect(model.params).toEqual(before);
    }
  });
});

/** A trial of two rows of an objective's set with moves up to epsilon. */
function makeTrial(
  objective: Factorization,
  model: FactorModel,
  at: { readonly s: Float64Array; readonly v: Float64Array },
  sampledRow: number,
  askedRow: number,
  epsilon: number,
  random: Random,
): Trial {
  const [sampled, asked] = [ratedAt(objective, sampledRow), ratedAt(objective, askedRow)];
  const moves = Float64Array.from({ length: 2 * model.shape.factors }, () => epsilon * (2 * random.uniform() - 1));
  const { users, items } = objective.interactions;
  const residual = (user: number, item: number) => {
    const row = users.findIndex((u, k) => u === user && items[k] === item);
    return row < 0 ? 0 : -errorOf(model, ratedAt(objective, row));
  };
  const residuals = { ofUser: residual(asked.user, sampled.item), ofItem: residual(sampled.user, asked.item) };
  return trial(model, { ...at, sampled, asked, moves, epsilon, residuals });
}

/** ∇²ℓ of ½e² for two embeddings and an error, dense: JᵀJ + e·C. */
function curvature(u: Float64Array, v: Float64Array, rating: number): Float64Array {
  const d = u.length;
  const j = Float64Array.from([...v, ...u]);
  const e = dot(u, v) - rating;
  return Float64Array.from({ length: 4 * d * d }, (_, at) => {
    const [r, c] = [Math.floor(at / (2 * d)), at % (2 * d)];
    return j[r] * j[c] + (Math.abs(r - c) === d ? e : 0);
  });
}

function spectralNorm(matrix: Float64Array): number {
  return symmetricEigen(matrix, Math.sqrt(matrix.length)).values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** ‖Δ∇²ℓ‖ when two embeddings move, and what the bound reads. */
function change(u: Float64Array, v: Float64Array, du: Float64Array, dv: Float64Array, rating = 1) {
  const [a, b] = [u.map((x, f) => x + du[f]), v.map((x, f) => x + dv[f])];
  const move: Move = {
    jacobian: norm(Float64Array.from([...u, ...v])),
    distance: norm(Float64Array.from([...du, ...dv])),
    error: Math.abs(dot(a, b) - dot(u, v)),
  };
  return { size: spectralNorm(difference(curvature(a, b, rating), curvature(u, v, rating))), move };
}

describe("the corrected bound", () => {
  test("is never below the change of the curvature, and the change of the residual never above its own", () => {
    const random = randomOf(1, "moves");
    for (let k = 0; k < 500; k++) {
      const d = 1 + (k % 4);
      const draw = (size: number) => Float64Array.from({ length: d }, () => size * random.normal());
      const size = 10 ** (1 - 4 * random.uniform());
      const { size: found, move } = change(draw(1), draw(1), draw(size), draw(size));
      expect(found).toBeLessThanOrEqual(curvatureChange(move, 1) * (1 + 1e-12));
      expect(move.error).toBeLessThanOrEqual(errorChange(move.jacobian, move.distance) * (1 + 1e-12));
    }
  });

  test("is reached: every one of its terms is needed", () => {
    const one = (x: number) => Float64Array.of(x);
    for (const a of [0.01, 0.5, 3]) {
      const along = change(one(1), one(1), one(a), one(a));
      expectNear([along.size], [curvatureChange(along.move, 1)], 1e-12);
      expectNear([along.size], [6 * a + 3 * a * a], 1e-12);
      // From nothing the linear term is 0: the other two remain.
      const zero = change(one(0), one(0), one(a), one(a));
      expectNear([zero.size], [curvatureChange(zero.move, 1)], 1e-12);
      expect(zero.size).toBeGreaterThan(curvatureChange({ ...zero.move, error: 0 }, 1) * 1.2);
      expectNear([zero.move.error], [errorChange(0, zero.move.distance)]);
      expectNear([along.move.error], [errorChange(Math.SQRT2, along.move.distance)]);
    }
    expect(curvatureChange({ jacobian: 1, distance: 2, error: 3 }, 2)).toBe(
      2 * curvatureChange({ jacobian: 1, distance: 2, error: 3 }, 1),
    );
  });
});

/** Trials on models whose entries are at most 1 and whose residuals are at most 5, as the printed bound assumes; s is v, the gradient of the whole loss. */
function trialsInside(epsilon: number, count = 3000): Trial[] {
  const random = randomOf(7, "inside", epsilon);
  const found: Trial[] = [];
  for (let k = 0; found.length < count; k++) {
    const factors = 1 + (k % 3);
    const objective = objectiveOn(tastes(k % 20), { ...shapes[0][1], factors });
    const params = Float64Array.from({ length: objective.parameterCount }, () => 2 * random.uniform() - 1);
    const model = modelOf({ objective, params });
    const v = new Float64Array(params.length);
    for (let row = 0; row < objective.interactions.size; row++)
      fullGradient(model, ratedAt(objective, row), 2).forEach((x, place) => {
        v[place] += x;
      });
    for (let n = 0; n < 100; n++) {
      const sampled = random.integer(objective.interactions.size);
      const { byUser, byItem, users, items } = objective.interactions;
      const [index, key] = n % 2 === 0 ? [byUser, users[sampled]] : [byItem, items[sampled]];
      const asked = index.rows[index.start[key] + random.integer(index.start[key + 1] - index.start[key])];
      found.push(makeTrial(objective, model, { s: v, v }, sampled, asked, epsilon, random));
    }
  }
  return found;
}

describe("in trials inside the printed assumptions", () => {
  const above = (all: readonly Trial[], is: (one: Trial) => boolean) => all.filter(is).length;

  test.each([0.01, 0.1, 1])(
    "both printed lines are violated, the corrected bound is not, moves up to %d",
    (epsilon) => {
      const all = trialsInside(epsilon, 1500);
      expect(above(all, ({ held, intermediate }) => held > intermediate)).toBeGreaterThan(20);
      expect(above(all, ({ held, printed }) => held > printed)).toBeGreaterThan(20);
      expect(above(all, ({ held, corrected, rounding }) => held > corrected + rounding)).toBe(0);
      expect(above(all, ({ whole, correctedWhole, rounding }) => whole > correctedWhole + rounding)).toBe(0);
      // A rating that shares a moved row has another gradient there, too.
      expect(above(all, ({ whole, corrected }) => whole > corrected)).toBeGreaterThan(20);
    },
  );

  test("the printed lines by hand: residuals of (i, y) and (x, j), and the lengths of the rows", () => {
    const terms = { epsilon: 0.1, factors: 3, ofUser: -2, ofItem: 0.5, itemRow: 1.5, userRow: 4 };
    const { intermediate, printed } = printedLines(terms);
    expectNear([intermediate, printed], [4 * 9 * 0.1 * (2 * 1.5 + 0.5 * 4), 20 * 9 * 0.1 * 5.5]);
  });

  test("the printed lines have no term of the target: a multiple of v violates them, and not the corrected bound", () => {
    const objective = objectiveOn(tastes(), shapes[0][1]);
    const model = modelAt(objective);
    const one = normals(model.params.length, 1);
    const of = (times: number) => {
      const s = one.map((x) => times * x);
      return makeTrial(objective, model, { s, v: s }, 17, 17, 0.1, randomOf(1, "moves"));
    };
    const [small, large] = [of(1), of(1e6)];
    expectNear([large.held / small.held, large.corrected / small.corrected], [1e6, 1e6], 1e-9);
    expect([large.printed, large.intermediate]).toEqual([small.printed, small.intermediate]);
    expect(large.held).toBeGreaterThan(large.printed);
  });
});

describe.each(shapes)("the series, %s", (_, over) => {
  const closed = objectiveOn(tastes(), over);
  const objective = differentiable(objectiveSettings(closed.settings), closed.interactions);
  const model = modelAt(closed);
  const v = normals(model.params.length, 9);
  const series = (settings: SeriesSettings, context = run) =>
    inverseBySeries(objective, model, v, settings, randomOf(2, "series"), context);

  test.each(["corrected", "printed"] as const)(
    "of the %s form is the plain recursion on whole vectors",
    async (form) => {
      const samples = form === "printed" ? 6 : 300;
      const found = await series({ form, samples });
      const { size } = closed.interactions;
      const random = randomOf(2, "series");
      const weights = penaltyWeights(objective.penalty, v.length);
      const longest = Math.max(
        ...Array.from({ length: size }, (__, row) => {
          const { user, item } = ratedAt(closed, row);
          return norm(pairBlock(model, user, item).jacobian) ** 2;
        }),
      );
      const c = size * longest + Math.max(...weights);
      let s = v.slice();
      const mean = new Float64Array(v.length);
      for (let k = 0; k < samples; k++) {
        const rated = ratedAt(closed, random.integer(size));
        const { places, jacobian } = pairBlock(model, rated.user, rated.item);
        const along = dot(jacobian, entriesAt(s, places));
        const next =
          form === "printed"
            ? Float64Array.from(s, (___, place) => nextStep(model, rated, { s, v }, 2)(place))
            : s.map((x, place) => v[place] + x * (1 - weights[place] / c));
        if (form === "corrected")
          places.forEach((place, n) => {
            next[place] -= (size / c) * jacobian[n] * along;
          });
        s = next;
        if (k >= samples / 2) addScaled(mean, 2 / samples, s);
      }
      expectNear(found.value, form === "printed" ? s.map((x) => 2 * x) : mean.map((x) => x / c), 1e-9, { floor: 0 });
      expect(found.samples).toBe(samples);
    },
  );

  test("comes near H⁻¹v with Gauss-Newton curvature, nearer with more samples", async () => {
    const solver = await solverAt(objective, model.params, run, { solver: "cholesky", curvature: "gauss-newton" });
    const { value: truth } = await solver.solve(v);
    const errors: number[] = [];
    for (const samples of [4000, 400_000])
      errors.push(norm(difference((await series({ form: "corrected", samples })).value, truth)) / norm(truth));
    expect(errors[1]).toBeLessThan(0.05);
    expect(errors[0]).toBeGreaterThan(2 * errors[1]);
  });

  test("in the printed form diverges, and says so", async () => {
    const found = await series({ form: "printed", samples: 200_000 });
    expect(found.value.every(Number.isNaN)).toBe(true);
    expect(found.samples).toBeLessThan(200_000);
  });

  test("is stopped at every turn", async () => {
    await expectStops((context) => series({ form: "corrected", samples: 5000 }, context));
  });
});

test("an influence of entries is −⟨s, ∇ℓ⟩", () => {
  const model = modelAt(objectiveOn(tastes()));
  const gradient = lossGradient(model, { user: 2, item: 3, rating: 4 }, 1);
  const s = normals(model.params.length, 8);
  expectNear(
    [influenceFrom((place) => s[place], gradient)],
    [-dot(s, fullGradient(model, { user: 2, item: 3, rating: 4 }, 1))],
  );
});

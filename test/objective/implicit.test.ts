/** Laws of implicit feedback: its sum over all pairs, its optimum and bound, forgetting and influence, each against what says the same. */

import { beforeAll, describe, expect, test } from "vitest";
import { fastInfluence, influenceFunction, leaveOneOut, newtonStep } from "../../src/influence/index.ts";
import { wasmKernels } from "../../src/kernel/wasm.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { median, pearson } from "../../src/numeric/statistics.ts";
import { addScaled, dot, norm } from "../../src/numeric/vector.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { type Factorization, type FactorizationSettings, factorization } from "../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../src/objective/hessian.ts";
import { addRowGradient, addScoreGradient } from "../../src/objective/row-gradient.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { certifyFactors, modelOf, type Trained, type TrainedModel, train } from "../../src/training/index.ts";
import { exact } from "../../src/unlearning/index.ts";
import { eliminate } from "../support/dense.ts";
import { run } from "../support/run.ts";
import {
  evaluate,
  expectNear,
  interactionsFrom,
  kernels,
  normals,
  rowsWhere,
  type Triple,
  tastes,
  trainedAt,
  triplesOf,
} from "../support/small.ts";
import { forgetBy, influenceOf, modelFrom, smoothOf } from "../support/trained.ts";

/** Three groups of users and items that like each other, half of the interactions counted once; the last user and item have none. */
const likes = (() => {
  const random = randomOf(5, "likes");
  const triples: Triple[] = [];
  for (let u = 0; u < 13; u++)
    for (let i = 0; i < 9; i++)
      if (random.uniform() < (u % 3 === i % 3 ? 0.85 : 0.15))
        triples.push([u, i, 1 + random.integer(3) * random.integer(2)]);
  return interactionsFrom(triples, 14, 10);
})();

/** The same pairs with numbers below 1, and with thumbs down, most of them outside of a user's group. */
const mixed = (() => {
  const random = randomOf(6, "numbers");
  const [up, down] = [
    [0.3, 0.7, 1, 2],
    [-0.5, -1.5],
  ];
  const numberOf = (likely: boolean) =>
    likely === random.uniform() < 0.9 ? up[random.integer(4)] : down[random.integer(2)];
  return interactionsFrom(
    triplesOf(likes).map(([u, i]) => [u, i, numberOf(u % 3 === i % 3)]),
    14,
    10,
  );
})();

/** With numbers of 0 too: no interaction beside a base of 1, and out of the sum without a base. */
const withZeros = interactionsFrom(
  triplesOf(mixed).map(([u, i, r], row) => [u, i, row % 5 === 0 ? 0 : r]),
  14,
  10,
);

function settingsOf(over: Partial<FactorizationSettings>): FactorizationSettings {
  return {
    factors: 3,
    biases: false,
    mean: { kind: "fixed", value: 0 },
    l2: 1,
    l2Bias: 5,
    regularizer: "table",
    confidence: { base: 0, alpha: 1 },
    ...over,
  };
}

/** Every form, with an L2 at which the optimum is provably the only one. */
const forms = (["table", "interaction"] as const).flatMap((regularizer) =>
  [0, 1].flatMap((base) =>
    [1, 7].map((alpha) => {
      // Not a confidence: where λ is one, the factor of a lone pair is on the verge of dying.
      const strong = alpha === 1 ? 3.1 : 7.3;
      const l2 = regularizer === "table" ? strong : strong / 2.5;
      const title = `confidence ${base} + ${alpha}·r, ${regularizer} L2`;
      return [title, settingsOf({ regularizer, l2, confidence: { base, alpha } }), likes] as const;
    }),
  ),
);

/** Confidences below 1, of liked pairs and of others. */
const mixedForms = (["table", "interaction"] as const).flatMap((regularizer) =>
  (
    [
      [0, 1],
      [0.5, 1],
      [1, 4],
    ] as const
  ).map(([base, alpha]) => {
    const strong = (base + alpha) * (base === 0 ? 2.41 : 1.93);
    const l2 = regularizer === "table" ? strong : strong / 2.5;
    const title = `confidence ${base} + ${alpha}·|r|, some not liked, ${regularizer} L2`;
    return [
      title,
      settingsOf({ regularizer, l2, confidence: { base, alpha } }),
      base === 1 ? withZeros : mixed,
    ] as const;
  }),
);

/** J by its definition: ½ΣΣ c·(liked − p·q)² over all pairs, and the penalties. */
function overAllPairs({ settings, interactions, shape }: Factorization, params: Float64Array): number {
  const { factors, l2, regularizer, confidence = { base: 0, alpha: 0 } } = settings;
  const rows = new Map(triplesOf(interactions).map(([u, i, r]) => [u * shape.itemCount + i, r]));
  const row = (at: number) => params.subarray(at * factors, (at + 1) * factors);
  const squares = (at: number) => row(at).reduce((sum, x) => sum + x * x, 0);
  let sum = regularizer === "table" ? l2 * params.reduce((total, x) => total + x * x, 0) : 0;
  for (let u = 0; u < shape.userCount; u++)
    for (let i = 0; i < shape.itemCount; i++) {
      const r = rows.get(u * shape.itemCount + i);
      const item = row(shape.userCount + i);
      const score = row(u).reduce((total, x, f) => total + x * item[f], 0);
      if (r === undefined) sum += score ** 2;
      else sum += (confidence.base + confidence.alpha * Math.abs(r)) * ((r > 0 ? 1 : 0) - score) ** 2;
      if (r !== undefined && r > 0 && regularizer === "interaction")
        sum += l2 * (squares(u) + squares(shape.userCount + i));
    }
  return sum / 2;
}

/** Scores of all pairs. */
function allScores({ interactions, scores }: TrainedModel): Float64Array {
  const { userCount, itemCount } = interactions;
  const cells = Uint32Array.from({ length: userCount * itemCount }, (_, k) => k);
  return scores({ users: cells.map((k) => Math.floor(k / itemCount)), items: cells.map((k) => k % itemCount) });
}

const points = (objective: Factorization, count: number) =>
  Array.from({ length: count }, (_, n) => normals(objective.parameterCount, n + 1).map((x) => 0.7 * x));

describe.each([...forms, ...mixedForms])("%s", (_, settings, set) => {
  const objective = factorization(settings, set);
  const weak = factorization({ ...settings, l2: settings.l2 / 6 }, set);
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-10 });
  });

  test("J is the sum over all pairs, and its gradient the slope", async () => {
    const wasm = wasmKernels();
    for (const [n, params] of points(objective, 3).entries()) {
      const wanted = overAllPairs(objective, params);
      const found = evaluate(objective, params);
      const session = wasm.open(objective.problem);
      session.setPoint(params);
      const gradient = new Float64Array(params.length);
      expectNear([found.value, session.evaluate(gradient)], [wanted, wanted], 1e-13);
      session.close();
      expectNear(gradient, found.gradient, 1e-13);
      // What knows the loss alone, pair by pair, says the same.
      const general = differentiable(objectiveSettings(settings), set);
      expectNear([general.evaluate(params, gradient)], [wanted], 1e-13);
      expectNear(gradient, found.gradient, 1e-13);
      if (n > 0) continue;
      const h = 1e-5;
      const slope = (k: number) => {
        const [left, right] = [-h, h].map((step) =>
          overAllPairs(
            objective,
            params.map((x, at) => (at === k ? x + step : x)),
          ),
        );
        return (right - left) / (2 * h);
      };
      expectNear(
        gradient,
        params.map((_, k) => slope(k)),
        1e-8,
      );
    }
    await wasm.close();
  });

  test("a row's gradient is what J loses with it", () => {
    const [params] = points(objective, 1);
    const whole = evaluate(objective, params).gradient;
    for (const row of [0, 11, 30]) {
      const out = new Float64Array(params.length);
      addRowGradient(objective, modelOf(trainedAt(objective, params)), row, 1, out);
      const less = evaluate(objective.without(Uint32Array.of(row)), params).gradient;
      expectNear(
        out,
        whole.map((x, k) => x - less[k]),
        1e-13,
      );
    }
  });

  test("training reaches the optimum, and the certificate proves it", async () => {
    expect(trained.status).toBe("converged");
    expect(evaluate(objective, trained.params).gradient.every((x) => Math.abs(x) <= 1e-10)).toBe(true);
    const found = await certifyFactors(objective, trained.params, 1e-9, run);
    expect(found.scope).toBe("global");
    expectNear([found.sigmaRatio ?? 0], [1], 1e-8);
    expect(Math.abs(found.dualityGap ?? 1)).toBeLessThan(1e-8 * trained.value);
    expect(Math.max(...allScores(modelFrom(trained)))).toBeGreaterThan(0.2);
    // As many factors as items leave no room above, however weak the L2.
    const many = factorization({ ...weak.settings, factors: 10 }, set);
    const full = await train(many, { kernels, tolerance: 1e-10 });
    expect(full.status).toBe("converged");
    const { dualityGap } = await certifyFactors(many, full.params, 1e-9, run);
    expect(Math.abs(dualityGap ?? 1)).toBeLessThan(1e-8 * full.value);
  });

  test("no point and no training, with however many factors, is below J less the gap", async () => {
    const best = await train(weak, { kernels, tolerance: 1e-10 });
    const certificate = await certifyFactors(weak, best.params, 1e-9, run);
    const bound = best.value - (certificate.dualityGap ?? 0);
    expect(certificate.dualityGap).toBeGreaterThan(1e-3 * best.value);
    expect(bound).toBeGreaterThan(0);
    for (const params of points(weak, 200)) {
      const near = params.map((x, k) => best.params[k] + 0.1 * x);
      const { value } = evaluate(weak, params);
      const other = await certifyFactors(weak, params, 1e-9, run);
      expect(bound).toBeLessThanOrEqual(Math.min(value, evaluate(weak, near).value));
      // The bound of any other point holds too.
      expect(other.objective - (other.dualityGap ?? 0)).toBeLessThanOrEqual(best.value);
    }
    for (const [seed, factors] of [3, 5, 10].entries()) {
      const wider = factorization({ ...weak.settings, factors }, set);
      const { value, status } = await train(wider, { kernels, tolerance: 1e-9, seed: seed + 2 });
      expect(status).toBe("converged");
      expect(bound).toBeLessThanOrEqual(value);
    }
  });

  // More factors than the optimum needs: some die out, and forgetting may bring them back.
  const wide = factorization({ ...settings, factors: 6 }, set);
  let whole: Trained;
  beforeAll(async () => {
    whole = await train(wide, { kernels, tolerance: 1e-10 });
  });

  const forgotten: [string, (triple: Triple, row: number) => boolean][] = [
    ["a row", (_, row) => row === 17],
    ["a user", ([user]) => user === 4],
    ["an item", ([, item]) => item === 2],
    ["half of the rows", (_, row) => row % 2 === 0],
    ["all but one user", ([user]) => user !== 5],
    ["everything", () => true],
  ];
  test.each(forgotten)("without %s re-optimising is training again", async (_, wanted) => {
    const rows = rowsWhere(set, wanted);
    const found = await forgetBy(exact, modelFrom(whole), rows, { tolerance: 1e-10 });
    const again = await train(wide.without(rows), { kernels, tolerance: 1e-10, seed: 9 });
    expect(found.certificate).toMatchObject({ converged: true, scope: "global" });
    expectNear(allScores(found.model), allScores(modelFrom(again)), 1e-8);
    expectNear([smoothOf(found.model).value], [again.value], 1e-12);
  });

  test("a user who is forgotten is zero, and to the others as if he had never been", async () => {
    const gone = rowsWhere(set, ([user]) => user === 12);
    const found = await forgetBy(exact, modelFrom(trained), gone, { tolerance: 1e-10 });
    const { params, value } = smoothOf(found.model);
    expect(params.subarray(12 * 3, 13 * 3).every((x) => x === 0)).toBe(true);
    const others = triplesOf(set).filter(([user]) => user < 12);
    const never = await train(factorization(settings, interactionsFrom(others, 12, 10)), {
      kernels,
      tolerance: 1e-10,
      seed: 4,
    });
    expectNear(allScores(found.model).subarray(0, 120), allScores(modelFrom(never)), 1e-8);
    expectNear([value], [never.value], 1e-12);
  });
});

test.each(["table", "interaction"] as const)(
  "the bound on scores holds where the pairs of least confidence are the ones that are wrong, %s L2",
  async (regularizer) => {
    // One pair in three is a thousand times as sure as the others; as many factors as items, so that the optimum is proved.
    const unsure = triplesOf(likes).map(([u, i], row): Triple => [u, i, row % 3 === 0 ? 1000 : 0]);
    const settings = settingsOf({ factors: 10, l2: 1, regularizer, confidence: { base: 3, alpha: 1 } });
    const objective = factorization(settings, interactionsFrom(unsure, 14, 10));
    const best = await train(objective, { kernels, tolerance: 1e-9 });
    expect((await certifyFactors(objective, best.params, 1e-8, run)).scope).toBe("global");
    const fitted = (params: Float64Array) => {
      const all = allScores(modelFrom(trainedAt(objective, params)));
      return Float64Array.from(unsure, ([u, i]) => all[u * 10 + i]);
    };
    const truth = fitted(best.params);
    let sharpest = 0;
    for (let user = 0; user < 13; user++) {
      const step = acrossSure(user, unsure, best.params);
      const moved = best.params.slice();
      addScaled(moved.subarray(10 * user, 10 * user + 10), 1, step);
      const { rmsBound, dualityGap } = await certifyFactors(objective, moved, 1e-8, run);
      expectNear([rmsBound ?? 0], [Math.sqrt((2 * (dualityGap ?? 0)) / (3 * unsure.length))], 1e-14);
      const rms = norm(fitted(moved).map((x, k) => x - truth[k])) / Math.sqrt(unsure.length);
      expect(rms).toBeLessThanOrEqual((rmsBound ?? 0) + 1e-4);
      sharpest = Math.max(sharpest, rms / (rmsBound ?? 1));
    }
    // The root of a thousand is above thirty: a bound by another confidence would have been broken.
    expect(sharpest).toBeGreaterThan(0.1);
  },
);

/** A step of a user's factors that leaves their sure pairs as they are: across the factors of those items. */
function acrossSure(user: number, triples: readonly Triple[], params: Float64Array): Float64Array {
  const step = normals(10, user + 1).map((x) => 0.3 * x);
  const basis: Float64Array[] = [];
  for (const [u, i, r] of triples) {
    if (u !== user || r === 0) continue;
    const rest = params.slice(140 + 10 * i, 150 + 10 * i);
    for (const other of basis) addScaled(rest, -dot(other, rest), other);
    if (norm(rest) > 1e-9) basis.push(rest.map((x) => x / norm(rest)));
  }
  for (const other of basis) addScaled(step, -dot(other, step), other);
  return step;
}

/** The set of tastes with numbers below 1, and a sixth of its pairs not liked. */
function divided() {
  const random = randomOf(8, "divided");
  return interactionsFrom(
    triplesOf(tastes()).map(([u, i, r]) => [u, i, random.uniform() < 1 / 6 ? -r / 2 : r / 2]),
    30,
    20,
  );
}

const influences = (["table", "interaction"] as const).flatMap((regularizer) => [
  [`${regularizer} L2`, regularizer, tastes(), 1] as const,
  [`${regularizer} L2, some pairs not liked`, regularizer, divided(), 0] as const,
]);

describe.each(influences)("influence, %s", (_, regularizer, set, base) => {
  const l2 = regularizer === "table" ? 6 : base === 1 ? 0.85 : 0.25;
  const objective = factorization(settingsOf({ factors: 2, l2, regularizer, confidence: { base, alpha: 0.5 } }), set);
  const pairs = [
    [0, 0],
    [3, 7],
    [12, 13],
    [29, 19],
  ] as const;
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-11 });
    expect(trained.status).toBe("converged");
  });

  test("estimates follow leave-one-out", async () => {
    const made = { fast: fastInfluence, first: influenceFunction, newton: newtonStep, truth: leaveOneOut };
    const model = modelFrom(trained);
    const found: Record<keyof typeof made, number[]> = { fast: [], first: [], newton: [], truth: [] };
    for (const [u, i] of pairs) {
      const near = rowsWhere(set, ([user, item]) => user === u || item === i);
      for (const name of ["fast", "first", "newton", "truth"] as const) {
        const influence = await influenceOf(made[name], model, scoreTarget(u, i), near);
        expect(influence.status).toBe("converged");
        found[name].push(...influence.scores);
      }
    }
    const { fast, first, newton, truth } = found;
    const most = Math.max(...truth.map(Math.abs));
    expect(most).toBeGreaterThan(0.05);
    const errors = truth.flatMap((x, k) => (Math.abs(x) > 0.05 * most ? [Math.abs(newton[k] / x - 1)] : []));
    expect(errors.length).toBeGreaterThan(50);
    expect(median(errors)).toBeLessThan(0.02);
    for (const estimate of [fast, first, newton]) expect(pearson(estimate, truth)).toBeGreaterThan(0.99);
  });

  test("fast influence is the dense block of the Hessian without the row", async () => {
    for (const [user, item] of pairs) {
      const touching = rowsWhere(set, ([u, i]) => u === user || i === item);
      const found = await influenceOf(fastInfluence, modelFrom(trained), scoreTarget(user, item), touching);
      expect(found.status).toBe("converged");
      const wanted = Array.from(touching, (row) => blockInfluence(trained, user, item, row));
      expectNear(found.scores, wanted, 1e-9, { floor: 1e-3, what: `user ${user}, item ${item}` });
    }
  });
});

/** −∇scoreᵀ H_SS⁻¹ ∇ℓ_row on the rows S of the pair, H without the row. */
function blockInfluence({ objective, params }: Trained, user: number, item: number, row: number): number {
  const { factors, userCount } = objective.shape;
  const places = [user, userCount + item].flatMap((at) => Array.from({ length: factors }, (_, f) => at * factors + f));
  const session = kernels.open(objective.without(Uint32Array.of(row)).problem);
  session.setPoint(params);
  const { values, order } = denseOf(hessianOperator(session, "full"));
  const [asked, gradient] = [new Float64Array(order), new Float64Array(order)];
  addScoreGradient(objective, params, user, item, 1, asked);
  addRowGradient(objective, modelOf(trainedAt(objective, params)), row, 1, gradient);
  const solved = eliminate(
    places.map((r) => places.map((c) => values[r * order + c])),
    places.map((r) => gradient[r]),
  );
  return -places.reduce((sum, place, k) => sum + asked[place] * solved[k], 0);
}

describe("the bound on scores", () => {
  const pair = (confidence: number) =>
    factorization(
      settingsOf({ factors: 1, l2: 0.001, confidence: { base: 0, alpha: 1 } }),
      interactionsFrom([[0, 0, confidence]], 1, 1),
    );

  test("holds where confidences are small: far from the optimum it is the distance to it", async () => {
    // J = ½c(1 − x)² + λ|x| has its optimum at x = 1 − λ/c.
    for (const c of [0.01, 0.1, 1, 4]) {
      const found = await certifyFactors(pair(c), new Float64Array(2), 1e-9, run);
      const distance = 1 - 0.001 / c;
      expect(found.rmsBound).toBeGreaterThanOrEqual(distance * (1 - 1e-12));
      expectNear([found.rmsBound ?? 0], [distance], 1e-9);
    }
  });

  test("divides the gap by the least confidence, and is not there where one is 0", async () => {
    const mostly = factorization(settingsOf({ l2: 1, confidence: { base: 0, alpha: 1 } }), mixed);
    const { params } = await train(mostly, { kernels, tolerance: 1e-10 });
    const found = await certifyFactors(
      mostly,
      params.map((x) => 1.01 * x),
      1e-9,
      run,
    );
    expectNear([(found.rmsBound ?? 0) ** 2 * 0.3 * mixed.size], [2 * (found.dualityGap ?? 0)], 1e-12);
    const some = factorization(mostly.settings, withZeros);
    const optimum = await train(some, { kernels, tolerance: 1e-10 });
    expect(await certifyFactors(some, optimum.params, 1e-9, run)).toMatchObject({
      converged: true,
      rmsBound: null,
      scope: "local",
    });
  });
});

describe("a number of 0", () => {
  test("is no interaction beside a base of 1: J and all that follows from it are the same without", async () => {
    for (const regularizer of ["table", "interaction"] as const) {
      const settings = settingsOf({ l2: 2, regularizer, confidence: { base: 1, alpha: 2 } });
      const [whole, rest] = [
        factorization(settings, withZeros),
        factorization(settings, withZeros).without(rowsWhere(withZeros, ([, , r]) => r === 0)),
      ];
      for (const params of points(whole, 3)) {
        const [a, b] = [evaluate(whole, params), evaluate(rest, params)];
        expectNear([a.value], [b.value], 1e-14);
        expectNear(a.gradient, b.gradient, 1e-14);
      }
    }
  });

  test("takes its pair out of the sum without a base: J does not depend on its score", () => {
    const one = factorization(
      settingsOf({ factors: 1, confidence: { base: 0, alpha: 1 } }),
      interactionsFrom([[0, 0, 0]], 1, 1),
    );
    for (const [p, q] of [
      [0, 0],
      [2, 3],
      [-1, 4],
    ])
      expectNear([evaluate(one, Float64Array.of(p, q)).value], [(p * p + q * q) / 2], 1e-14);
  });
});

test("a user with nothing but dislikes is zero at the optimum, and forgetting all they liked ends there", async () => {
  for (const regularizer of ["table", "interaction"] as const) {
    const settings = settingsOf({ factors: 6, l2: 2, regularizer, confidence: { base: 0, alpha: 2 } });
    const objective = factorization(settings, mixed);
    const whole = await train(objective, { kernels, tolerance: 1e-10 });
    const divided = Array.from({ length: 13 }, (_, u) => u).find((u) => {
      const own = triplesOf(mixed).filter(([user]) => user === u);
      return own.some(([, , r]) => r > 0) && own.some(([, , r]) => r < 0);
    }) as number;
    const rows = rowsWhere(mixed, ([user, , r]) => user === divided && r > 0);
    const found = await forgetBy(exact, modelFrom(whole), rows, { tolerance: 1e-10 });
    const again = await train(objective.without(rows), { kernels, tolerance: 1e-10 });
    for (const params of [smoothOf(found.model).params, again.params])
      expect(params.subarray(divided * 6, divided * 6 + 6).every((x) => x === 0)).toBe(true);
    expect(found.certificate.converged).toBe(true);
  }
});

test("forgetting arrives where Newton's method spends all its steps on a saddle", async () => {
  // Found by trying: of 13 such sets and each of their users, the one that Newton's first round does not bring to an optimum.
  const random = randomOf(6, "stall");
  const triples: Triple[] = [];
  for (let u = 0; u < 40; u++)
    for (let i = 0; i < 25; i++)
      if (random.uniform() < 0.42) triples.push([u, i, (1 + random.integer(9)) * (random.uniform() < 0.2 ? -1 : 1)]);
  const objective = factorization(
    settingsOf({ factors: 6, l2: 3, confidence: { base: 0, alpha: 2 } }),
    interactionsFrom(triples, 40, 25),
  );
  const whole = await train(objective, { kernels, tolerance: 1e-8 });
  expect(whole.status).toBe("converged");
  const rows = rowsWhere(objective.interactions, ([user]) => user === 26);
  const found = await forgetBy(exact, modelFrom(whole), rows, { tolerance: 1e-8 });
  expect(found.certificate.converged).toBe(true);
});

describe("what a confidence cannot be is refused", () => {
  const one = interactionsFrom([[0, 0, 1]], 1, 1);
  test.each([
    [
      "infinite",
      settingsOf({ confidence: { base: 0, alpha: 1e12 } }),
      interactionsFrom([[0, 0, 1e300]], 1, 1),
      /row 0.*e\+312|row 0.*Infinity/,
    ],
    [
      "two for a pair",
      settingsOf({}),
      interactionsFrom(
        [
          [0, 0, 1],
          [0, 0, 2],
        ],
        1,
        1,
      ),
      /row 1 repeats/,
    ],
    ["beside biases", settingsOf({ biases: true }), one, /no biases/],
  ] as const)("%s", (_, settings, interactions, message) => {
    expect(() => factorization(settings, interactions)).toThrow(
      expect.objectContaining({ code: "bad-input", message: expect.stringMatching(message) }),
    );
  });
});

/** Laws of implicit feedback: its sum over all pairs, its optimum and bound, forgetting and influence, each against what says the same. */

import { beforeAll, describe, expect, test } from "vitest";
import { fastInfluence, influenceFunction, leaveOneOut, newtonStep } from "../../src/influence/index.ts";
import { wasmKernels } from "../../src/kernel/wasm.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { median, pearson } from "../../src/numeric/statistics.ts";
import { addScaled, dot, norm } from "../../src/numeric/vector.ts";
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
      return [title, settingsOf({ regularizer, l2, confidence: { base, alpha } })] as const;
    }),
  ),
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
      else sum += (confidence.base + confidence.alpha * r) * (1 - score) ** 2;
      if (r !== undefined && regularizer === "interaction") sum += l2 * (squares(u) + squares(shape.userCount + i));
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

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, likes);
  const weak = factorization({ ...settings, l2: settings.l2 / 6 }, likes);
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
    const many = factorization({ ...weak.settings, factors: 10 }, likes);
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
      const wider = factorization({ ...weak.settings, factors }, likes);
      const { value, status } = await train(wider, { kernels, tolerance: 1e-9, seed: seed + 2 });
      expect(status).toBe("converged");
      expect(bound).toBeLessThanOrEqual(value);
    }
  });

  // More factors than the optimum needs: some die out, and forgetting may bring them back.
  const wide = factorization({ ...settings, factors: 6 }, likes);
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
    const rows = rowsWhere(likes, wanted);
    const found = await forgetBy(exact, modelFrom(whole), rows, { tolerance: 1e-10 });
    const again = await train(wide.without(rows), { kernels, tolerance: 1e-10, seed: 9 });
    expect(found.certificate).toMatchObject({ converged: true, scope: "global" });
    expectNear(allScores(found.model), allScores(modelFrom(again)), 1e-8);
    expectNear([smoothOf(found.model).value], [again.value], 1e-12);
  });

  test("a user who is forgotten is zero, and to the others as if he had never been", async () => {
    const gone = rowsWhere(likes, ([user]) => user === 12);
    const found = await forgetBy(exact, modelFrom(trained), gone, { tolerance: 1e-10 });
    const { params, value } = smoothOf(found.model);
    expect(params.subarray(12 * 3, 13 * 3).every((x) => x === 0)).toBe(true);
    const others = triplesOf(likes).filter(([user]) => user < 12);
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

describe.each(["table", "interaction"] as const)("influence, %s L2", (regularizer) => {
  const set = tastes();
  const l2 = regularizer === "table" ? 6 : 0.85;
  const objective = factorization(
    settingsOf({ factors: 2, l2, regularizer, confidence: { base: 1, alpha: 0.5 } }),
    set,
  );
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

describe("what a confidence cannot be is refused", () => {
  const one = interactionsFrom([[0, 0, 1]], 1, 1);
  test.each([
    [
      "below that of a pair without a row",
      settingsOf({ confidence: { base: 0, alpha: 0.5 } }),
      one,
      /row 0.*confidence of 0\.5/,
    ],
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

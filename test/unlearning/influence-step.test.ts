/** Laws of the single steps: what each is exactly, what it cannot touch, and which is nearer to the truth. */

import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { pseudoInverse } from "../../src/linear/index.ts";
import { rotationProjection } from "../../src/model/gauge.ts";
import { score } from "../../src/model/matrix-factorization.ts";
import { addScaled, norm } from "../../src/numeric/vector.ts";
import { type Factorization, factorization, placesOf } from "../../src/objective/factorization.ts";
import { denseOf, hessianOperator } from "../../src/objective/hessian.ts";
import { addRowGradient } from "../../src/objective/row-gradient.ts";
import { modelOf, type Trained, train } from "../../src/training/index.ts";
import { unlearners } from "../../src/unlearning/index.ts";
import {
  evaluate,
  expectNear,
  forms,
  interactionsFrom,
  kernels,
  rowsWhere,
  settingsOf,
  type Triple,
  tastes,
} from "../small.ts";
import { predictions } from "../training/trainer.contract.ts";
import { rmsBetween } from "./unlearner.contract.ts";

const of = (name: string, choice = {}) =>
  unlearners[name].factorization?.(choice) ?? expect.fail(`no ${name} for factorizations`);

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, tastes());
  const { interactions } = objective;
  const { stride, itemsAt } = placesOf(objective.shape);
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-10 });
  });
  const someRows = rowsWhere(interactions, ([user], row) => (user === 4 || user === 11) && row % 2 === 0);

  test.each(["sif", "scif"])("%s leaves items, mean and every other user alone, to the bit", async (name) => {
    const { params, objective: retain } = (await of(name).forget(trained, someRows, { kernels })).trained;
    for (let user = 0; user < 30; user++) {
      const row = (from: Float64Array) => from.slice(user * stride, (user + 1) * stride);
      if (user === 4 || user === 11) expect(row(params)).not.toEqual(row(trained.params));
      else expect(row(params)).toEqual(row(trained.params));
    }
    expect(params.slice(itemsAt)).toEqual(trained.params.slice(itemsAt));
    const [before, after] = [modelOf(trained), modelOf({ ...trained, params, objective: retain })];
    for (let item = 0; item < 20; item++) expect(score(after, 7, item)).toBe(score(before, 7, item));
  });

  test("sif refits the affected users on what they have left, exactly", async () => {
    const { params } = (await of("sif").forget(trained, someRows, { kernels })).trained;
    const session = kernels.open(objective.without(someRows).problem);
    session.setPoint(trained.params);
    session.solve("user");
    const refitted = new Float64Array(params.length);
    session.getPoint(refitted);
    for (const user of [4, 11])
      expectNear(
        params.subarray(user * stride, (user + 1) * stride),
        refitted.subarray(user * stride, (user + 1) * stride),
        1e-10,
      );
  });
});

describe.each(forms)("on all parameters, densely: %s", (_, form) => {
  const few = plantedFactors({ users: 12, items: 9, ratings: 70, factors: 2, seed: 8 }).interactions;
  const settings = { ...form, factors: 2, l2: form.l2 / 2 };
  const objective = factorization(settings, few);
  const someRows = rowsWhere(few, ([user], row) => user === 4 || row % 11 === 0);
  const solver = pseudoInverse();
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(objective, { kernels, tolerance: 1e-10 });
  });

  /** What an unlearner adds to the parameters, rotations left out: scores see them in second order only. */
  const move = async (name: string, rows: Uint32Array, choice = {}) => {
    const { params } = (await of(name, choice).forget(trained, rows, { kernels })).trained;
    const out = params.map((x, k) => x - trained.params[k]);
    rotationProjection(trained.params, 0, 21, 2, placesOf(objective.shape).stride)(out);
    return out;
  };
  const solved = (curved: Factorization, side: Float64Array) => {
    const session = kernels.open(curved.problem);
    session.setPoint(trained.params);
    const { value } = solver.prepare(denseOf(hessianOperator(session, "full"))).solve(side);
    rotationProjection(trained.params, 0, 21, 2, placesOf(objective.shape).stride)(value);
    return value;
  };

  test("the influence function is additive: the sum of the steps of its rows", async () => {
    const together = await move("influence-function", someRows);
    const sum = new Float64Array(together.length);
    for (const row of someRows) addScaled(sum, 1, await move("influence-function", Uint32Array.of(row)));
    expect(norm(sum)).toBeGreaterThan(0.01);
    expectNear(together, sum, 1e-6);
  });

  test("the influence function is θ + H⁺Σ∇ℓ with the Hessian of all data", async () => {
    const sum = new Float64Array(objective.parameterCount);
    for (const row of someRows) addRowGradient(objective, modelOf(trained), row, 1, sum);
    expectNear(await move("influence-function", someRows), solved(objective, sum), 1e-6);
    expectNear(await move("influence-function", someRows, { solver }), solved(objective, sum), 1e-8);
  });

  test("newton is −H⁺∇J of what remains, where its solver is dense", async () => {
    const retain = objective.without(someRows);
    const { gradient } = evaluate(retain, trained.params);
    const wanted = solved(retain, gradient).map((x) => -x);
    expectNear(await move("newton", someRows, { solver }), wanted, 1e-7);
  });
});

describe("nearer to the truth", () => {
  const objective = factorization(settingsOf(), tastes());
  const sets: [string, (triple: Triple, row: number) => boolean][] = [
    ["a row", (_, row) => row === 41],
    ["a user", ([user]) => user === 6],
    ["a tenth of the rows", (_, row) => row % 10 === 4],
  ];
  test.each(sets)(
    "%s: newton leaves less than the influence function, that less than nothing done",
    async (_, wanted) => {
      const trained = await train(objective, { kernels });
      const rows = rowsWhere(objective.interactions, wanted);
      const truth = predictions((await of("retrain").forget(trained, rows, { kernels })).trained);
      const left = async (name: string) =>
        rmsBetween(predictions((await of(name).forget(trained, rows, { kernels })).trained), truth);
      const [newton, first, nothing] = [
        await left("newton"),
        await left("influence-function"),
        rmsBetween(predictions(trained), truth),
      ];
      expect(newton).toBeLessThan(0.7 * first);
      expect(first).toBeLessThan(nothing);
    },
  );
});

describe("whole users", () => {
  const rowsOf = (objective: ReturnType<typeof factorization>) =>
    rowsWhere(objective.interactions, ([user]) => user === 6 || user === 20);

  test("under table L2 nothing of them is left by newton and sif; the influence function leaves a trace", async () => {
    const objective = factorization(settingsOf(), tastes());
    const { stride } = placesOf(objective.shape);
    const trained = await train(objective, { kernels });
    const size = async (name: string) => {
      const { params } = (await of(name).forget(trained, rowsOf(objective), { kernels })).trained;
      return Math.max(...[6, 20].flatMap((u) => Array.from(params.subarray(u * stride, (u + 1) * stride), Math.abs)));
    };
    for (const name of ["exact", "retrain"]) expect(await size(name)).toBe(0);
    for (const name of ["newton", "sif"]) expect(await size(name)).toBeLessThan(1e-12);
    expect(await size("influence-function")).toBeGreaterThan(1e-3);
  });

  test("under interaction L2 sif does nothing at all: they are in no term", async () => {
    const objective = factorization(settingsOf({ regularizer: "interaction", l2: 0.3, l2Bias: 0.1 }), tastes());
    const trained = await train(objective, { kernels });
    const found = await of("sif").forget(trained, rowsOf(objective), { kernels });
    expect(found.trained.params).toEqual(trained.params);
    // Part of a user is another matter.
    const part = rowsOf(objective).filter((_, k) => k % 2 === 0);
    expect((await of("sif").forget(trained, part, { kernels })).trained.params).not.toEqual(trained.params);
  });
});

describe("mean ratings instead of none", () => {
  // User 0 keeps ratings; user 1 loses all, items 0 and 1 keep some; user 2 loses the only rating of item 3.
  const triples: Triple[] = [
    [0, 0, 5],
    [0, 1, 2],
    [0, 2, 3],
    [1, 0, 1],
    [1, 1, 4],
    [2, 0, 4],
    [2, 2, 5],
    [3, 1, 3],
    [3, 2, 2],
    [4, 3, 5],
  ];
  const gone = Uint32Array.of(0, 3, 4, 9);
  /** By hand: user 0's mean left is 2.5; user 1 has none left, so items 0 and 1 (means 4 and 2.5); user 4 and item 3 have none. */
  const instead: Triple[] = [
    [0, 0, 2.5],
    [1, 0, 4],
    [1, 1, 2.5],
  ];
  const settings = settingsOf({ factors: 2, l2: 0.8, l2Bias: 0.5 });
  const objective = factorization(settings, interactionsFrom(triples, 5, 4));
  const aim = factorization(
    settings,
    interactionsFrom([...triples.filter((_, row) => !gone.includes(row)), ...instead], 5, 4),
  );

  test("scif refits the affected users with one mean rating for every forgotten one", async () => {
    const trained = await train(objective, { kernels });
    const { params } = (await of("scif").forget(trained, gone, { kernels })).trained;
    const session = kernels.open(aim.problem);
    session.setPoint(trained.params);
    session.solve("user");
    const refitted = new Float64Array(params.length);
    session.getPoint(refitted);
    for (const user of [0, 1, 4])
      expectNear(params.subarray(user * 3, user * 3 + 3), refitted.subarray(user * 3, user * 3 + 3), 1e-10);
    // Nobody can say what user 4 would have given item 3: there is no replacement, and the row goes.
    expectNear(params.subarray(12, 15), [0, 0, 0], 1e-12);
  });

  test("cif is a full Newton step towards the same aim", async () => {
    const trained = await train(objective, { kernels });
    const found = await of("cif", { solver: pseudoInverse() }).forget(trained, gone, { kernels });
    const session = kernels.open(aim.problem);
    session.setPoint(trained.params);
    const gradient = new Float64Array(objective.parameterCount);
    session.evaluate(gradient);
    const { value } = pseudoInverse()
      .prepare(denseOf(hessianOperator(session, "full")))
      .solve(gradient);
    expectNear(
      found.trained.params,
      trained.params.map((x, k) => x - value[k]),
      1e-9,
    );
  });

  test("both say that they do not aim at the retrained model, sif and scif that items keep the trace", async () => {
    const trained = await train(objective, { kernels });
    const caveats = async (name: string) => (await of(name).forget(trained, gone, { kernels })).caveats.join("\n");
    for (const name of ["cif", "scif"]) expect(await caveats(name)).toMatch(/does not approach the retrained model/);
    for (const name of ["sif", "scif"]) expect(await caveats(name)).toMatch(/items keep the trace/);
    expect(await caveats("exact")).toBe("");
  });

  test("on ratings that are all alike the replacement is the rating itself, and nothing moves", async () => {
    const alike = triples.map(([u, i]) => [u, i, 4] as const);
    const same = factorization(
      settingsOf({ factors: 2, l2: 0.8, l2Bias: 0.5, mean: { kind: "fixed", value: 3 } }),
      interactionsFrom(alike, 5, 4),
    );
    const trained = await train(same, { kernels, tolerance: 1e-11 });
    const rows = Uint32Array.of(0, 4);
    const { params } = (await of("scif").forget(trained, rows, { kernels })).trained;
    expectNear(params, trained.params, 1e-9);
  });
});

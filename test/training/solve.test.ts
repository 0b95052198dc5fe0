/** Laws of solving with a Hessian: every solver has the dense answer, on all parameters and on some, damped or not. */

import { describe, expect, test } from "vitest";
import { influenceFunction, newtonStep } from "../../src/influence/index.ts";
import { placesOfRows } from "../../src/model/tensors.ts";
import { dot } from "../../src/numeric/vector.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { smallestCurvature } from "../../src/training/factors/curvature.ts";
import { suboptimalityOfFactors } from "../../src/training/factors/suboptimality.ts";
import { type SolverSettings, solverAt, type TrainedModel } from "../../src/training/index.ts";
import { cif, influenceFunctionStep, newton, scif, sif } from "../../src/unlearning/index.ts";
import { at, blockAt, hessianAt, pairOf, solve, targetSlope } from "../support/dense.ts";
import { run } from "../support/run.ts";
import {
  anyParams,
  expectNear,
  interactionsFrom,
  normals,
  objectiveOn,
  type Triple,
  trainedAt,
} from "../support/small.ts";
import { optimum, type SubjectName } from "../support/subjects.ts";
import { forgetBy, influenceOf, modelFrom, smoothOf } from "../support/trained.ts";

const names: readonly SubjectName[] = ["mf", "ials", "mf-items", "mf-bpr", "gmf", "additive"];
const solvers = ["iterative", "pseudo-inverse", "cholesky"] as const;

async function solutions(name: SubjectName, sides: readonly Float64Array[], settings: SolverSettings) {
  const { objective, params } = smoothOf(await optimum(name));
  const solver = await solverAt(objective, params, run, { tolerance: 1e-12, ...settings });
  const found: Float64Array[] = [];
  for (const side of sides) {
    const kept = side.slice();
    const { value, status, residual } = await solver.solve(side);
    expect(status).toBe("converged");
    expect(residual).toBeLessThanOrEqual(1e-9);
    expect(side).toEqual(kept);
    found.push(value);
  }
  solver.close();
  return found;
}

describe.each(names)("%s", (name) => {
  const asked = async () => {
    const { objective, params } = smoothOf(await optimum(name));
    const pairs = [pairOf(0, 1), pairOf(3, 4), pairOf(7, 2)];
    return pairs.map(({ users, items }) => targetSlope(objective, params, scoreTarget(users[0], items[0])));
  };

  test.each([
    ["full", 0],
    ["full", 0.3],
    ["gauss-newton", 0.3],
  ] as const)("every solver has the dense answer, curvature %s, damping %f", async (curvature, damping) => {
    const { objective, params } = smoothOf(await optimum(name));
    const sides = await asked();
    const hessian = hessianAt(objective, params, curvature);
    const n = params.length;
    for (const solver of solvers) {
      // Along rotations H is singular: there only the pseudo-inverse is an inverse.
      if (solver === "cholesky" && damping === 0) continue;
      const found = await solutions(name, sides, { solver, curvature, damping });
      found.forEach((value, k) => {
        const product = value.map((_, r) => dot(hessian.subarray(r * n, (r + 1) * n), value) + damping * value[r]);
        expectNear(product, sides[k], 1e-8, { what: solver });
        for (const [j, side] of sides.entries())
          expectNear([dot(side, value)], [dot(sides[k], found[j])], 1e-9, { what: solver, floor: 1e-3 });
      });
    }
  });

  test("on the rows of a user, or of a user and an item, the others are held", async () => {
    const { objective, params } = smoothOf(await optimum(name));
    const sides = await asked();
    const hessian = hessianAt(objective, params);
    const ofUser = placesOfRows(objective.tensors, "user", [3]);
    const both = Uint32Array.from([...ofUser, ...placesOfRows(objective.tensors, "item", [4])]).sort();
    for (const support of [{ places: ofUser, users: Uint32Array.of(3) }, { places: ofUser }, { places: both }]) {
      const block = blockAt(hessian, params.length, support.places);
      for (const solver of solvers) {
        const found = await solutions(name, sides, { solver, support });
        found.forEach((value, k) => {
          expectNear(at(value, support.places), solve(block, at(sides[k], support.places)), 1e-8, { what: solver });
          const held = new Set(support.places);
          expect(value.every((x, place) => held.has(place) || x === 0)).toBe(true);
        });
      }
    }
  });
});

describe("a block that rounding leaves without an inverse", () => {
  /** Users 1 to 5 rate items 0 to 3; one more user rates item 0 alone, four times, or one more item is rated by user 1 alone. */
  const alone = {
    "a user's": [0, 0, 1],
    "an item's": [1, 4, 1],
  } as const satisfies Record<string, Triple>;
  const ratings = [1, 2, 3, 4, 5].flatMap((user) =>
    [0, 1, 2, 3].map((item): Triple => [user, item, (user * item) % 5]),
  );
  const objectiveWith = (triple: Triple, l2: number) =>
    objectiveOn(interactionsFrom([triple, triple, triple, triple, ...ratings], 6, 5), {
      ...{ biases: false, mean: { kind: "fixed", value: 0 } },
      l2,
    });
  const modelWith = (triple: Triple, l2: number) => {
    const of = objectiveWith(triple, l2);
    const params = anyParams(of);
    // User 1 and item 0 are (1, 1, 1): a block of one of them alone is 1 or 4 times x·xᵀ, to the bit, for the L2 is lost in rounding.
    for (const row of [1, 6]) params.fill(1, 3 * row, 3 * row + 3);
    return modelFrom(trainedAt(of, params));
  };
  const ended = async (model: TrainedModel, settings: SolverSettings = {}) => {
    const { objective, params } = smoothOf(model);
    const solver = await solverAt(objective, params, run, settings);
    const { status } = await solver.solve(normals(params.length, 3));
    solver.close();
    return status;
  };

  test.each(Object.entries(alone))("%s is a breakdown of the whole, however the rest converges", async (_, triple) => {
    const [bad, good] = [modelWith(triple, 1e-30), modelWith(triple, 10)];
    expect([await ended(bad), await ended(good)]).toEqual(["breakdown", "converged"]);
    const closed = [bad, good].map(
      (model) => [closedFormsOf(smoothOf(model).objective), smoothOf(model).params] as const,
    );
    for (const [k, [of = expect.fail("no closed forms"), params]] of closed.entries()) {
      const found = await suboptimalityOfFactors(of, params, run);
      expect(found.solver).toBe(["breakdown", "converged"][k]);
      expect([found.objectiveExcess === null, found.scoreShift === null]).toEqual([k === 0, k === 0]);
      if (k === 0) expect(found.reason).toMatch(/^not determined: the L2 is lost in rounding/);
      expect(Number.isNaN(await smallestCurvature(of, params, run))).toBe(k === 0);
    }
  });

  test("is one of the users' rows where it is among them, and not elsewhere", async () => {
    const model = modelWith(alone["a user's"], 1e-30);
    const { tensors } = smoothOf(model).objective;
    const on = (...users: readonly number[]) => ({
      support: { places: placesOfRows(tensors, "user", users), users: Uint32Array.from(users) },
    });
    expect(await ended(model, on(0))).toBe("breakdown");
    expect(await ended(model, on(0, 2))).toBe("breakdown");
    expect(await ended(model, on(1, 2))).toBe("converged");
  });

  test("is heard from every method that solves with the Hessian", async () => {
    const [bad, good] = [modelWith(alone["a user's"], 1e-30), modelWith(alone["a user's"], 10)];
    const rows = Uint32Array.of(7);
    const own = Uint32Array.of(0, 1, 2);
    for (const method of [influenceFunction, newtonStep]) {
      expect((await influenceOf(method, bad, scoreTarget(2, 3), rows)).status).toBe("breakdown");
      expect((await influenceOf(method, good, scoreTarget(2, 3), rows)).status).toBe("converged");
    }
    for (const method of [newton, influenceFunctionStep, cif, sif, scif])
      for (const [model, wanted] of [
        [bad, ["the linear solver ended with breakdown"]],
        [good, []],
      ] as const) {
        // The rows of one user are solved by that user's block.
        const { caveats } = await forgetBy(method, model, method === sif || method === scif ? own : rows);
        expect(
          caveats.filter((text) => text.startsWith("the linear solver")),
          method.name,
        ).toEqual(wanted);
      }
  });
});

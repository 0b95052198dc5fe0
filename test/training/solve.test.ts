/** Laws of solving with a Hessian: every solver has the dense answer, on all parameters and on some, damped or not. */

import { describe, expect, test } from "vitest";
import { placesOfRows } from "../../src/model/tensors.ts";
import { dot } from "../../src/numeric/vector.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { type SolverSettings, solverAt } from "../../src/training/index.ts";
import { at, blockAt, hessianAt, pairOf, solve, targetSlope } from "../support/dense.ts";
import { run } from "../support/run.ts";
import { expectNear } from "../support/small.ts";
import { optimum, type SubjectName } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";

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

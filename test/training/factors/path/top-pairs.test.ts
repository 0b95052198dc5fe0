/** What is looked at beside the living factors is the dense matrix of residuals without what they span. */

import { expect, test } from "vitest";
import { plantedFactors } from "../../../../src/data/synthetic.ts";
import { symmetricEigen } from "../../../../src/numeric/dense.ts";
import { addScaled, dot, norm } from "../../../../src/numeric/vector.ts";
import { factorization, placesOf } from "../../../../src/objective/factorization.ts";
import { pairsBeside } from "../../../../src/training/factors/path/top-pairs.ts";
import { kernels, settingsOf } from "../../../support/small.ts";

const { interactions } = plantedFactors({ users: 14, items: 9, ratings: 80, factors: 2, noise: 0.5, seed: 7 });
const { userCount, itemCount } = interactions;

/** Takes the span of columns out of a vector, one after the other made orthonormal. */
function without(vector: Float64Array, columns: readonly Float64Array[]): Float64Array {
  const basis: Float64Array[] = [];
  const out = vector.slice();
  for (const column of columns) {
    const unit = column.slice();
    for (const one of basis) addScaled(unit, -dot(one, unit), one);
    basis.push(unit.map((x) => x / norm(unit)));
  }
  for (const one of basis) addScaled(out, -dot(one, out), one);
  return out;
}

test.each([
  ["table", 1],
  ["interaction", 0.05],
] as const)("%s L2, at parameters that are no optimum", async (regularizer, l2) => {
  const live = 2;
  const objective = factorization(settingsOf({ factors: live, l2, regularizer }), interactions);
  const { stride, itemsAt } = placesOf(objective.shape);
  const params = Float64Array.from({ length: objective.parameterCount }, (_, k) => Math.sin(3 * k + 1));
  const session = kernels.open(objective.problem);
  session.setPoint(params);
  const residuals = new Float64Array(interactions.size);
  session.residuals(residuals);
  session.close();
  const { byUser, userScale, itemScale } = objective.problem;
  const rows = Array.from({ length: userCount }, () => new Float64Array(itemCount));
  for (let u = 0; u < userCount; u++)
    for (let k = byUser.start[u]; k < byUser.start[u + 1]; k++)
      rows[u][byUser.others[k]] += residuals[k] / Math.sqrt(userScale[u] * itemScale[byUser.others[k]]);
  const columns = (at: number, scale: Float64Array) =>
    [0, 1].map((f) => scale.map((s, r) => Math.sqrt(s) * params[at + r * stride + f]));
  const beside = rows.map((row) => without(row, columns(itemsAt, itemScale)));
  const left = Array.from({ length: itemCount }, (_, i) =>
    without(
      Float64Array.from(beside, (row) => row[i]),
      columns(0, userScale),
    ),
  );
  const gram = Float64Array.from({ length: itemCount ** 2 }, (_, k) =>
    dot(left[Math.floor(k / itemCount)], left[k % itemCount]),
  );
  const { values } = symmetricEigen(gram, itemCount);
  const pairs = await pairsBeside(objective, params, residuals, { live, count: 3 });
  pairs.forEach(({ sigma }, k) => {
    expect(sigma ** 2 / values[k]).toBeCloseTo(1, 4);
  });
  expect(pairs).toHaveLength(3);
});

/** Laws of what is proved of a set with more items than users: it is what is proved of the set with its sides exchanged. */

import { describe, expect, test } from "vitest";
import { factorization, placesOf } from "../../../src/objective/factorization.ts";
import { dualityGap, topPair } from "../../../src/training/factors/duality.ts";
import { anyParams, evaluate, expectNear, kernels, settingsOf, tastes } from "../../support/small.ts";
import { exchanged } from "./thin/support.ts";

const implicit = { biases: false, mean: { kind: "fixed", value: 0 }, confidence: { base: 1, alpha: 0.3 } } as const;

describe.each([
  ["ratings", settingsOf()],
  ["ratings, interaction L2", settingsOf({ regularizer: "interaction", l2: 0.4 })],
  ["implicit feedback", settingsOf({ ...implicit, l2: 1 })],
])("%s", (_, settings) => {
  const one = factorization(settings, tastes());
  const other = factorization(settings, exchanged(tastes()));
  const { itemsAt, stride } = placesOf(one.shape);
  const params = anyParams(one);
  const turned = params.slice();
  turned.set(params.subarray(itemsAt, itemsAt + one.shape.itemCount * stride));
  turned.set(params.subarray(0, itemsAt), one.shape.itemCount * stride);

  const at = (objective: typeof one, point: Float64Array) => {
    const residuals = new Float64Array(objective.interactions.size);
    const session = kernels.open(objective.problem);
    session.setPoint(point);
    session.residuals(residuals);
    session.close();
    return [objective, point, residuals] as const;
  };

  test("the duality gap and σ₁", async () => {
    const gap = await dualityGap(...at(one, params), evaluate(one, params).value);
    const again = await dualityGap(...at(other, turned), evaluate(other, turned).value);
    expect(gap.sigmaRatio).toBeGreaterThan(0.1);
    expectNear([again.gap, again.sigmaRatio], [gap.gap, gap.sigmaRatio], 1e-6);
  });

  test("the direction of one more factor", async () => {
    const pair = await topPair(...at(one, params));
    const again = await topPair(...at(other, turned));
    const sign = Math.sign(pair.items.reduce((sum, x, i) => sum + x * again.users[i], 0));
    expectNear([again.sigma], [pair.sigma], 1e-6);
    expectNear(
      again.users.map((x) => sign * x),
      pair.items,
      1e-3,
    );
    expectNear(
      again.items.map((x) => sign * x),
      pair.users,
      1e-3,
    );
  });
});

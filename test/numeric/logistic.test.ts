/** Identities of the logistic function and its integral. */

import { expect, test } from "vitest";
import { sigmoid, softplus } from "../../src/numeric/logistic.ts";
import { expectNear } from "../support/small.ts";

test("softplus and the sigmoid keep their identities at any size", () => {
  for (const x of [0, 1e-9, 0.3, 2, 37, 800, 1e300]) {
    expectNear([softplus(x) - softplus(-x)], [x], 1e-15, { floor: Math.max(1, x) });
    expectNear([sigmoid(x) + sigmoid(-x)], [1], 1e-15);
    expect(softplus(x)).toBeGreaterThanOrEqual(x);
    expect(softplus(-x)).toBeGreaterThanOrEqual(0);
  }
  // Where 1 + eˣ rounds to 1 there is still eˣ.
  expect(softplus(-40)).toBeCloseTo(Math.exp(-40), 30);
  expect(sigmoid(-40) / Math.exp(-40)).toBeCloseTo(1, 12);
});

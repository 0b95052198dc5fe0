/** Hessian products of losses on the neural models against dense twins by finite differences. */

import { describe, expect, it } from "vitest";
import { interactionsOf } from "../../../src/data/interactions.ts";
import { differentiable } from "../../../src/objective/differentiable.ts";
import { bpr, type Loss, logistic, squared } from "../../../src/objective/loss.ts";
import type { Objective } from "../../../src/objective/objective.ts";
import { scraps } from "../../support/small.ts";
import { everyPair, genericPoint, networks, vectorOf } from "./networks.ts";

const step = 1e-5;

/** Ratings in [0, 1], so that all three losses read them. */
const data = () => {
  const set = scraps();
  return interactionsOf({ ...set, ratings: set.ratings.map((rating) => rating / 5) });
};

const cases = networks.flatMap(([name, kind, model]) =>
  [squared, logistic, bpr].map((loss) => [`${name}, ${loss.name}`, kind, model, loss] as const),
);

describe.each(cases)("%s", (_, kind, model, loss: Loss) => {
  const objective = differentiable(
    {
      kind,
      model,
      loss,
      l2: 0.3,
      l2Shared: 0.2,
      regularizer: "table",
      extraWeight: 0,
      sampling: loss === squared ? undefined : { perRow: 2, seed: 5, semantics: "frozen" },
    },
    data(),
  );
  const params = genericPoint(objective.model, everyPair(objective.model));
  const size = objective.parameterCount;
  const gradientAt = (at: Float64Array) => {
    const out = new Float64Array(size);
    objective.evaluate(at, out);
    return out;
  };
  const product = (direction: Float64Array, curvature: "full" | "gauss-newton") => {
    const out = new Float64Array(size);
    objective.hessianProduct(params, direction, out, curvature);
    return out;
  };

  it("has the gradient of finite differences", () => {
    const gradient = gradientAt(params);
    gradient.forEach((x, k) => {
      const [ahead, behind] = [1, -1].map((sign) => objective.evaluate(nudged(params, k, sign * step)));
      expect(x).toBeCloseTo((ahead - behind) / (2 * step), 6);
    });
  });

  it("multiplies by the Hessian and by its Gauss-Newton part", () => {
    const direction = vectorOf(size, 4, "direction");
    const exact = product(direction, "full");
    const halved = product(direction, "gauss-newton");
    const gaussNewton = gaussNewtonTwin(objective, params);
    for (let k = 0; k < size; k++) {
      const [ahead, behind] = [1, -1].map((sign) => gradientAt(nudged(params, k, sign * step)));
      let row = 0;
      for (let c = 0; c < size; c++) row += ((ahead[c] - behind[c]) / (2 * step)) * direction[c];
      expect(exact[k]).toBeCloseTo(row, 5);
      let part = 0;
      for (let c = 0; c < size; c++) part += gaussNewton[k * size + c] * direction[c];
      expect(halved[k]).toBeCloseTo(part, 5);
    }
  });
});

function nudged(params: Float64Array, k: number, by: number): Float64Array {
  const there = params.slice();
  there[k] += by;
  return there;
}

/** Jᵀ·ℓ″·J + the penalty's Hessian, J and ℓ″ by central differences. */
function gaussNewtonTwin({ model, settings, units, penalty, ...rest }: Objective, params: Float64Array) {
  const size = model.parameterCount;
  const examples = rest.examplesOf(units);
  const scoresAt = (at: Float64Array) => model.at(at, examples.pairs).scores;
  const scores = scoresAt(params);
  const slopesAt = (at: Float64Array) => {
    const out = new Float64Array(at.length);
    settings.loss.evaluate(at, examples, out);
    return out;
  };
  const central = (f: (at: Float64Array) => Float64Array, at: Float64Array, k: number) => {
    const [ahead, behind] = [f(nudged(at, k, step)), f(nudged(at, k, -step))];
    return ahead.map((x, n) => (x - behind[n]) / (2 * step));
  };
  const jacobian = Array.from({ length: size }, (_, k) => central(scoresAt, params, k));
  const second = Array.from(scores, (_, n) => central(slopesAt, scores, n));
  const out = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    const bent = scores.map((_, n) => second[n].reduce((sum, x, m) => sum + x * jacobian[a][m], 0));
    for (let b = 0; b < size; b++) out[a * size + b] = bent.reduce((sum, x, n) => sum + x * jacobian[b][n], 0);
  }
  for (const { from, to, weight } of penalty.stretches) for (let k = from; k < to; k++) out[k * size + k] += weight;
  return out;
}

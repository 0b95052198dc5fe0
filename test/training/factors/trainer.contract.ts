/** The laws of training, for any objective and any kernels: a status that is true, and an optimum that is one. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FactorKernels } from "../../../src/kernel/kernels.ts";
import { canonicalise, scoresOfUser } from "../../../src/model/index.ts";
import { norm } from "../../../src/numeric/vector.ts";
import { type Factorization, type FactorizationSettings, factorization } from "../../../src/objective/factorization.ts";
import { modelOf, type Trained, train } from "../../../src/training/index.ts";
import { evaluate, expectNear, relabelled, reordered, shuffle, tastes } from "../../support/small.ts";

/** Scores of all pairs. */
export function predictions(trained: Trained): Float64Array {
  const model = modelOf(trained);
  const { userCount, itemCount } = model.shape;
  const out = new Float64Array(userCount * itemCount);
  for (let u = 0; u < userCount; u++) out.set(scoresOfUser(model, u), u * itemCount);
  return out;
}

/** Registers the laws; the optimum of the settings on `tastes` must be the only one. */
export function trainerContract(title: string, settings: FactorizationSettings, make: () => FactorKernels): void {
  describe(title, () => {
    const kernels = make();
    const objective = factorization(settings, tastes());
    let first: Trained;
    beforeAll(async () => {
      first = await train(objective, { kernels });
    });
    afterAll(() => kernels.close());

    const stands = (of: Factorization, { params, value, gradientNorm, status, tolerance }: Trained) => {
      const { value: j, gradient } = evaluate(of, params);
      expectNear([value], [j]);
      // Rounding of the gradient, between kernels that add in another order.
      expect(Math.abs(norm(gradient) - gradientNorm)).toBeLessThan(1e-11);
      expect(status === "converged").toBe(norm(gradient) <= tolerance);
    };

    test("converges, and means it: the reference kernels find the same gradient", () => {
      expect(first.status).toBe("converged");
      expect(first.tolerance).toBe(1e-8);
      stands(objective, first);
    });

    test("does not claim what it has not reached", async () => {
      const short = await train(objective, { kernels, tolerance: 1e-300 });
      expect(short.status).toBe("step-limit");
      stands(objective, short);
      // Even so it goes as far as arithmetic allows.
      expect(short.gradientNorm).toBeLessThan(1e-9);
    });

    test("ends in the canonical gauge", () => {
      const again = first.params.slice();
      canonicalise(objective.shape, again);
      expectNear(again, first.params, 1e-9);
    });

    test("finds the same optimum from any seed: J to 1e-9, predictions to 1e-6, parameters as well", async () => {
      for (const seed of [2, 77]) {
        const other = await train(objective, { kernels, seed });
        expect(other.seed).toBe(seed);
        expect(Math.abs(other.value - first.value)).toBeLessThan(1e-9 * first.value);
        expectNear(predictions(other), predictions(first), 1e-6);
        expectNear(other.params, first.params, 1e-5);
      }
    });

    test("and is the same bytes from the same seed", async () => {
      expect((await train(objective, { kernels })).params).toEqual(first.params);
    });

    test("is a minimum: no direction leads down", () => {
      for (let k = 0; k < first.params.length; k++)
        for (const by of [-1e-3, 1e-3]) {
          const moved = first.params.slice();
          moved[k] += by;
          expect(evaluate(objective, moved).value).toBeGreaterThan(first.value);
        }
    });

    test("does not care for the order of rows, nor for names", async () => {
      const { interactions } = objective;
      const mixed = reordered(interactions, shuffle(interactions.size, 4));
      const turned = await train(factorization(settings, mixed), { kernels });
      expectNear(predictions(turned), predictions(first), 1e-6);
      const [users, items] = [shuffle(30, 5), shuffle(20, 6)];
      const named = await train(factorization(settings, relabelled(interactions, users, items)), { kernels });
      const back = predictions(named);
      const wanted = predictions(first);
      expectNear(
        wanted.map((_, k) => back[users[Math.floor(k / 20)] * 20 + items[k % 20]]),
        wanted,
        1e-6,
      );
    });
  });
}

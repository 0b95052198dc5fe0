/** The laws of unlearning, for every unlearner: on the retained data, nothing claimed that is not so, nothing else touched. */

import { beforeAll, describe, expect, test } from "vitest";
import { norm } from "../../src/numeric/vector.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { certify, type Trained, train } from "../../src/training/index.ts";
import type { Guarantee, Unlearner } from "../../src/unlearning/unlearner.ts";
import {
  evaluate,
  expectNear,
  kernels,
  randomRotation,
  relabelled,
  relabelledParams,
  reordered,
  rotated,
  rowsWhere,
  settingsOf,
  shuffle,
  tastes,
  trainedAt,
  triplesOf,
} from "../small.ts";
import { predictions } from "../training/trainer.contract.ts";

/** What differs between unlearners. */
export interface UnlearnerTraits {
  readonly guarantee: Guarantee;
  /** Forgetting nothing gives back the same bytes; retraining starts anew instead. */
  readonly stays: boolean;
  /** Accuracy of its solves, in scores. */
  readonly accuracy: number;
  /** Largest share of the distance to the retrained model that may be left, in predictions; none for those that aim elsewhere. */
  readonly left: { readonly row: number; readonly user: number } | undefined;
}

/** Root mean square of the difference. */
export function rmsBetween(a: Float64Array, b: Float64Array): number {
  return norm(a.map((x, k) => x - b[k])) / Math.sqrt(a.length);
}

/** Registers the laws. */
export function unlearnerContract(name: string, make: () => Unlearner, traits: UnlearnerTraits): void {
  describe(name, () => {
    const unlearner = make();
    const objective = factorization(settingsOf(), tastes());
    const { interactions } = objective;
    let trained: Trained;
    beforeAll(async () => {
      trained = await train(objective, { kernels, tolerance: 1e-9 });
    });
    const sets: [string, Uint32Array][] = [
      ["row", Uint32Array.of(41)],
      ["user", rowsWhere(interactions, ([user]) => user === 6)],
      ["every fifth row", rowsWhere(interactions, (_, row) => row % 5 === 0)],
    ];

    test("carries the name and the guarantee under which the catalogue has it", () => {
      expect(unlearner.name).toBe(name);
      expect(unlearner.guarantee).toBe(traits.guarantee);
      expect(unlearner.summary.length).toBeGreaterThan(10);
    });

    test.each(sets)("%s: stands on what remains, with a certificate that can be recomputed", async (_, rows) => {
      const before = trained.params.slice();
      const found = await unlearner.forget(trained, rows, { kernels });
      const retain = objective.without(rows);
      expect(trained.params).toEqual(before);
      expect(triplesOf(found.trained.objective.interactions)).toEqual(triplesOf(retain.interactions));
      expect(found.trained.objective.shape).toEqual(objective.shape);
      expect(found.trained.slowModes).toBeUndefined();
      const { value, gradient } = evaluate(retain, found.trained.params);
      expect(found.certificate).toEqual(certify(retain, found.trained.params, trained.tolerance, kernels));
      expect(found.certificate.gradientNorm).toBe(norm(gradient));
      expect(found.trained.gradientNorm).toBe(norm(gradient));
      expect(found.trained.value).toBe(value);
      expect(found.trained.status === "converged").toBe(norm(gradient) <= trained.tolerance);
      expect(found.gradientNormBefore).toBe(norm(evaluate(retain, trained.params).gradient));
      expect(found.gradientNormBefore).toBeGreaterThan(1e-3);
      expect(found.guarantee).toBe(traits.guarantee);
    });

    test("forgetting nothing", async () => {
      const found = await unlearner.forget(trained, new Uint32Array(), { kernels });
      if (traits.stays) expect(found.trained.params).toEqual(trained.params);
      expectNear(predictions(found.trained), predictions(trained), 1e-6);
      expect(found.trained.status).toBe("converged");
    });

    test("the same request gives the same bytes", async () => {
      const [first, second] = [
        await unlearner.forget(trained, sets[1][1], { kernels }),
        await unlearner.forget(trained, sets[1][1], { kernels }),
      ];
      expect(second.trained.params).toEqual(first.trained.params);
    });

    test("names, order of rows and rotations do not matter", async () => {
      const rows = sets[1][1];
      const wanted = predictions((await unlearner.forget(trained, rows, { kernels })).trained);
      const [users, items, order] = [shuffle(30, 1), shuffle(20, 2), shuffle(260, 3)];
      const other = factorization(objective.settings, reordered(relabelled(interactions, users, items), order));
      const turned = rotated(objective.shape, trained.params, randomRotation(3, 6));
      const named = trainedAt(other, relabelledParams(objective.shape, turned, users, items), 1e-8);
      const there = Uint32Array.from(order.keys()).filter((row) => rows.includes(order[row]));
      const found = predictions((await unlearner.forget(named, there, { kernels })).trained);
      expectNear(
        wanted.map((_, k) => found[users[Math.floor(k / 20)] * 20 + items[k % 20]]),
        wanted,
        traits.accuracy,
      );
    });

    test("rows that are not there, repeated or out of order are refused", async () => {
      for (const rows of [Uint32Array.of(260), Uint32Array.of(4, 4), Uint32Array.of(7, 3)])
        await expect((async () => unlearner.forget(trained, rows, { kernels }))()).rejects.toMatchObject({
          code: "bad-input",
        });
    });

    if (traits.left !== undefined) {
      const { left } = traits;
      test.each(["row", "user"] as const)(
        "a %s: leaves little of the distance to the retrained model",
        async (what) => {
          const rows = sets[what === "row" ? 0 : 1][1];
          const found = predictions((await unlearner.forget(trained, rows, { kernels })).trained);
          const again = await train(objective.without(rows), { kernels, tolerance: 1e-9, seed: 31 });
          const distance = rmsBetween(predictions(trained), predictions(again));
          expect(distance).toBeGreaterThan(1e-3);
          expect(rmsBetween(found, predictions(again)) / distance).toBeLessThan(left[what]);
        },
      );
    }
  });
}

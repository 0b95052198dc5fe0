/** Objectives on scores: every combination under the contract, what is refused, and matrix factorization in its other form. */

import { describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { dotProduct } from "../../src/model/dot-product.ts";
import { modelKinds } from "../../src/model/index.ts";
import type { ModelKind } from "../../src/model/model.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { bpr, multinomial, squared } from "../../src/objective/loss.ts";
import { drawNegatives, indexKeys } from "../../src/objective/negatives.ts";
import { type ScoredSettings, scoredObjective } from "../../src/objective/scored.ts";
import { smallSettings } from "../model/small-settings.ts";
import { anyParams, evaluate, expectNear, scraps, settingsOf, tastes } from "../small.ts";
import { casesOf } from "./cases.ts";
import { scoredContract } from "./scored.contract.ts";

for (const [name, kind] of Object.entries(modelKinds))
  for (const [title, settings] of casesOf(kind, smallSettings[name]?.[0] ?? {})) scoredContract(title, settings);

const plain: ScoredSettings = {
  kind: dotProduct as unknown as ModelKind,
  model: { factors: 3, biases: true },
  loss: squared,
  l2: 0.7,
  l2Shared: 0,
  regularizer: "table",
  extraWeight: 0,
};

describe("squared loss on a dot product is matrix factorization", () => {
  for (const regularizer of ["table", "interaction"] as const)
    test.each([
      ["tastes", tastes],
      ["scraps", scraps],
    ])(`${regularizer} L2, %s`, (_, make) => {
      const interactions = make();
      const fixed = { kind: "fixed", value: 0 } as const;
      const other = factorization(settingsOf({ mean: fixed, l2: 0.7, l2Bias: 0.7, regularizer }), interactions);
      const scored = scoredObjective({ ...plain, regularizer }, interactions);
      const params = anyParams(other);
      // There a row holds its bias after its factors; here biases are tensors of their own.
      const [rows, width] = [interactions.userCount + interactions.itemCount, 3];
      const place = (k: number) => {
        const [row, f] = [Math.floor(k / (width + 1)), k % (width + 1)];
        return f < width ? row * width + f : rows * width + row;
      };
      const turned = new Float64Array(params.length);
      params.forEach((x, k) => {
        turned[place(k)] = x;
      });
      const { value, gradient } = evaluate(other, params);
      const found = new Float64Array(params.length);
      expectNear([scored.evaluate(turned, found)], [value], 1e-13);
      expectNear(
        found.map((_, k) => found[place(k)]),
        gradient,
        1e-12,
      );
    });
});

describe("what does not fit is refused by name", () => {
  const sampling = { perRow: 2, seed: 1, semantics: "frozen" } as const;
  const interactions = scraps();
  const refused: readonly (readonly [string, Partial<ScoredSettings>])[] = [
    ["bpr", { loss: bpr }],
    ["multinomial", { loss: multinomial, sampling }],
    ["l2", { l2: -1 }],
    ["l2", { l2: Number.NaN }],
    ["l2-shared", { l2Shared: Number.POSITIVE_INFINITY }],
    ["extra weight", { extraWeight: -0.1 }],
    ["negatives", { sampling: { ...sampling, perRow: 0 } }],
    ["negatives", { sampling: { ...sampling, perRow: 1.5 } }],
    ["factors", { model: { factors: 0 } }],
    ["warp", { model: { warp: 1 } }],
  ];
  test.each(refused)("%s: %o", (name, over) => {
    try {
      scoredObjective({ ...plain, ...over }, interactions);
    } catch (error) {
      expect(error).toBeInstanceOf(LetheError);
      expect((error as LetheError).code).toBe("bad-input");
      expect((error as LetheError).message).toContain(name);
      return;
    }
    expect.fail("taken");
  });

  test("negatives of other rows", () => {
    const keys = indexKeys(interactions);
    const negatives = drawNegatives(interactions, keys, sampling);
    const settings = { ...plain, loss: bpr, sampling };
    expect(() => scoredObjective(settings, interactions, keys, negatives.subarray(2))).toThrow(/negatives/);
    expect(() => scoredObjective(plain, interactions, keys, negatives)).toThrow(/negatives/);
  });

  test("rows that are not ascending or not there", () => {
    const objective = scoredObjective({ ...plain, loss: bpr, sampling }, interactions);
    for (const rows of [[3, 2], [4, 4], [interactions.size]])
      expect(() => objective.without(Uint32Array.from(rows))).toThrow(LetheError);
  });
});

test("settings are kept whole, so that what is stored builds the same model", () => {
  const objective = scoredObjective({ ...plain, model: {} }, scraps());
  expect(objective.settings.model).toEqual(dotProduct.settings({}));
});

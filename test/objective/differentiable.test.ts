/** Objectives of any model: every combination under the contract, and what is refused. */

import { describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { modelKinds } from "../../src/model/index.ts";
import { matrixFactorization } from "../../src/model/matrix-factorization.ts";
import type { ModelKind, ModelSettings } from "../../src/model/model.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { bpr, ials, logistic, multinomial, squared } from "../../src/objective/loss.ts";
import { drawNegatives, indexKeys } from "../../src/objective/negatives.ts";
import type { ObjectiveSettings } from "../../src/objective/objective.ts";
import { smallSettings } from "../model/small-settings.ts";
import { expectNear, normals, scraps } from "../support/small.ts";
import { casesOf } from "./cases.ts";
import { objectiveContract } from "./objective.contract.ts";
import { gradientOf } from "./subject.ts";

for (const [name, kind] of Object.entries(modelKinds))
  for (const [title, settings] of casesOf(kind, smallSettings[name]?.[0] ?? {})) objectiveContract(title, settings);
// Biases on one side, and a mean that is learned or not.
for (const model of [
  { factors: 2, biases: true, mean: "learned" },
  { factors: 2, biases: "items", mean: 0.4 },
])
  for (const [title, settings] of casesOf(modelKinds.mf, model)) objectiveContract(title, settings);

const plain: ObjectiveSettings = {
  kind: matrixFactorization as unknown as ModelKind,
  model: { factors: 3, biases: true },
  loss: squared,
  l2: 0.7,
  l2Shared: 0,
  regularizer: "table",
  extraWeight: 0,
};

describe("a pairwise loss knows of no user biases and no mean", () => {
  const sampling = { perRow: 2, seed: 1, semantics: "frozen" } as const;
  const ranking = { ...plain, loss: bpr, sampling };
  test.each<ModelSettings>([
    { biases: true },
    { biases: true, mean: "learned" },
    { biases: "items", mean: "learned" },
    { biases: false, mean: 0.5 },
    { mean: "learned" },
  ])("%o is refused", (model) => {
    expect(() => differentiable({ ...ranking, model }, scraps())).toThrow(
      expect.objectContaining({ code: "bad-input", message: expect.stringContaining("bpr") }),
    );
    for (const loss of [squared, logistic])
      expect(() => differentiable({ ...plain, loss, model }, scraps())).not.toThrow();
  });

  test.each<ModelSettings>([{ biases: "items" }, { biases: "items", mean: 0 }, { biases: false }, {}])(
    "%o is not",
    (model) => {
      expect(() => differentiable({ ...ranking, model }, scraps())).not.toThrow();
    },
  );
});

describe("matrix factorization with everything, under a loss without closed forms", () => {
  for (const regularizer of ["table", "interaction"] as const)
    for (const sampling of [undefined, { perRow: 2, seed: 5, semantics: "frozen" } as const])
      test(`has the gradient of finite differences: ${regularizer} L2, ${sampling ? "" : "no "}negatives`, () => {
        const model = { factors: 3, biases: true, mean: "learned" };
        const over = { model, loss: logistic, sampling, l2: 0.7, l2Bias: 0.2, regularizer };
        const objective = differentiable({ ...plain, ...over }, scraps());
        const params = normals(objective.parameterCount, 4).map((x) => 0.6 * x);
        const at = (k: number, by: number) => objective.evaluate(params.with(k, params[k] + by));
        const wanted = params.map((_, k) => (at(k, 1e-5) - at(k, -1e-5)) / 2e-5);
        expectNear(gradientOf(objective, params), wanted, 1e-8);
        expect(Math.abs(wanted[wanted.length - 1])).toBeGreaterThan(0.1);
      });
});

describe("what does not fit is refused by name", () => {
  const sampling = { perRow: 2, seed: 1, semantics: "frozen" } as const;
  const interactions = scraps();
  const refused: readonly (readonly [string, Partial<ObjectiveSettings>])[] = [
    ["bpr", { loss: bpr, model: { factors: 3 } }],
    ["l2-bias", { l2Bias: -1 }],
    ["ials", { kind: modelKinds.gmf, model: {}, loss: ials({ base: 1, alpha: 1 }) }],
    ["ials", { loss: ials({ base: 1, alpha: 1 }), model: { factors: 3 }, sampling }],
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
      differentiable({ ...plain, ...over }, interactions);
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
    const settings = { ...plain, model: { factors: 3 }, loss: bpr, sampling };
    const less = { negatives: negatives.subarray(2) };
    expect(() => differentiable(settings, interactions, keys, less)).toThrow(/negatives/);
    expect(() => differentiable(plain, interactions, keys, { negatives })).toThrow(/negatives/);
  });

  test("rows that are not ascending or not there", () => {
    const objective = differentiable({ ...plain, model: { factors: 3 }, loss: bpr, sampling }, interactions);
    for (const rows of [[3, 2], [4, 4], [interactions.size]])
      expect(() => objective.without(Uint32Array.from(rows))).toThrow(LetheError);
  });
});

test("settings are kept whole, so that what is stored builds the same model", () => {
  const objective = differentiable({ ...plain, model: {} }, scraps());
  expect(objective.settings.model).toEqual(matrixFactorization.settings({}));
});

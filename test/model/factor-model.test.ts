/** Laws of parameters of closed forms as a scoring function. */

import { describe, expect, test } from "vitest";
import type { FactorShape } from "../../src/kernel/kernels.ts";
import { meanOf, models, paramsOf, score, scores, scoresOfUser, tablesOf } from "../../src/model/index.ts";
import { factorization } from "../../src/objective/factorization.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import { anyParams, expectNear, forms, scraps, trainedAt } from "../support/small.ts";

describe.each(forms)("%s", (_, settings) => {
  const objective = factorization(settings, scraps());
  const shape: FactorShape = objective.shape;
  const model = modelOf(trainedAt(objective, anyParams(objective)));

  test("a score is mean + biases + dot product, read from the tables", () => {
    const { userFactors, itemFactors, userBias, itemBias, mean } = tablesOf(model);
    expect(mean).toBe(settings.mean.kind === "fixed" ? settings.mean.value : 3.1);
    for (let u = 0; u < shape.userCount; u++)
      for (let i = 0; i < shape.itemCount; i++) {
        let sum = mean + (userBias?.[u] ?? 0) + (itemBias?.[i] ?? 0);
        for (let f = 0; f < 3; f++) sum += userFactors[u * 3 + f] * itemFactors[i * 3 + f];
        expectNear([score(model, u, i)], [sum]);
      }
  });

  test("tables and flat parameters are the same numbers, both ways", () => {
    const tables = tablesOf(model);
    expect(paramsOf(shape, tables)).toEqual(model.params);
    expect(tablesOf({ ...model, params: paramsOf(shape, tables) })).toEqual(tables);
    expect(tables.userBias === undefined).toBe(!settings.biases);
    expect(tables.itemBias === undefined).toBe(!settings.biases);
    expect(meanOf(model)).toBe(tables.mean);
  });

  test("many scores are the single ones", () => {
    const row = scoresOfUser(model, 2);
    expect(row.length).toBe(shape.itemCount);
    row.forEach((s, i) => {
      expect(s).toBe(score(model, 2, i));
    });
    expect(Array.from(scores(model, [4, 0, 4], [1, 5, 0]))).toEqual([
      score(model, 4, 1),
      score(model, 0, 5),
      score(model, 4, 0),
    ]);
  });
});

test("the catalogue names each model once", () => {
  const names = models.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(0);
});

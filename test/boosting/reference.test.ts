/** Boosted trees beside a reference implementation, on the same features of real ratings. */

import { expect } from "vitest";
import { featuresOn, reference } from "../../bench/boosting.ts";
import { trainBooster } from "../../src/boosting/boost.ts";
import { boosted } from "../../src/boosting/ensemble.ts";
import { boostingSettings } from "../../src/boosting/settings.ts";
import { readInteractions } from "../../src/data/reading.ts";
import { rmse } from "../../src/evaluation/rating.ts";
import { testOn } from "../support/data-sets.ts";

testOn(["ml-100k/ml-100k.inter"], "trees are within 1 % of scikit-learn's on held-out ratings", async (file) => {
  const { train, test } = featuresOn((await readInteractions(file)).dataset);
  const booster = await trainBooster(train, boostingSettings({ loss: "squared" }));
  const error = rmse(boosted(booster, test.features), test.labels);
  expect(Math.abs(error / reference - 1)).toBeLessThan(0.01);
});

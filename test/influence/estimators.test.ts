/** Every estimator of the catalogue under the contract of influence. */

import { expect, test } from "vitest";
import { estimators } from "../../src/influence/index.ts";
import { type EstimatorTraits, estimatorContract } from "./estimator.contract.ts";

const block: EstimatorTraits = { sign: 1, near: true, linear: true, accuracy: 1e-10, leak: 0, error: 0.25 };
const full: EstimatorTraits = { sign: 1, near: false, linear: true, accuracy: 1e-7, leak: 1e-6, error: 0.25 };

const traits: Record<string, EstimatorTraits> = {
  "fast-influence": { ...block, error: 0.15 },
  "fast-influence-block": block,
  "fast-influence-text": { ...block, error: undefined },
  "fast-influence-code": { ...block, sign: -1, error: undefined },
  "influence-function": full,
  "newton-step": { ...full, linear: false, error: 0.01 },
  "leave-one-out": { ...full, linear: false, error: 1e-12 },
};

test("no estimator escapes", () => {
  expect(Object.keys(traits).sort()).toEqual(Object.keys(estimators).sort());
});

for (const [name, make] of Object.entries(estimators)) if (name in traits) estimatorContract(name, make, traits[name]);

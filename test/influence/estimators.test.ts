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

/** Contributions share a score out: they are no estimate of leave-one-out, and have tests of their own. */
const others = ["contributions"];

test("no estimator escapes", () => {
  const known = Object.keys(estimators).filter((name) => estimators[name].factorization !== undefined);
  expect([...Object.keys(traits), ...others].sort()).toEqual(known.sort());
});

for (const [name, { factorization }] of Object.entries(estimators))
  if (factorization !== undefined && name in traits) estimatorContract(name, factorization, traits[name]);

/** Every unlearner of the catalogue under the contract of unlearning. */

import { expect, test } from "vitest";
import { unlearners } from "../../src/unlearning/index.ts";
import { type UnlearnerTraits, unlearnerContract } from "./unlearner.contract.ts";

const step: UnlearnerTraits = { guarantee: "approximate", stays: true, accuracy: 1e-6, left: undefined };

const traits: Record<string, UnlearnerTraits> = {
  exact: { guarantee: "certified", stays: true, accuracy: 1e-6, left: { row: 1e-6, user: 1e-6 } },
  retrain: { guarantee: "exact", stays: false, accuracy: 1e-6, left: { row: 1e-6, user: 1e-6 } },
  newton: { ...step, left: { row: 0.1, user: 0.4 } },
  "influence-function": { ...step, left: { row: 0.5, user: 0.9 } },
  cif: step,
  sif: { ...step, left: { row: 0.97, user: 0.95 } },
  scif: step,
};

test("no unlearner escapes", () => {
  const known = Object.keys(unlearners).filter((name) => unlearners[name].factorization !== undefined);
  expect(Object.keys(traits).sort()).toEqual(known.sort());
});

for (const [name, { factorization }] of Object.entries(unlearners))
  if (factorization !== undefined && name in traits) unlearnerContract(name, factorization, traits[name]);

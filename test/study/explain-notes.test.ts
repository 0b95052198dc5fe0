/** What is said of an explanation's numbers fits the method: some are about an optimum, and some about the training. */

import { expect, test } from "vitest";
import { worth } from "../../src/study/cases/explain-notes.ts";
import { walked } from "../support/walked.ts";

test("only methods that are about an optimum warn of a model that is at none", async () => {
  const model = await walked("mf-bpr");
  for (const name of ["influence-function", "fast-influence", "newton-step"])
    expect(worth(model, name)).toContain("the model is at no optimum");
  for (const name of ["tracin", "hydra", "hydra-fast", "sgd-influence"])
    expect(worth(model, name)).toBe("; along the steps of the training as it was, which need not end at an optimum");
  expect(worth(model, "leave-one-out")).toContain("trained again");
});

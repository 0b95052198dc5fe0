/** What is said beside explanations of boosters, and which method is usual for them. */

import { expect, test } from "vitest";
import { noteOf } from "../../src/study/cases/explain-notes.ts";
import { usualEstimator } from "../../src/study/choosing/methods.ts";
import { optimum } from "../support/subjects.ts";
import { twinModel, twinRatings } from "../support/twin-booster.ts";

test("the usual estimator of trees trains none of them again", async () => {
  expect(usualEstimator(twinModel(twinRatings()))).toBe("leaf-influence");
  expect(usualEstimator(await optimum("mf"))).toBe("fast-influence");
});

test("a note says that splits stay, or that a row is charged in common leaves", () => {
  for (const method of ["leaf-refit", "leaf-influence"])
    expect(noteOf(method, undefined, "rating")).toContain("splits");
  expect(noteOf("boostin", undefined, "score")).toContain("leaves that rows share");
  expect(noteOf("trex", undefined, "score")).toContain("share of the score");
  expect(noteOf("leave-one-out", undefined, "score")).not.toMatch(/splits|leaves/);
});

/** The laws of valuers, for every one of the catalogue on small models that it admits. */

import { expect, test } from "vitest";
import { namesOf } from "../../src/method/index.ts";
import { valuers } from "../../src/valuation/index.ts";

test("every valuer has one name", () => {
  expect(new Set(namesOf(valuers)).size).toBe(valuers.methods.length);
});

/** Ids that look alike have one form, others have not. */

import { describe, expect, test } from "vitest";
import { formOf, formsOf, nearIds } from "../../src/data/likeness.ts";

describe("look-alikes", () => {
  test.each([
    ["numbers however written", ["3", "3.0", "0003", " 3 ", "+3", "3.000", "\uff13"]],
    ["names in any case", ["anna", "Anna", "ANNA ", "\uff21\uff2e\uff2e\uff21"]],
    ["composed and decomposed letters", ["Zo\u00eb", "Zoe\u0308", "zo\u00eb"]],
    ["negative numbers", ["-7", "-07", "-7.0"]],
    ["zeros", ["0", "00", "-0", "0.0"]],
    ["letters and digits", ["a-1_b", "A-1_B"]],
  ])("%s have one form", (_, ids) => {
    expect(new Set(ids.map(formOf)).size).toBe(1);
    expect([...formsOf(ids).values()]).toEqual([[...ids.keys()]]);
    expect(nearIds(ids, ids[0])).toEqual(ids);
  });

  test("others keep theirs", () => {
    const ids = ["3", "30", "-3", "3.5", "3.50", "a3", "anna", "ann a", "1e3", "1000", "u_1", "u1"];
    expect(new Set(ids.map(formOf)).size).toBe(ids.length);
  });
});

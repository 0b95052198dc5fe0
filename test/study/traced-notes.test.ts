/** Explanations say which part of the parameters a traced method looks through. */

import { expect, test } from "vitest";
import { noteOf } from "../../src/study/cases/explain-notes.ts";

test.each([
  ["tracin-cp", "through all parameters"],
  ["tracin-last", "through the last layer alone"],
  ["tracin-we", "through the rows of users and items alone"],
])("the note of %s says that it goes %s", (method, words) => {
  expect(noteOf(method, undefined, "rating")).toContain(words);
});

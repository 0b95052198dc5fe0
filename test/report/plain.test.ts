/** Laws of findings that do not say how they are shown: every name and value is there, whatever its form. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { plainParts, tabular } from "../../src/report/index.ts";

/** Every value that is no object, in order. */
function leavesOf(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  return typeof value === "object" ? Object.values(value).flatMap(leavesOf) : [value];
}

test("no value is lost, and none is made up", () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
  const { finding } = fc.letrec((tie) => ({
    finding: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.dictionary(fc.string(), tie("finding")),
      fc.array(tie("finding")),
    ),
  }));
  fc.assert(
    fc.property(finding, (value) => {
      const cells = plainParts(value).flatMap((part) => tabular(part).rows.flatMap((row) => row.slice(1)));
      const told = cells.filter((cell) => cell !== null && cell !== "").map(String);
      const wanted = leavesOf(value)
        .map(String)
        .filter((text) => text !== "");
      expect(told.toSorted()).toEqual(wanted.toSorted());
    }),
  );
});

test("numbers are under their names, and what has the same numbers is one table", () => {
  expect(plainParts({ rmsBefore: 2, left: { a: { n: 1, rmse: 2 }, b: { n: 3, rmse: 4 } }, no: null })).toEqual([
    { kind: "numbers", title: "", entries: [{ label: "RMS before", value: 2 }] },
    {
      kind: "table",
      title: "left",
      header: ["", "n", "RMSE"],
      rows: [
        ["a", 1, 2],
        ["b", 3, 4],
      ],
    },
  ]);
  expect(plainParts(null)).toEqual([]);
});

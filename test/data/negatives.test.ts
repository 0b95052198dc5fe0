/** Files of negatives: read as written, refused by line, and turned into indices. */

import { describe, expect, test } from "vitest";
import { idsOf } from "../../src/data/dataset.ts";
import { indexNegatives, readNegatives } from "../../src/data/reading.ts";
import { LetheError } from "../../src/errors.ts";
import { testOn } from "../support/data-sets.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();

test.each(["\n", "\r\n"])("lines that end in %j are a pair and its negatives", async (end) => {
  const content = ["(0,25)\t1064\t174\t25", "(ann, x y)\té", ""].join(end);
  for (const name of ["plain.negative", "zipped.negative.gz"])
    expect(await readNegatives(folder.write(name, content))).toEqual({
      users: ["0", "ann"],
      items: ["25", "x y"],
      negatives: [["1064", "174", "25"], ["é"]],
    });
});

describe("defects", () => {
  test.each([
    { what: "an empty file", content: "", says: ["line 1", "an empty file", "(user,item)"] },
    { what: "no pair", content: "(1,2)\t3\n4\t5\n", says: ["line 2", '"4"', "(user,item)"] },
    { what: "a pair of three", content: "(1,2,3)\t3\n", says: ["line 1", '"(1,2,3)"', "(user,item)"] },
    { what: "an open pair", content: "(1,2\t3\n", says: ["line 1", '"(1,2"', "(user,item)"] },
    { what: "a pair alone", content: "(1,2)\t3\n(4,5)\n", says: ["line 2", "1 field", "a negative"] },
    { what: "spaces for tabs", content: "(1,2) 3 4\n", says: ["line 1", '"(1,2) 3 4"', "(user,item)"] },
    { what: "an empty user", content: "(,2)\t3\n", says: ["line 1", "an empty id of the user"] },
    { what: "an empty item", content: "(1,)\t3\n", says: ["line 1", "an empty id of the item"] },
    { what: "an empty negative", content: "(1,2)\t3\n(1,2)\t3\t\t4\n", says: ["line 2", "an empty id of the item"] },
    { what: "a tab at the end", content: "(1,2)\t3\t\n", says: ["line 1", "an empty id of the item"] },
    { what: "a long negative", content: `(1,2)\t${"x".repeat(300)}\n`, says: ["line 1", "300 bytes"] },
    { what: "an empty line", content: "(1,2)\t3\n\n(1,2)\t3\n", says: ["line 2", "an empty line"] },
  ])("$what", async ({ content, says }) => {
    const file = folder.write("bad.negative", content);
    await expectDefect(readNegatives(file), `${file}, `, ...says);
  });
});

test("ids become indices, and unknown ones −1", () => {
  const read = { users: ["b", "z"], items: ["2", "1"], negatives: [["1", "9", "2"], []] };
  expect(indexNegatives(read, idsOf(["a", "b"]), idsOf(["1", "2"]))).toEqual({
    users: Int32Array.of(1, -1),
    items: Int32Array.of(1, 0),
    negatives: [Int32Array.of(0, -1, 1), new Int32Array()],
  });
  expect(() => indexNegatives({ ...read, items: ["2"] }, idsOf(["a"]), idsOf(["1"]))).toThrow(LetheError);
});

testOn(["ml-1m/ncf/ml-1m.test.negative"], "the negatives of Neural Collaborative Filtering", async (file) => {
  const { users, items, negatives } = await readNegatives(file);
  expect([users.length, users[0], items[0], negatives[0][0]]).toEqual([6_040, "0", "25", "1064"]);
  expect(negatives.every((list) => list.length === 99)).toBe(true);
  expect(negatives.filter((list, n) => list.includes(items[n])).length).toBe(156);
});

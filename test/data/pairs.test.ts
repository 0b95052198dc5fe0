/** Files of pairs. */

import { describe, expect, test } from "vitest";
import { readPairs } from "../../src/data/reading.ts";
import type { LetheError } from "../../src/errors.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();
const expected = { users: ["u 1", "José", "u 1"], items: ["a", "b", "a"] };

describe("readPairs", () => {
  test.each([
    ["plain.csv", "u 1,a\nJosé,b\nu 1,a\n"],
    ["header.csv", "user,item\nu 1,a\nJosé,b\nu 1,a\n"],
    ["extra.csv", "user,item,rating\nu 1,a,3\nJosé,b\nu 1,a,5,x\n"],
    ["order.csv", 'time,movieId,userId\r\n1,"a",u 1\r\n2,b,"José"\r\n3,a,u 1'],
    ["plain.tsv", "u 1\ta\t5\nJosé\tb\t4\nu 1\ta\t4\n\n"],
    ["plain.dat", "u 1::a::5::1\nJosé::b::4::2\nu 1::a::4::3\n"],
    ["typed.inter", "user_id:token\titem_id:token\nu 1\ta\nJosé\tb\nu 1\ta\n"],
    ["marked.csv.gz", "\ufeffuser,item\nu 1,a\nJosé,b\nu 1,a\n"],
  ])("%s", async (name, content) => {
    expect(await readPairs(folder.write(name, content), "rows to forget")).toMatchObject(expected);
  });

  test.each([
    { what: "an empty file", content: "", says: ["line 1", "an empty file", "rows to forget"] },
    { what: "a header alone", content: "user,item\n", says: ["line 1", "no rows", "rows to forget"] },
    { what: "one column", content: "user\nu1\n", says: ["line 1", '"user"', "commas, tabs, ::"] },
    { what: "half a header", content: "user,when\nu1,i1\n", says: ["line 1", '"user,when"', "both user and item"] },
    {
      what: "a header of other words",
      content: "who,what\n3,5\n",
      says: ["line 1", '"who,what"', "both user and item"],
    },
    { what: "half of one", content: "who,5\n3,5\n4,5\n3,6\n", says: ["line 1", '"who,5"', "both user and item"] },
    { what: "a short row", content: "user,item\nu1,i1\nu2\n", says: ["line 3", "1 field,", "2 or more"] },
    { what: "an empty user", content: "u1,i1\n,i2\n", says: ["line 2", "an empty id of the user"] },
    { what: "an empty item", content: "u1,i1\nu2,\n", says: ["line 2", "an empty id of the item"] },
    { what: "a long id", content: `u1,i1\nu2,${"x".repeat(300)}\n`, says: ["line 2", "300 bytes"] },
    { what: "a control character", content: "u1,i1\nu2,a\u0007\n", says: ["line 2", "control character"] },
    { what: "a blank line", content: "u1,i1\n\nu2,i2\n", says: ["line 2", "an empty line"] },
    { what: "not UTF-8", content: Buffer.from("u1,i1\nu2,caf\xe9\n", "latin1"), says: ["line 2", "not UTF-8"] },
  ])("defect: $what", async ({ content, says }) => {
    const file = folder.write("pairs.csv", content);
    await expectDefect(readPairs(file, "rows to forget"), `${file}, `, ...says);
  });

  test("a header of other words is answered with the columns that read it, and lines are told", async () => {
    const file = folder.write("words.csv", "when,who,what\n9,3,50\n8,4,60\n9,3,70\n");
    const refused = await readPairs(file).catch((error: LetheError) => error);
    const [, columns] = /`columns` (\S+?)[;\s]/.exec((refused as LetheError).advice ?? "") ?? [];
    expect(columns?.split(",").length).toBeGreaterThanOrEqual(2);
    expect((await readPairs(file, "pairs", { columns })).users).toHaveLength(3);
    expect(await readPairs(file, "pairs", { columns: "who,what" })).toEqual({
      ...{ users: ["3", "4", "3"], items: ["50", "60", "70"] },
      lines: [2, 3, 4],
    });
    expect((await readPairs(folder.write("bare.csv", "9,3,50\n8,4,60\n"), "pairs", { columns: "1,2" })).lines).toEqual([
      1, 2,
    ]);
  });

  test("names among ids are no header: one word above few numbers, or words below", async () => {
    for (const content of ["anna,5\n3,5\n", "anna,5\n3,bob\n", "anna,bob\ncarl,dora\n"])
      expect((await readPairs(folder.write("names.csv", content))).users[0]).toBe("anna");
  });
});

/** Lines of a user and the user's items: read as written, told from tables where they can be, and refused by line. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { looksLikeLists } from "../../src/data/reading/lists.ts";
import { type FileFormat, type Reading, readInteractions } from "../../src/data/reading.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();

function pairsOf({ dataset: { interactions, userIds, itemIds } }: Reading): [string, string][] {
  return Array.from(interactions.ratings, (_, k) => [
    userIds.list[interactions.users[k]],
    itemIds.list[interactions.items[k]],
  ]);
}

const line = fc.record({ user: fc.nat(20), items: fc.array(fc.nat(30), { maxLength: 6 }) });
const files = fc
  .array(line, { minLength: 1, maxLength: 12 })
  .filter((lines) => lines.some(({ items }) => items.length > 0));
const variants = fc.record({
  end: fc.constantFrom("\n", "\r\n"),
  mark: fc.constantFrom("", "\ufeff"),
  tail: fc.constantFrom("", "\n", " \n", "\n\n"),
  gap: fc.constantFrom(" ", "  "),
  gzip: fc.boolean(),
});

test("every item of a line is a row with the rating 1, and a user without items is a user", async () => {
  await fc.assert(
    fc.asyncProperty(files, variants, async (lines, { end, mark, tail, gap, gzip }) => {
      const content = mark + lines.map(({ user, items }) => [user, ...items].join(gap)).join(end) + tail;
      const file = folder.write(gzip ? "lists.txt.gz" : "lists.txt", content);
      const reading = await readInteractions(file, { format: "lists" });
      const pairs = lines.flatMap(({ user, items }) => items.map((item) => [String(user), String(item)]));
      expect(pairsOf(reading)).toEqual(pairs);
      expect([reading.format, reading.rows]).toEqual(["lists", pairs.length]);
      expect(reading.dataset.interactions.ratings.every((rating) => rating === 1)).toBe(true);
      expect(reading.dataset.interactions.times).toBeUndefined();
      expect(reading.dataset.userIds.list).toEqual([...new Set(lines.map(({ user }) => String(user)))]);
      // Without the option the same is read, or a table that says so, or nothing.
      const lengths = new Set(lines.map(({ items }) => items.length));
      if (lengths.size > 1) expect(await readInteractions(file)).toMatchObject({ rows: pairs.length });
      else if (lengths.has(2) || lengths.has(3))
        expect((await readInteractions(file)).notes[0]).toMatch(/a table of user, item, rating.* `format` lists/);
      else expect((await expectDefect(readInteractions(file), "line 1")).advice).toContain("lists");
    }),
  );
});

test("ids may be any text without blanks, and tabs may stand for spaces", async () => {
  const file = folder.write("named.txt", "ann dune,1 émile\nbob\tdune,1\t\tx::y \n");
  expect(pairsOf(await readInteractions(file, { format: "lists" }))).toEqual([
    ["ann", "dune,1"],
    ["ann", "émile"],
    ["bob", "dune,1"],
    ["bob", "x::y"],
  ]);
});

describe("lists are told from tables", () => {
  test.each([
    ["1 2 3\n4 5\n", true],
    ["1\n4 5\n", true],
    ["1 2 3\n4 5 6\n", false],
    ["1 2 3\n", false],
    ["ann 2 3\nbob 5\n", false],
    ["1 2.5\n4 5 6\n", false],
    ["1,2\n4 5 6\n", false],
    ["1\t2\n4 5 6\n", false],
    ["1 2 3\n\n4 5\n", false],
    ["", false],
  ])("%j: %s", (text, lists) => {
    expect(looksLikeLists(Buffer.from(text), true)).toBe(lists);
  });

  test("not by a line that is cut off", () => {
    expect(looksLikeLists(Buffer.from("1 2 3\n4 5 6\n7 8"), false)).toBe(false);
    expect(looksLikeLists(Buffer.from("1 2 3\n4 5 6\n7 8"), true)).toBe(true);
  });

  test("what could be either is read as a table, and says so", async () => {
    const file = folder.write("either.txt", "1 2 3\n4 5 6\n");
    const reading = await readInteractions(file);
    expect([reading.rows, reading.separator, [...reading.dataset.interactions.ratings]]).toEqual([2, " ", [3, 6]]);
    expect(reading.notes.join()).toContain("give `format` lists");
    expect((await readInteractions(file, { format: "lists" })).rows).toBe(4);
    expect((await readInteractions(file, { format: "lists" })).notes).toEqual([]);
  });

  test("not where columns are chosen or a table is asked for", async () => {
    const file = folder.write("table.txt", "1 2 3\n4 5\n");
    await expectDefect(readInteractions(file, { columns: "0,1" }), "line 2", "3 as in line 1");
    await expectDefect(readInteractions(file, { format: "table" }), "line 2", "3 as in line 1");
  });

  test("in a file of many blocks too", async () => {
    const lines = Array.from({ length: 60_000 }, (_, k) => `${k} ${"12345 ".repeat(1 + (k % 9))}7`);
    for (const name of ["many.txt", "many.txt.gz"]) {
      const reading = await readInteractions(folder.write(name, lines.join("\n")));
      expect([reading.format, reading.dataset.userIds.size]).toEqual(["lists", 60_000]);
      expect(reading.rows).toBe(lines.reduce((sum, text) => sum + text.split(" ").length - 1, 0));
    }
  });
});

describe("defects", () => {
  const long = "9".repeat(257);
  test.each([
    { what: "an empty file", content: "", says: ["line 1", "an empty file", "lines of a user"] },
    { what: "users alone", content: "1\n2\n", says: ["line 1", "users without items"] },
    { what: "an empty line", content: "1 2\n\n3 4\n", says: ["line 2", "an empty line"] },
    { what: "a line of tabs", content: "1 2\n\t\t\n3 4\n", says: ["line 2", "a line of blanks"] },
    { what: "a user too long", content: `1 2\n${long} 4\n`, says: ["line 2", "257 bytes of the user"] },
    { what: "an item too long", content: `1 2\n3 4 ${long}\n`, says: ["line 2", "257 bytes of the item"] },
    { what: "a control character", content: "1 2\n3 \u0007\n", says: ["line 2", "control character of the item"] },
    { what: "not UTF-8", content: Buffer.from("1 2\n3 caf\xe9\n", "latin1"), says: ["line 2", "not UTF-8"] },
    { what: "a NUL byte", content: "1 2\n3 \0\n", says: ["line 2", "NUL"] },
  ])("$what", async ({ content, says }) => {
    const file = folder.write("bad.txt", content);
    await expectDefect(readInteractions(file, { format: "lists" }), `${file}, `, ...says);
  });

  test("a pair repeated under error, in another line or in the same", async () => {
    const options = { format: "lists", duplicates: "error" } as const;
    await expectDefect(readInteractions(folder.write("twice.txt", "1 2 3\n4 5\n1 6 3\n"), options), "line 3", "line 1");
    await expectDefect(
      readInteractions(folder.write("twice.txt", "1 2 3\n4 5 6 5\n"), options),
      "line 2",
      "seen in line 2",
    );
  });

  test("columns of lists, and formats that do not exist", async () => {
    const file = folder.write("fine.txt", "1 2 3\n4 5\n");
    await expectDefect(readInteractions(file, { format: "lists", columns: "0,1" }), "no columns");
    await expectDefect(readInteractions(file, { format: "xml" as FileFormat }), '"xml"', "table, lists, parquet");
  });
});

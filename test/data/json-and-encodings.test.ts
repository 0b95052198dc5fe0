/** Lines of JSON read as the same table does; texts in UTF-16 too; formats that are not read are named, with what to do. */

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Reading, type ReadingOptions, readIdList, readInteractions, readPairs } from "../../src/data/reading.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();

const read = (name: string, content: string | Uint8Array, options?: ReadingOptions) =>
  readInteractions(folder.write(name, content), options);

const rowsOf = ({ dataset: { interactions, userIds, itemIds } }: Reading) =>
  Array.from(interactions.ratings, (rating, k) => [
    userIds.list[interactions.users[k]],
    itemIds.list[interactions.items[k]],
    rating,
    interactions.times?.[k],
  ]);

describe("lines of JSON", () => {
  const text = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .map((id) => id.replace(/\p{Cc}/gu, "").trim());
  const id = fc.oneof(
    fc.nat(),
    text.filter((id) => id !== ""),
  );
  const row = fc.record({
    user_id: id,
    asin: id,
    overall: fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
    unixReviewTime: fc.integer({ min: 1, max: 4e9 }),
    summary: fc.anything(),
  });

  test("are the rows of their objects, whatever the order of keys and whatever else is there", async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 10 }), async (rows) => {
        const lines = rows.map((of, k) =>
          JSON.stringify(k % 2 === 0 ? of : Object.fromEntries(Object.entries(of).toReversed()), (_, value) =>
            typeof value === "bigint" ? null : value,
          ),
        );
        const content = `${lines.join("\n")}\n`;
        const reading = await read(`${number++}.jsonl${number % 2 ? ".gz" : ""}`, content);
        expect(rowsOf(reading)).toEqual(
          rows.map((of) => [String(of.user_id), String(of.asin), of.overall + 0, of.unixReviewTime]),
        );
        expect(reading.format).toBe("json");
      }),
      { numRuns: 50 },
    );
  });

  test("may have columns chosen, and no ratings", async () => {
    const lines = '{"who":"a","what":7,"n":"4.5"}\n{"n":3,"what":"b","who":"c"}\n';
    expect(rowsOf(await read("c.json", lines, { columns: "who,what,n" }))).toEqual([
      ["a", "7", 4.5, undefined],
      ["c", "b", 3, undefined],
    ]);
    const error = await expectDefect(read("c.json", lines), "line 1", "no column for the user");
    expect(error.advice).toContain("`columns` who,what,n");
    const pairs = '{"user":"a","item":"x"}\n';
    expect(rowsOf(await read("p.json", pairs, { rating: "optional" }))).toEqual([["a", "x", 1, undefined]]);
  });

  const good = '{"user":"a","item":"x","rating":1}\n';
  test.each([
    ["a missing key", `${good}{"user":"a","rating":1}\n`, ["line 2", 'no "item" in an object with "user", "rating"']],
    ["a nested id", `${good}{"user":{"id":3},"item":"x","rating":1}\n`, ["line 2", 'an object under "user"']],
    ["a list of items", `${good}{"user":"a","item":["x"],"rating":1}\n`, ["line 2", 'a list under "item"']],
    ["a null rating", `${good}{"user":"a","item":"x","rating":null}\n`, ["line 2", "null", "a finite number"]],
    ["a word as rating", `${good}{"user":"a","item":"x","rating":"good"}\n`, ["line 2", "good"]],
    ["an id beyond doubles", `{"user":12345678901234567890,"item":"x","rating":1}\n`, ["line 1", "below 2⁵³"]],
    ["a broken line", `${good}{"user":"a",\n`, ["line 2", "a whole JSON object in every line"]],
    ["an object over lines", '{\n  "user": "a"\n}\n', ["line 1", "a whole JSON object in every line"]],
    ["an array", `[${good}]`, ["a JSON array"]],
    ["an array over lines", `[\n  ${good}]`, ["a JSON array"]],
  ])("refuse %s", async (_, content, says) => {
    const error = await expectDefect(read("bad.json", content), ...says);
    if (/array|over lines/.test(_)) expect(error.advice).toContain("jq -c");
  });
});

describe("UTF-16", () => {
  const plain = "user;item;rating\nJosé;Дюна;4,5\n☃;𝄞;3\n";
  const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();

  test.each([
    ["little end with a mark", Buffer.from(`\ufeff${plain}`, "utf16le")],
    ["big end with a mark", swapped(Buffer.from(`\ufeff${plain}`, "utf16le"))],
    ["little end", Buffer.from(plain, "utf16le")],
    ["big end", swapped(Buffer.from(plain, "utf16le"))],
    ["gzip", gzipSync(Buffer.from(`\ufeff${plain}`, "utf16le"))],
  ])("%s", async (_, bytes) => {
    expect(rowsOf(await read("wide.csv", bytes)).map((row) => row.slice(0, 3))).toEqual([
      ["José", "Дюна", 4.5],
      ["☃", "𝄞", 3],
    ]);
  });

  test("of pairs and ids, and of many blocks", async () => {
    const wide = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
    expect(await readIdList(`@${folder.write("ids.txt", wide("a\nb\n"))}`)).toEqual(["a", "b"]);
    expect(await readPairs(folder.write("pairs.csv", wide("user,item\na,x\n")))).toMatchObject({
      users: ["a"],
      items: ["x"],
    });
    const lines = Array.from({ length: 90_000 }, (_, k) => `u${k},${"é".repeat(k % 5)}i,1\n`).join("");
    expect((await read("many.csv", wide(lines))).rows).toBe(90_000);
  });

  test("that breaks off is refused", async () => {
    const bytes = Buffer.from(`\ufeff${plain}`, "utf16le");
    await expectDefect(read("cut.csv", bytes.subarray(0, bytes.length - 1)), "not UTF-16");
  });
});

test.each([
  ["a zip archive", "PK\u0003\u0004\u0014\u0000", "unzip"],
  ["zstd data", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), "zstd -d"],
  ["bzip2 data", "BZh91AY&SY", "bunzip2"],
  ["xz data", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), "unxz"],
  ["an SQLite database", "SQLite format 3\0", "CSV"],
  ["an old workbook", Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1]), "CSV"],
])("%s is named, with what to do", async (what, content, advice) => {
  const error = await expectDefect(read("odd.csv", content), what);
  expect(error.advice).toContain(advice);
});

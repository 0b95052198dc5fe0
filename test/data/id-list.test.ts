/** Lists of ids as people keep them: a list in any dress is the plain one, and what is doubtful is refused with a remedy. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readIdList, readIds, readLabels } from "../../src/data/reading.ts";
import type { LetheError } from "../../src/errors.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();
const listIn = (content: string | Uint8Array, options = {}) =>
  readIds(`@${folder.write("list.txt", content)}`, { role: "user", ...options });
const idsIn = async (content: string | Uint8Array, options = {}) => (await listIn(content, options)).ids;

/** Ids of all sorts; those that a plain list cannot hold among them. */
const anyId = fc
  .oneof(
    fc.nat(10_000).map(String),
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
    fc.constantFrom("3.0", "003", "auth0|7", "Smith, John", '"x"', "a;b", "Ａnna", "O'Neil", "#4", "user@example.com"),
  )
  .map((text) => text.trim())
  .filter((text) => text !== "" && !/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= 256);
const anyIds = fc.uniqueArray(anyId, { minLength: 1, maxLength: 12 });
/** Ids that need no quotes. */
const plainIds = fc.uniqueArray(
  anyId.filter((id) => !/[",;\t]/.test(id)),
  { minLength: 1, maxLength: 12 },
);
const inQuotes = (id: string) => `"${id.replaceAll('"', '""')}"`;

describe("a list in any dress is the plain one", () => {
  const dress = fc.record({
    mark: fc.boolean(),
    header: fc.constantFrom(undefined, "user_id", "Customer ID", "id", '"userId"', "subject", "UID"),
    separator: fc.constantFrom(",", ";", "\t"),
    before: fc.nat(2),
    after: fc.nat(2),
    ending: fc.constantFrom("\n", "\r\n"),
    last: fc.boolean(),
    trailing: fc.boolean(),
    blank: fc.array(fc.nat(14), { maxLength: 4 }),
    quotes: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    space: fc.constantFrom("", " ", "\u00a0"),
  });

  test("header, quotes, other columns, blank lines, line ends, marks", async () => {
    await fc.assert(
      fc.asyncProperty(anyIds, dress, async (ids, how) => {
        const { mark, header, separator, ending, last, trailing, blank, quotes, space } = how;
        // Without a header nothing tells which of several columns it is.
        const [before, after] = header === undefined ? [0, 0] : [how.before, how.after];
        const filled = (text: string, cell: (k: number) => string) =>
          [
            ...Array.from({ length: before }, (_, k) => cell(k)),
            text,
            ...Array.from({ length: after }, (_, k) => cell(before + k)),
          ].join(separator) + (trailing ? separator : "");
        const lines = ids.map((id, n) => {
          const quoted = quotes[n] || /[",;\t|]/.test(id) || (header === undefined && n === 0);
          return filled(quoted ? `${space}${inQuotes(id)}${space}` : `${space}${id}${space}`, (k) => `note ${k}`);
        });
        if (header !== undefined) lines.unshift(filled(header, (k) => `column ${k}`));
        for (const place of blank) lines.splice(place, 0, place % 2 === 0 ? "" : " ");
        const text = `${mark ? "\ufeff" : ""}${lines.join(ending)}${last ? ending : ""}`;
        // An id that is itself such a word is told as the header that it may be.
        const { ids: found, header: taken } = await listIn(text);
        expect(taken === undefined ? found : [taken, ...found]).toEqual(
          header === undefined || header === '"userId"' ? (header ? ["userId", ...ids] : ids) : [header, ...ids],
        );
      }),
    );
  });

  test("typed between commas, and in a file of one a line", async () => {
    await fc.assert(
      fc.asyncProperty(anyIds, async (ids) => {
        const typed = ids.map(inQuotes).join(" , ");
        expect((await readIds(typed)).ids).toEqual(ids);
        expect(await readIdList(typed)).toEqual(ids);
      }),
    );
    await fc.assert(
      fc.asyncProperty(plainIds, async (ids) => {
        if (!ids[0].startsWith("@") && ids.join(",") !== "-") expect(await readIdList(ids.join(","))).toEqual(ids);
        const { ids: found, header } = await listIn(ids.join("\n"));
        expect(header === undefined ? found : [header, ...found]).toEqual(ids);
      }),
    );
  });
});

describe("a file", () => {
  test.each([
    ["quotes", '"3"\n"5"\n'],
    ["a header", "user_id\n3\n5\n"],
    ["blank lines", "\n\n3\n\n  \n5\n\n"],
    ["a CSV of requests", "user,reason,received\n3,account closed,2024-01-02\n5,gdpr,2024-02-03\n"],
    ["semicolons", 'received;reason;customer_id\r\n2024-01-02;"closed; by mail";3\r\n2024-02-03;gdpr;"5"\r\n'],
    ["tabs", "Subject ID\treason\n3\tclosed\n5\tgdpr\n"],
    ["bars", "ticket|member|reason\nT-1|3|closed\nT-2|5|gdpr\n"],
    ["trailing commas", "3,,\n5,\n,,\n"],
    ["a mark", "\ufeff3\r\n5\r\n"],
    ["a mark and a header in quotes", '\ufeff"User ID"\n"3"\n"5"'],
    ["the id of the request beside that of the person", "id,user_id\n100,3\n101,5\n"],
    ["repeats", "3\n5\n3\n 5\n"],
  ])("with %s", async (_, content) => {
    expect(await idsIn(content)).toEqual(["3", "5"]);
  });

  test("says how many ids are there more than once, and what it took for a header", async () => {
    expect(await listIn("user_id\n3\n5\n3\n")).toEqual({ ids: ["3", "5"], repeats: 1, header: "user_id" });
    expect(await listIn("3\n5\n")).toEqual({ ids: ["3", "5"], repeats: 0 });
    expect(await listIn("user_id\n")).toEqual({ ids: [], repeats: 0, header: "user_id" });
  });

  test("has the ids in the column that is named, or at a position", async () => {
    const requests = "ref,who,reason\nr1,3,closed\nr2,5,gdpr\n";
    expect(await listIn(requests, { column: "who" })).toEqual({ ids: ["3", "5"], repeats: 0 });
    expect(await idsIn("r1,3\nr2,5\n", { column: "1" })).toEqual(["3", "5"]);
    expect(await idsIn("1\n0\n", { column: "0" })).toEqual(["1", "0"]);
    expect(await idsIn("user,item\n3,9\n5,9\n", { column: "user" })).toEqual(["3", "5"]);
    expect(
      await readIds(`@${folder.write("i.csv", "user,product_id\n1,3\n1,5\n")}`, { column: "product_id" }),
    ).toMatchObject({ ids: ["3", "5"] });
  });

  test.each([
    ["commas", "Smith, John\n3\n", ["Smith, John", "3"]],
    ["commas, some in quotes", 'Smith, John\n"3"\n', ["Smith, John", "3"]],
    ["stray quotes", '"Bob" the 2nd\n"x\n', ['"Bob" the 2nd', '"x']],
    ["what may be columns", "ref,who\nr1,3\n", ["ref,who", "r1,3"]],
  ])("without a header and with %s has an id a line, and says that it may be a table", async (_, content, ids) => {
    const list = await listIn(content);
    expect(list).toEqual({ ids, repeats: 0, table: expect.stringMatching(/`column` 0.*stands in quotes/) });
  });

  test.each([
    ["3\n5\ta\n", {}, ["line 2", "control character"]],
    ['user_id\n"3\n5\n', {}, ["line 2", "never closed"]],
    ['user_id\n3\n\n"5" x\n', {}, ["line 4", "text after a closing quote"]],
    ["", {}, ["line 1", "an empty file"]],
    ["user_id\nSmith, John\n", {}, ["line 2", "2 fields", "expected 1 field"]],
    ["user_id,reason\n3,closed, by mail\n", {}, ["line 2", "3 fields", "expected 2 fields"]],
    ["user_id,reason\n,closed\n", {}, ["line 2", "an empty id"]],
    ["user_id,customer_id\n3,4\n", {}, ["line 1", '"user_id", "customer_id"', "one column of ids"]],
    ["item_id\n3\n", {}, ["line 1", '"item_id"', "ids of users"]],
    ["user,item\n3,9\n", {}, ["line 1", '"user", "item"']],
    ["ref,who\nr1,3\n", { column: "whom" }, ["line 1", '"ref", "who"', 'a column "whom"']],
    ["ref,who\nr1,3\n", { column: "7" }, ['a column "7"']],
    [`a\n${"x".repeat(257)}\n`, {}, ["line 2", "257 bytes"]],
    [Buffer.from("caf\xe9\n", "latin1"), {}, ["line 1", "not UTF-8"]],
  ])("is refused: %j", async (content, options, says) => {
    const { message, advice } = (await expectDefect(listIn(content, options), "list.txt, ", ...says)) as LetheError;
    if (message.includes("columns")) expect(advice).toMatch(/`column` 0.*stands in quotes/);
  });

  test("of pairs tells where pairs go", async () => {
    const { advice } = (await expectDefect(listIn("user,item\n3,9\n"), "list.txt")) as LetheError;
    expect(advice).toContain("`interactions`");
    expect(advice).toContain('`column` "user"');
  });
});

describe("what is typed is refused", () => {
  test.each([
    ["", "an empty id"],
    ["a,,b", "an empty id"],
    ["a,b,", "an empty id"],
    ['"a', "never closed"],
    ["a,\u001b[2J", "control character"],
    ["x".repeat(257), "257 bytes"],
    ["@", "@FILE"],
    ["@absent.txt", "no such file"],
  ])("%j", async (text, says) => {
    await expectDefect(readIdList(text), says);
  });
});

test("labels stay as they are written, each at its place", async () => {
  expect(await readLabels(`@${folder.write("labels.txt", 'a,b\n"c"\nuser\na,b\n')}`)).toEqual([
    "a,b",
    '"c"',
    "user",
    "a,b",
  ]);
  await expectDefect(readLabels(`@${folder.write("gap.txt", "a\n\nb\n")}`), "line 2", "an empty line");
  expect(await readIdList(`@${folder.path}/labels.txt`)).toEqual(["a,b", '"c"', "user"]);
  await expectDefect(readLabels("@"), "@FILE");
});

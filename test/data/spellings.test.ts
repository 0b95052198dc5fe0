/** A table reads the same however it is spelled: separator, quotes, decimal sign, words of the header, order of columns, times, encoding. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Reading, type ReadingOptions, readInteractions } from "../../src/data/reading.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();

interface Row {
  readonly user: string;
  readonly item: string;
  readonly rating: number;
  readonly time: number;
}

const read = (name: string, content: string | Uint8Array, options?: ReadingOptions) =>
  readInteractions(folder.write(name, content), options);

function rowsRead({ dataset: { interactions, userIds, itemIds } }: Reading): Row[] {
  return Array.from(interactions.ratings, (rating, k) => ({
    user: userIds.list[interactions.users[k]],
    item: itemIds.list[interactions.items[k]],
    rating,
    time: interactions.times?.[k] ?? 0,
  }));
}

const id = fc.oneof(fc.nat(99).map(String), fc.constantFrom("ann", "a;b", "x|y", "émile, the 2nd", 'say "so"', "0012"));
const rows = fc.array(
  fc.record({
    user: id,
    item: id,
    rating: fc.integer({ min: -40, max: 200 }).map((halves) => halves / 2),
    time: fc.integer({ min: 900_000_000, max: 2_000_000_000 }),
  }),
  { minLength: 2, maxLength: 25 },
);

const heads = {
  user: ["user", "User-ID", "customer_id", "visitorid", "Reviewer ID", "memberId", "account"],
  item: ["item", "ISBN", "product_id", "songId", "business id", "asin", "Movie", "artistID", "track_id"],
  rating: ["rating", "Book-Rating", "plays", "Play Count", "quantity", "stars", "overall", "weight", "listening_count"],
  time: ["timestamp", "date", "unixReviewTime", "created_at", "Event Time", "datetime"],
} as const;

const timeSpellings: Readonly<Record<string, (seconds: number) => string>> = {
  seconds: String,
  milliseconds: (seconds) => String(seconds * 1000),
  microseconds: (seconds) => `${seconds}000000`,
  zulu: (seconds) => new Date(seconds * 1000).toISOString(),
  blank: (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " "),
  offset: (seconds) => new Date((seconds + 5400) * 1000).toISOString().replace(".000Z", "+01:30"),
};

const spelling = fc.record({
  separator: fc.constantFrom(",", ";", "|", "\t", " ", "^"),
  quoted: fc.boolean(),
  comma: fc.boolean(),
  user: fc.constantFrom(...heads.user),
  item: fc.constantFrom(...heads.item),
  rating: fc.constantFrom(...heads.rating),
  time: fc.constantFrom(...heads.time),
  times: fc.constantFrom(...Object.keys(timeSpellings)),
  order: fc.shuffledSubarray(["user", "item", "rating", "time"] as const, { minLength: 4 }),
  end: fc.constantFrom("\n", "\r\n"),
  encoding: fc.constantFrom("utf8", "utf8 mark", "utf16 mark", "utf16"),
});
type Spelling = typeof spelling extends fc.Arbitrary<infer Value> ? Value : never;

function written(table: readonly Row[], how: Spelling): Buffer {
  const rating = (value: number) => (how.comma ? String(value).replace(".", ",") : String(value));
  const lines = [
    how.order.map((role) => how[role] as string),
    ...table.map((row) =>
      how.order.map((role) =>
        role === "rating" ? rating(row.rating) : role === "time" ? timeSpellings[how.times](row.time) : row[role],
      ),
    ),
  ];
  const field = (text: string) => (how.quoted ? `"${text.replaceAll('"', '""')}"` : text);
  const text = lines.map((fields) => fields.map(field).join(how.separator) + how.end).join("");
  if (how.encoding.startsWith("utf16"))
    return Buffer.from((how.encoding === "utf16" ? "" : "\ufeff") + text, "utf16le");
  return Buffer.from((how.encoding === "utf8" ? "" : "\ufeff") + text);
}

/** What cannot be written so without quotes. */
function fits(table: readonly Row[], how: Spelling): boolean {
  if (how.separator === "," && how.comma) return false;
  if (how.quoted) return true;
  const texts = [...table.flatMap(({ user, item }) => [user, item]), how.user, how.item, how.rating, how.time];
  const hasBlank = how.times === "blank" && how.separator === " ";
  return !hasBlank && !texts.some((text) => text.includes(how.separator) || text.includes('"'));
}

test("however a table is spelled, its rows are the same", async () => {
  let number = 0;
  await fc.assert(
    fc.asyncProperty(rows, spelling, async (table, how) => {
      fc.pre(fits(table, how));
      const separator = how.separator === "^" ? "^" : undefined;
      const reading = await read(`${number++}.csv`, written(table, how), { separator });
      expect(rowsRead(reading)).toEqual(table.map((row) => ({ ...row, rating: row.rating + 0 })));
      expect(reading.separator).toBe(how.separator);
      expect(reading.timeless).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

describe("without a header", () => {
  test.each([
    ["1;1;3,5\n1;2;4,0\n2;1;5\n", ";", [3.5, 4, 5]],
    ["1|1|3.5\n1|2|4.0\n2|1|5\n", "|", [3.5, 4, 5]],
    ["1\t1\t3,5\n1\t2\t4,0\n2\t1\t5\n", "\t", [3.5, 4, 5]],
    ["1 1 3.5\n1 2 4.0\n2 1 5\n", " ", [3.5, 4, 5]],
    ["  1   1 3,5\n 1  2   4,0 \n 2 1 5\n", " ", [3.5, 4, 5]],
    ["1;1;5\n1;2;4\n2;1;4,5\n", ";", [5, 4, 4.5]],
    ['"1";"a;b";"3,5"\n"1";"c, d";"4,0"\n', ";", [3.5, 4]],
  ])("%j is cut at %j", async (content, separator, ratings) => {
    for (const name of ["bare.csv", "bare.txt", "bare"]) {
      const reading = await read(name, content);
      expect([reading.separator, [...reading.dataset.interactions.ratings]]).toEqual([separator, ratings]);
    }
  });

  test("a comma between fields goes before signs within them", async () => {
    const reading = await read("ids.csv", "a|b,x;y,1\nc|d,x;z,2\n");
    expect(rowsRead(reading).map(({ user, item }) => [user, item])).toEqual([
      ["a|b", "x;y"],
      ["c|d", "x;z"],
    ]);
  });

  test("a row of another length is a defect, not a reason to cut elsewhere", async () => {
    await expectDefect(read("ragged.csv", "a|b,x,1\nc|d,x,2,9\n", { rating: "optional" }), "line 2", "4 fields");
    await expectDefect(read("ragged.csv", "Ann Lee,x y,1\nBo Ek,x z\n", { rating: "optional" }), "line 2", "2 fields");
  });
});

test("a spreadsheet's line about the separator is no row, and lines are counted with it", async () => {
  expect(rowsRead(await read("sep.csv", "sep=;\r\nuser;item;rating\r\na;b;4,5\r\n"))).toEqual([
    { user: "a", item: "b", rating: 4.5, time: 0 },
  ]);
  expect((await read("sep.csv", '"sep=~"\nuser~item~rating\na~b~1\n')).separator).toBe("~");
  await expectDefect(read("sep.csv", "sep=;\nuser;item;rating\na;b;good\n"), "line 3", '"good"');
  await expectDefect(read("sep.csv", "sep=;\n"), "line 1", "no rows");
});

describe("a separator that is said", () => {
  test.each([
    ["semicolon", "user;item;rating\na;b;1\n"],
    [";", "user;item;rating\na;b;1\n"],
    ["Tab", "user\titem\trating\na\tb\t1\n"],
    ["\\t", "user\titem\trating\na\tb\t1\n"],
    ["pipe", "user|item|rating\na|b|1\n"],
    ["comma", "user,item,rating\na,b,1\n"],
    ["space", "user item rating\na b 1\n"],
    ["::", "a::b::1\n"],
    ["~", "user~item~rating\na~b~1\n"],
    ["\u0001", "user\u0001item\u0001rating\na\u0001b\u00011\n"],
  ])("%j", async (separator, content) => {
    expect(rowsRead(await read("said.csv", content, { separator }))).toEqual([
      { user: "a", item: "b", rating: 1, time: 0 },
    ]);
  });

  test("and is not there names the one that is", async () => {
    const error = await expectDefect(
      read("said.csv", "user,item,rating\na,b,1\n", { separator: ";" }),
      "line 1",
      '";"',
    );
    expect(error.advice).toContain("it has commas");
  });

  test.each(["", "a", "7", '"', "..", "ab", "\n", "é"])("cannot be %j", async (separator) => {
    await expectDefect(read("said.csv", "user,item,rating\na,b,1\n", { separator }), "`separator`", "one character");
  });

  test("is for tables", async () => {
    const options = { separator: ";", format: "json" } as const;
    await expectDefect(read("said.csv", "{}\n", options), "`separator` is for tables");
  });
});

describe("numbers that could be a thousand times larger", () => {
  const head = "user;item;rating\n";
  test.each([
    ["quoted between commas", 'user,item,rating\na,b,"1,000"\n', "line 2", '"1,000", a number with a thousands'],
    ["millions", 'user,item,rating\na,b,"1,000,000"\n', "line 2", "thousands"],
    ["a point for thousands", `${head}a;b;1.000,5\n`, "line 2", '"1.000,5", a number with a thousands'],
    ["a comma for thousands", `${head}a;b;1,000.5\n`, "line 2", "thousands"],
    ["a blank", `${head}a;b;1 000\n`, "line 2", "thousands"],
    ["an apostrophe", `${head}a;b;1'000\n`, "line 2", "thousands"],
    ["either, with a comma", `${head}a;b;316\na;c;1,000\n`, "line 3", "which can be 1000 or 1"],
    ["either, with a point", `${head}a;b;316\na;c;3.162\n`, "line 3", "which can be 3162 or 3.162"],
    ["commas after points", `${head}a;b;1.000\na;c;4,5\n`, "line 3", 'a decimal point, as in "1.000" of line 2'],
    ["points after commas", `${head}a;b;4,5\na;c;4.5\n`, "line 3", "a decimal comma"],
  ])("%s", async (_, content, ...says) => {
    const error = await expectDefect(read("large.csv", content), ...says);
    expect(error.advice).toBeTruthy();
  });

  test("are read as they are said to be, or as others of the file tell", async () => {
    const comma = `${head}a;b;316\na;c;1,000\n`;
    const ratings = async (content: string, options?: ReadingOptions) => [
      ...(await read("said.csv", content, options)).dataset.interactions.ratings,
    ];
    expect(await ratings(comma, { decimal: "comma" })).toEqual([316, 1]);
    expect(await ratings(`${comma}a;d;2,5\n`)).toEqual([316, 1, 2.5]);
    expect(await ratings(`${head}a;c;0,125\n`)).toEqual([0.125]);
    expect(await ratings(`${head}a;b;316\na;c;3.162\n`, { decimal: "point" })).toEqual([316, 3.162]);
    expect(await ratings('user,item,rating\na,b,"4,5"\n', { decimal: "comma" })).toEqual([4.5]);
    await expectDefect(ratings(comma, { decimal: "point" }), "line 3", "thousands");
  });
});

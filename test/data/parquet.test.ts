/** Interactions in Parquet: read as the same table in text is, whatever the types, and refused by row. */

import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Reading, type ReadingOptions, readInteractions } from "../../src/data/reading.ts";
import { LetheError } from "../../src/errors.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();
let instance: DuckDBInstance;
let run: (sql: string) => Promise<unknown>;

beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  run = (sql) => connection.run(sql);
});
afterAll(() => instance.closeSync());

/** Writes the rows of a query as Parquet. */
async function write(name: string, query: string): Promise<string> {
  const file = join(folder.path, name);
  await run(`COPY (${query}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`);
  return file;
}

function rowsRead({ dataset: { interactions, userIds, itemIds } }: Reading): unknown[] {
  return Array.from(interactions.ratings, (rating, k) => [
    userIds.list[interactions.users[k]],
    itemIds.list[interactions.items[k]],
    rating,
    ...(interactions.times === undefined ? [] : [interactions.times[k]]),
  ]);
}

const two = "(VALUES ('b', 'x', 3, 17), ('a', 'é y', 4.5, 18)) t";

describe("columns", () => {
  test.each([
    ["user", "item", "rating", "time"],
    ["user_id", "movieId", "score", "timestamp"],
    ["User ID:token", "item_id:token", "stars", "TIME"],
  ])("are found by the names %s, %s, %s and %s, in any order", async (user, item, rating, time) => {
    const file = await write(
      "named.parquet",
      `SELECT 0 AS other, "r" AS "${rating}", "i" AS "${item}", "t" AS "${time}", "u" AS "${user}" FROM ${two}(u, i, r, t)`,
    );
    const reading = await readInteractions(file);
    expect(rowsRead(reading)).toEqual([
      ["b", "x", 3, 17],
      ["a", "é y", 4.5, 18],
    ]);
    expect([reading.format, reading.rows, reading.duplicates]).toEqual(["parquet", 2, 0]);
  });

  test("are chosen by name or position, quotes in them being no SQL", async () => {
    const name = `"; DROP TABLE x; -- '`;
    const file = await write(
      "odd.parquet",
      `SELECT u AS "${name.replaceAll('"', '""')}", i AS what, r AS stars_given FROM ${two}(u, i, r, t)`,
    );
    const rows = [
      ["b", "x", 3],
      ["a", "é y", 4.5],
    ];
    for (const columns of [{ user: name, item: "what", rating: "stars_given" }, "0,1,2", "0,what,2"])
      expect(rowsRead(await readInteractions(file, { columns }))).toEqual(rows);
    expect(rowsRead(await readInteractions(file, { columns: "0,1" }))).toEqual(rows.map(([u, i]) => [u, i, 1]));
  });
});

describe("types", () => {
  test.each(["TINYINT", "UINTEGER", "BIGINT", "UBIGINT", "VARCHAR"])("ids may be %s", async (type) => {
    const file = await write(
      "ids.parquet",
      `SELECT k::${type} AS "user", (k + 1)::${type} AS item, 1 AS rating FROM range(3) t(k)`,
    );
    expect(rowsRead(await readInteractions(file))).toEqual([
      ["0", "1", 1],
      ["1", "2", 1],
      ["2", "3", 1],
    ]);
  });

  test.each(["TINYINT", "FLOAT", "DOUBLE", "DECIMAL(5, 2)", "UBIGINT"])("ratings may be %s", async (type) => {
    const file = await write(
      "ratings.parquet",
      `SELECT k AS "user", k AS item, k::${type} AS rating FROM range(3) t(k)`,
    );
    expect((await readInteractions(file)).dataset.interactions.ratings).toEqual(Float64Array.of(0, 1, 2));
  });

  test.each([
    ["TIMESTAMP", "01.5", 86_401.5],
    ["TIMESTAMP_S", "01", 86_401],
    ["TIMESTAMP_MS", "01.5", 86_401.5],
    ["TIMESTAMP_NS", "01.5", 86_401.5],
    ["TIMESTAMPTZ", "01.5+00", 86_401.5],
  ])("times may be %s", async (type, seconds, expected) => {
    const moment = `'1970-01-02 00:00:${seconds}'::${type}`;
    const file = await write("times.parquet", `SELECT 1 AS "user", 1 AS item, 1 AS rating, ${moment} AS time`);
    expect((await readInteractions(file)).dataset.interactions.times).toEqual(Float64Array.of(expected));
  });

  test("a date is its first second, in UTC", async () => {
    const file = await write("date.parquet", `SELECT 1 AS "user", 1 AS item, 1 AS rating, DATE '1970-01-03' AS time`);
    expect((await readInteractions(file)).dataset.interactions.times).toEqual(Float64Array.of(2 * 86_400));
  });
});

test("many rows keep their order, and are those of the same table in text", async () => {
  const query = `SELECT 'u' || (k * 7919 % 997) AS "user", k * 31 % 503 AS item, (k % 9) / 2 AS rating, k AS time FROM range(150000) t(k) ORDER BY k`;
  const file = await write("many.parquet", query);
  const text = join(folder.path, "many.csv");
  await run(`COPY (${query}) TO '${text}' (FORMAT csv, HEADER)`);
  const [found, expected] = [await readInteractions(file), await readInteractions(text)];
  expect(rowsRead(found)).toEqual(rowsRead(expected));
  expect([found.rows, found.duplicates]).toEqual([expected.rows, expected.duplicates]);
  const last = await readInteractions(file, { duplicates: "last" });
  expect(last.dataset.interactions.size).toBe(found.rows - found.duplicates);
});

describe("a path is a path", () => {
  test.each(["a*[b]?.parquet", "it's.parquet", "user=5.parquet", "no ending", "$file {x}.parquet", "a,b.parquet"])(
    "%s",
    async (name) => {
      // Where the path was a pattern, this one would be read too.
      await write("ab.parquet", `SELECT 9 AS "user", 9 AS item, 9 AS rating`);
      const file = await write(name, `SELECT 1 AS "user", 2 AS item, 3 AS rating`);
      expect(rowsRead(await readInteractions(file))).toEqual([["1", "2", 3]]);
    },
  );
});

describe("times that cannot be read leave the set without times, and a reason that names the row", () => {
  const good = `'a' AS "user", 'b' AS item, 1 AS rating`;
  test.each([
    ["null", `SELECT ${good}, 5 AS time UNION ALL SELECT 'a', 'b', 1, NULL`, "row 2: found null"],
    ["infinite", `SELECT ${good}, 'inf'::DOUBLE AS time`, "row 1: found"],
    ["an infinite timestamp", `SELECT ${good}, 'infinity'::TIMESTAMP AS time`, "row 1: found"],
    ["text", `SELECT ${good}, 'noon' AS time`, 'row 1: found "noon"'],
    ["true", `SELECT ${good}, true AS time`, 'row 1: found "true"'],
  ])("%s", async (what, query, told) => {
    const reading = await readInteractions(await write(`${what}.parquet`, query));
    expect(reading.dataset.interactions.times).toBeUndefined();
    expect(reading.timeless).toContain(`${what}.parquet, ${told}`);
  });
});

describe("defects", () => {
  const good = `'a' AS "user", 'b' AS item, 1.0::DOUBLE AS rating`;
  const cases: readonly { what: string; query: string; options?: ReadingOptions; says: readonly string[] }[] = [
    { what: "a null user", query: `SELECT ${good} UNION ALL SELECT NULL, 'b', 1`, says: ["row 2", "null as the user"] },
    { what: "a null item", query: `SELECT ${good} UNION ALL SELECT 'a', NULL, 1`, says: ["row 2", "null as the item"] },
    {
      what: "a null rating",
      query: `SELECT ${good} UNION ALL SELECT 'a', 'b', NULL`,
      says: ["row 2", "null as the rating"],
    },
    {
      what: "a rating NaN",
      query: `SELECT ${good} UNION ALL SELECT 'a', 'b', 'nan'::DOUBLE`,
      says: ["row 2", '"NaN"', "a finite number"],
    },
    {
      what: "an infinite rating",
      query: `SELECT ${good} UNION ALL SELECT 'a', 'b', '-inf'::DOUBLE`,
      says: ["row 2", '"-Infinity"', "a finite number"],
    },
    {
      what: "a rating too large",
      query: `SELECT ${good} UNION ALL SELECT 'a', 'b', 1e151`,
      says: ["row 2", "1e+151", "1e150"],
    },
    {
      what: "a late defect",
      query: `SELECT 'a' AS "user", k AS item, CASE WHEN k = 4999 THEN 'nan'::DOUBLE ELSE 1 END AS rating FROM range(6000) t(k)`,
      says: ["row 5000", '"NaN"'],
    },
    {
      what: "an empty id",
      query: `SELECT ${good} UNION ALL SELECT '', 'b', 1`,
      says: ["row 2", "an empty id of the user"],
    },
    {
      what: "a control character",
      query: `SELECT ${good} UNION ALL SELECT 'a', chr(27) || '[31m', 1`,
      says: ["row 2", "control character of the item"],
    },
    {
      what: "ids of doubles",
      query: `SELECT 1.5::DOUBLE AS "user", 'b' AS item, 1 AS rating`,
      says: ["columns", '"user"', '"DOUBLE"', "text or integers as the user"],
    },
    {
      what: "ids of bytes",
      query: `SELECT 'a' AS "user", 'b'::BLOB AS item, 1 AS rating`,
      says: ["columns", '"BLOB"', "as the item"],
    },
    {
      what: "nested items",
      query: `SELECT 'a' AS "user", ['b', 'c'] AS item, 1 AS rating`,
      says: ["columns", '"VARCHAR[]"', "as the item"],
    },
    {
      what: "nested ratings",
      query: `SELECT 'a' AS "user", 'b' AS item, {'x': 1} AS rating`,
      says: ["columns", "STRUCT", "numbers as the rating"],
    },
    {
      what: "ratings of text",
      query: `SELECT 'a' AS "user", 'b' AS item, '1' AS rating`,
      says: ["columns", '"VARCHAR"', "numbers as the rating"],
    },
    {
      what: "ratings of truth",
      query: `SELECT 'a' AS "user", 'b' AS item, true AS rating`,
      says: ["columns", '"BOOLEAN"', "numbers as the rating"],
    },
    {
      what: "no rating",
      query: `SELECT 'a' AS "user", 'b' AS item, 'c' AS x`,
      says: ["columns", "no column for the rating"],
    },
    {
      what: "two users",
      query: `SELECT 'a' AS "user", 'b' AS user_id, ${good.slice(good.indexOf("'b' AS item"))}`,
      says: ["columns", '"user" and "user_id"'],
    },
    {
      what: "a column that is not there",
      query: `SELECT ${good}`,
      options: { columns: "user,item,score" },
      says: ["columns", '"score"'],
    },
    {
      what: "a position that is not there",
      query: `SELECT ${good}`,
      options: { columns: "0,1,3" },
      says: ["columns", "a column 3"],
    },
    { what: "no rows", query: `SELECT ${good} LIMIT 0`, says: ["no rows"] },
    {
      what: "a repeated pair",
      query: `SELECT ${good} UNION ALL SELECT 'a', 'c', 1 UNION ALL SELECT 'a', 'b', 1`,
      options: { duplicates: "error" },
      says: ["row 3", "first seen in row 1"],
    },
  ];

  test.each(cases)("$what", async ({ query, options, says }) => {
    const file = await write("bad.parquet", query);
    await expectDefect(readInteractions(file, options), file, ...says);
  });

  test("files that are no Parquet, or half of one", async () => {
    const text = folder.write("text.parquet", "user,item,rating\na,b,1\n");
    await expectDefect(readInteractions(text), text, "no Parquet file");
    expect((await readInteractions(text, { format: "table" })).format).toBe("csv");
    const csv = folder.write("table.csv", "user,item,rating\na,b,1\n");
    await expectDefect(readInteractions(csv, { format: "parquet" }), csv, "no Parquet file");
    const broken = folder.write("broken.parquet", Buffer.from("PAR1\x15\x04 and no end"));
    await expectDefect(readInteractions(broken), broken, "cannot be read as Parquet");
    await expectDefect(readInteractions(join(folder.path, "absent.parquet")), "absent.parquet", "no such file");
  });

  test("a user called PAR1 is a user", async () => {
    const file = folder.write("par1.csv", "PAR1,b,1\nPAR1,c,1\n");
    expect((await readInteractions(file)).dataset.userIds.list).toEqual(["PAR1"]);
  });

  test("the bytes of a Parquet file, changed anywhere, are read or refused", async () => {
    const file = await write(
      "whole.parquet",
      `SELECT 'u' || k AS "user", k AS item, k / 2 AS rating FROM range(40) t(k)`,
    );
    const { readFile } = await import("node:fs/promises");
    const bytes = await readFile(file);
    for (let at = 5; at < bytes.length; at += 17) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 0x41;
      const error: unknown = await readInteractions(folder.write("changed.parquet", changed)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(LetheError);
    }
  });
});

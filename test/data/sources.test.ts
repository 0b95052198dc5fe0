/** A set in several files is the set of their rows in order: files as given, parts of folders by name, columns by each file's own header. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { placeOfPair, type Reading, type ReadingOptions, readInteractions } from "../../src/data/reading.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();
let made = 0;

/** A folder with these files. */
function parts(files: Readonly<Record<string, string>>): string {
  const path = join(folder.path, `set${made++}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

const rowsOf = ({ dataset: { interactions, userIds, itemIds } }: Reading) =>
  Array.from(interactions.ratings, (rating, k) =>
    [
      userIds.list[interactions.users[k]],
      itemIds.list[interactions.items[k]],
      rating,
      ...(interactions.times ? [interactions.times[k]] : []),
    ].join(),
  );

const row = fc.record({ user: fc.nat(5), item: fc.nat(5), rating: fc.nat(5) });

test("a set cut into files, with headers in any order or with one alone, is the whole", async () => {
  const cut = fc.record({ size: fc.integer({ min: 1, max: 9 }), heads: fc.array(fc.nat(2), { minLength: 30 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), cut, async (rows, { size, heads }) => {
      const files: Record<string, string> = {};
      for (let k = 0; k < rows.length; k += size) {
        const piece = rows.slice(k, k + size);
        const [swapped, bare] = [heads[k] === 1, heads[k] === 2 && k > 0 && heads[0] === 0];
        const head = bare ? "" : swapped ? "rating,item,user\n" : "user,item,rating\n";
        // What has no header has the columns of the one before that has.
        const before = Object.values(files).findLast((text) => /^[a-z]/.test(text));
        const backwards = bare ? before?.startsWith("rating") : swapped;
        const lines = piece.map(({ user, item, rating }) => (backwards ? [rating, item, user] : [user, item, rating]));
        files[`part-${String(k).padStart(3, "0")}.csv`] = head + lines.map((fields) => `${fields.join()}\n`).join("");
      }
      const whole = rows.map(({ user, item, rating }) => `${user},${item},${rating}`);
      const path = parts(files);
      expect(rowsOf(await readInteractions(path))).toEqual(whole);
      const names = Object.keys(files).map((name) => join(path, name));
      const reading = await readInteractions(names);
      expect([rowsOf(reading), reading.files]).toEqual([whole, names]);
    }),
    { numRuns: 40 },
  );
});

test("all parts behind one with a header have its columns", async () => {
  const path = parts({ "0.csv": "rating,item,user\n4,x,a\n", "1.csv": "3,y,b\n", "2.csv": "2,z,c\n" });
  expect(rowsOf(await readInteractions(path))).toEqual(["a,x,4", "b,y,3", "c,z,2"]);
});

describe("folders", () => {
  test("are read by name, nested ones too, without what belongs to their writer", async () => {
    const path = parts({
      "b.csv": "user,item,rating\nu,b,1\n",
      "a/2.csv": "item,user,rating\na2,u,2\n",
      "a/10.csv": "user,item,rating\nu,a10,3\n",
      _SUCCESS: "",
      ".b.csv.crc": "\0\0",
      "b.csv.crc": "\0\0",
      "_delta_log/0.json": "{}",
      "empty.csv": "",
    });
    expect(rowsOf(await readInteractions(path))).toEqual(["u,a10,3", "u,a2,2", "u,b,1"]);
    const twice = await readInteractions([join(path, "b.csv"), path]);
    expect([twice.rows, twice.duplicates]).toEqual([4, 1]);
  });

  test("without files, and model folders, are refused", async () => {
    await expectDefect(readInteractions(parts({ _SUCCESS: "" })), "a folder without files");
    await expectDefect(readInteractions(parts({ "model.json": "{}" })), "a model folder");
    await expectDefect(readInteractions([]), "no file");
  });

  test("of Parquet parts are one set, with names of folders as columns", async () => {
    const path = parts({ _SUCCESS: "" });
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const write = async (name: string, query: string) => {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      await connection.run(`COPY (${query}) TO '${join(path, name)}' (FORMAT parquet)`);
    };
    await write("user=5/date=2019-05-11/part-0.parquet", "SELECT 'x' AS item, 4 AS rating");
    await write("user=a%20b/date=2019-05-12/part-0.parquet", "SELECT 3.5 AS rating, 'y' AS item");
    expect(rowsOf(await readInteractions(path))).toEqual(["5,x,4,1557532800", "a b,y,3.5,1557619200"]);
    const chosen = await readInteractions(path, { columns: "user,item" });
    expect(rowsOf(chosen)).toEqual(["5,x,1", "a b,y,1"]);
    await write("user=__HIVE_DEFAULT_PARTITION__/part-0.parquet", "SELECT 1 AS rating, 'y' AS item");
    await expectDefect(readInteractions(path), "__HIVE_DEFAULT_PARTITION__", "row 1", "an empty id of the user");
    // A file's own column goes before the name of its folder.
    await write("user=6/part-0.parquet", "SELECT 'own' AS \"user\", 'y' AS item, 1 AS rating");
    expect(rowsOf(await readInteractions(join(path, "user=6")))).toEqual(["own,y,1"]);
  });
});

describe("what is wrong with one of several", () => {
  const good = "user,item,rating\na,x,1\n";

  test("is told by its file and line", async () => {
    const path = parts({ "0.csv": good, "1.csv": "user,item,rating\na,y,1\na,z,good\n" });
    await expectDefect(readInteractions(path), join(path, "1.csv"), "line 3", '"good"');
    const short = parts({ "0.csv": good, "1.csv": "a,y\n" });
    await expectDefect(readInteractions(short), join(short, "1.csv"), "line 1");
  });

  test("and repeated pairs, by both files", async () => {
    const path = parts({ "0.csv": good, "1.csv": "user,item,rating\nb,x,1\na,x,2\n" });
    const options: ReadingOptions = { duplicates: "error" };
    await expectDefect(
      readInteractions(path, options),
      join(path, "1.csv"),
      "line 3",
      `line 2 of ${join(path, "0.csv")}`,
    );
    expect(await placeOfPair(path, {}, "a", "x")).toBe(`${join(path, "1.csv")}, line 3`);
    expect(await placeOfPair([join(path, "0.csv")], {}, "a", "x")).toBe(`${join(path, "0.csv")}, line 2`);
    expect(await placeOfPair("-", {}, "a", "x")).toBe("standard input");
  });

  test("times of some files only make a set without times, and units are each file's own", async () => {
    const timed = "user,item,rating,time\na,y,1,1557605838\n";
    for (const files of [
      { "0.csv": good, "1.csv": timed },
      { "0.csv": timed, "1.csv": good },
    ]) {
      const reading = await readInteractions(parts(files));
      expect([reading.rows, reading.dataset.interactions.times]).toEqual([2, undefined]);
      expect(reading.timeless).toContain("has no times, and other files have");
    }
    const mixed = parts({
      "0.csv": timed,
      "1.csv": "user,item,rating,time\na,y,1,1557605838000\n",
      "2.csv": "user,item,rating,time\na,y,1,2019-05-11\n",
    });
    expect([...((await readInteractions(mixed)).dataset.interactions.times ?? [])]).toEqual([
      1557605838, 1557605838, 1557532800,
    ]);
  });

  test("and standard input twice", async () => {
    await expectDefect(readInteractions(["-", "-"]), "standard input (-) is named twice");
  });
});

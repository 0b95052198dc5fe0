import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idsOf } from "../../src/data/dataset.ts";
import { interactionsOf } from "../../src/data/interactions.ts";
import { digestOf } from "../../src/exchange/files/digest.ts";
import { type Column, readModel, type StoredFactors, withParquet, writeModel } from "../../src/exchange/index.ts";
import { bytesOf, folders } from "../support/folders.ts";
import { sampleModel, sealed } from "../support/sample.ts";

const newFolder = folders();

function write(path: string, columns: Column[]): Promise<void> {
  return withParquet((parquet) => parquet.write(path, columns));
}

function read(path: string, rows: number): Promise<Map<string, Column>> {
  return withParquet((parquet) => parquet.read(path, rows, "x.parquet"));
}

/** Compares bytes: a million numbers are too many for expect. */
function same(a: ArrayBufferView | undefined, b: ArrayBufferView | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}

test("columns come back as they were, around the size of a vector", async () => {
  const path = join(await newFolder(), "x.parquet");
  for (const rows of [0, 1, 2047, 2048, 2049, 5000]) {
    const some = <Value>(value: (k: number) => Value) => Array.from({ length: rows }, (_, k) => value(k));
    const columns: Column[] = [
      { name: "u", type: "UINTEGER", values: Uint32Array.from(some((k) => 0xffffffff - (k % 7))) },
      { name: "d", type: "DOUBLE", values: Float64Array.from(some((k) => [0, 5e-324, -1e308, k / 3][k % 4])) },
      { name: "s", type: "VARCHAR", values: some((k) => [null, "", "é\0", "long enough to be kept apart"][k % 4]) },
      { name: "l", type: "VARCHAR[]", values: some((k) => [null, [], [""], ["a|b", "日本"]][k % 4]) },
    ];
    await write(path, columns);
    expect([...(await read(path, rows)).values()], `${rows} rows`).toStrictEqual(columns);
  }
});

test("a negative zero is a zero, whatever came first", async () => {
  const path = join(await newFolder(), "x.parquet");
  for (const start of [0, -0]) {
    const values = Float64Array.from({ length: 10_000 }, (_, k) => (k % 2 === 0 ? start : -start));
    await write(path, [{ name: "d", type: "DOUBLE", values }]);
    expect(same((await read(path, values.length)).get("d")?.values as Float64Array, new Float64Array(10_000))).toBe(
      true,
    );
  }
});

test("any text that is Unicode comes back, and other text is refused", async () => {
  const path = join(await newFolder(), "x.parquet");
  const texts = fc.array(fc.string({ unit: "binary" }), { minLength: 1 });
  await withParquet((parquet) =>
    fc.assert(
      fc.asyncProperty(texts, async (values) => {
        await parquet.write(path, [{ name: "s", type: "VARCHAR", values }]);
        expect((await parquet.read(path, values.length, "x")).get("s")?.values).toEqual(values);
      }),
      { numRuns: 50 },
    ),
  );
  await expect(write(path, [{ name: "s", type: "VARCHAR", values: ["\udc00"] }])).rejects.toMatchObject({
    code: "bad-input",
  });
});

test("columns of different length are refused, and the next write still works", async () => {
  const path = join(await newFolder(), "x.parquet");
  const short: Column = { name: "a", type: "DOUBLE", values: Float64Array.of(1) };
  const long: Column = { name: "b", type: "DOUBLE", values: Float64Array.of(1, 2) };
  await withParquet(async (parquet) => {
    await expect(parquet.write(path, [short, long])).rejects.toMatchObject({ code: "bad-input" });
    await expect(parquet.write(join(path, "x"), [short])).rejects.toMatchObject({ code: "bad-input" });
    await expect(parquet.write(path, [{ name: "s", type: "VARCHAR", values: ["\udc00"] }])).rejects.toBeDefined();
    await parquet.write(path, [long]);
    expect((await parquet.read(path, 2, "x")).get("b")).toStrictEqual(long);
  });
});

test("a file that is something else is refused by name", async () => {
  const path = join(await newFolder(), "x.parquet");
  const refused = { code: "bad-model", message: expect.stringContaining("x.parquet") };
  await expect(read(path, 1)).rejects.toMatchObject(refused);
  for (const text of ["", "PAR1", "id\n1\n", `PAR1${"\xff".repeat(40)}PAR1`]) {
    await writeFile(path, text, "latin1");
    await expect(read(path, 1)).rejects.toMatchObject(refused);
  }
  await write(path, [{ name: "a", type: "DOUBLE", values: Float64Array.of(1, 2, 3) }]);
  for (const rows of [0, 2, 4, 0xffffffff]) await expect(read(path, rows)).rejects.toMatchObject(refused);
});

test("files of right hash and wrong content are refused", async () => {
  const folder = join(await newFolder(), "model");
  const number = (name: string, values: number[]): Column => ({
    name,
    type: "DOUBLE",
    values: Float64Array.from(values),
  });
  const index = (name: string, values: number[]): Column => ({
    name,
    type: "UINTEGER",
    values: Uint32Array.from(values),
  });
  const text = (name: string, values: (string | null)[]): Column => ({ name, type: "VARCHAR", values });
  const items = (ids: string[], titles: (string | null)[]): Column[] => [
    text("id", ids),
    text("title", titles),
    { name: "genres", type: "VARCHAR[]", values: ids.map(() => []) },
  ];
  const rows = [index("user", [0, 0, 2, 1, 2]), index("item", [3, 0, 1, 3, 0]), number("rating", [5, 0, 0, 1, 1])];
  const wrong: [name: string, columns: Column[], reason: RegExp][] = [
    ["users.parquet", [text("id", ["a", "b", "a"])], /"a" occurs twice/],
    ["users.parquet", [text("id", ["a", null, "c"])], /id of row 1 is null/],
    ["users.parquet", [text("id", ["a", "b"])], /2 rows where 3/],
    ["users.parquet", [text("name", ["a", "b", "c"])], /"name" that does not belong/],
    ["users.parquet", [index("id", [1, 2, 3])], /no column id of type VARCHAR/],
    ["items.parquet", [text("id", ["a", "b", "c", "d"])], /no column title/],
    ["items.parquet", [text("id", ["a", "b", "c", "c"]), text("title", ["", "", "", ""])], /"c" occurs twice/],
    ["users.parquet", [text("id", ["a", "\u001b[2Jb", "c"])], /users.parquet: row 1 .*control.*"\\u001b\[2Jb"/],
    ["users.parquet", [text("id", ["a", "b", ""])], /users.parquet: row 2 has an empty id/],
    ["users.parquet", [text("id", ["a", "b", "c".repeat(257)])], /row 2 has an id of 257 bytes/],
    ["items.parquet", items(["a", "b", "c\u0085", "d"], ["", "", "", ""]), /items.parquet: row 2 .*control/],
    ["items.parquet", items(["a", "b", "c", "d"], ["A", "B", null, "\u0007"]), /title or a genre of row 3 .*"\\u0007"/],
    ["interactions.parquet", [...rows, number("secret", [1, 2, 3, 4, 5])], /"secret" that does not belong/],
    ["interactions.parquet", rows.slice(0, 2), /no column rating/],
    ["interactions.parquet", [rows[0], index("item", [3, 0, 4, 3, 0]), rows[2]], /row 2: user 2 of 3, item 4 of 4/],
    ["interactions.parquet", [index("user", [3, 0, 0, 0, 0]), rows[1], rows[2]], /row 0: user 3 of 3/],
    ["interactions.parquet", [rows[0], rows[1], number("rating", [1, 2, 3, Number.NaN, 5])], /rating of row 3 is NaN/],
    [
      "interactions.parquet",
      [...rows, number("time", [1, 2, 3, 4, Number.POSITIVE_INFINITY])],
      /time of row 4 is Infinity/,
    ],
  ];
  for (const [name, columns, reason] of wrong) {
    await writeModel(folder, sampleModel());
    await write(join(folder, name), columns);
    const manifest = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
    manifest.files[name] = await digestOf(join(folder, name));
    await writeFile(join(folder, "model.json"), sealed(manifest));
    await expect(readModel(folder)).rejects.toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(reason),
    });
  }
});

describe("a million rows", () => {
  const size = 1_000_000;
  const [userCount, itemCount, factors] = [6040, 3706, 8];
  const model: StoredFactors = {
    manifest: { ...sampleModel().manifest, model: { name: "mf", factors, biases: false, mean: { kind: "learned" } } },
    tables: {
      userFactors: Float64Array.from({ length: userCount * factors }, (_, k) => Math.sin(k)),
      itemFactors: Float64Array.from({ length: itemCount * factors }, (_, k) => Math.cos(k)),
      userBias: undefined,
      itemBias: undefined,
      mean: 3.5,
    },
    dataset: {
      interactions: interactionsOf({
        userCount,
        itemCount,
        users: Uint32Array.from({ length: size }, (_, k) => (k * 2654435761) % userCount),
        items: Uint32Array.from({ length: size }, (_, k) => (k * 40503) % itemCount),
        ratings: Float64Array.from({ length: size }, (_, k) => k % 5),
        times: Float64Array.from({ length: size }, (_, k) => 956703932 + ((k * 48271) % 31536000)),
      }),
      userIds: idsOf(Array.from({ length: userCount }, (_, k) => `user ${k}`)),
      itemIds: idsOf(Array.from({ length: itemCount }, (_, k) => `${k}`)),
      itemInfo: new Map(
        Array.from({ length: itemCount }, (_, k) => [`${k}`, { title: `Film ${k}`, genres: ["Drama", "War"] }]),
      ),
    },
  };

  test("come back to the bit, from the same bytes each time, while the event loop turns", async () => {
    const parent = await newFolder();
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const started = performance.now();
    await writeModel(join(parent, "a"), model);
    const written = performance.now();
    const { dataset, tables } = await readModel(join(parent, "a"));
    const ended = performance.now();
    clearInterval(timer);
    // Twenty times what it takes on two quiet cores.
    expect(written - started).toBeLessThan(10_000);
    expect(ended - written).toBeLessThan(6000);
    expect(longest).toBeLessThan(2000);
    expect(tables).toStrictEqual(model.tables);
    for (const column of ["users", "items", "ratings", "times"] as const) {
      expect(same(dataset.interactions[column], model.dataset.interactions[column]), column).toBe(true);
    }
    await writeModel(join(parent, "b"), model);
    expect(await bytesOf(join(parent, "b"))).toEqual(await bytesOf(join(parent, "a")));
    if (process.env.LETHE_TIMES) console.log({ write: written - started, read: ended - written, longest });
  });
});

import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withParquet } from "../../../src/exchange/files/parquet.ts";
import { readForeign, writeForeign } from "../../../src/exchange/foreign/index.ts";
import { folders } from "../../support/folders.ts";
import { sampleFactors } from "./samples.ts";

const newFolder = folders();

async function readCsv(users: string | Buffer, items: string | Buffer = "id,f0,f1\nx,1,2\n", parameters?: string) {
  const stem = join(await newFolder(), "model");
  await writeFile(`${stem}.users.csv`, users);
  await writeFile(`${stem}.items.csv`, items);
  if (parameters !== undefined) await writeFile(`${stem}.parameters.json`, parameters);
  return (await readForeign(stem)).factors;
}

test("tables are read from a folder or by a stem, with columns in any order", async () => {
  const model = await readCsv('f1,bias,id,f0\r\n2,0.5,"a, ""b""\nc",1\r\n-4,-5e-1,é,+3\r\n', undefined, '{"mean": 3}');
  expect(model).toMatchObject({ factors: 2, userIds: ['a, "b"\nc', "é"], itemIds: ["x"], mean: 3, stated: {} });
  expect(model.userFactors).toEqual(Float64Array.of(1, 2, 3, -4));
  expect(model.userBias).toEqual(Float64Array.of(0.5, -0.5));
  expect(model.itemBias).toBeUndefined();
});

test("a byte order mark and a missing last line end do not matter", async () => {
  expect((await readCsv("\ufeffid,f0,f1\na,1,2\nb,3,4")).userIds).toEqual(["a", "b"]);
});

test("awkward ids and numbers come back as they were", async () => {
  const ids = ["a,b", '"', "a  b", "x\ny", "x\r\ny", "0", "-0", "NaN", "é\u{1f600}", "=1+1"];
  const numbers = [0, -0, 5e-324, -Number.MAX_VALUE, 0.1, 1 / 3, 1e21, 1e-7, 123456789012345680, 2 ** 53];
  const model = { ...sampleFactors(1), factors: 1, userIds: ids, userFactors: Float64Array.from(numbers) };
  const items = { itemFactors: Float64Array.of(1), itemIds: ["i"] };
  for (const name of ["csv", "parquet"]) {
    const path = join(await newFolder(), "x");
    await writeForeign(path, name, { ...model, ...items });
    const found = (await readForeign(path)).factors;
    expect(found.userIds).toEqual(ids);
    // Parquet is written with 0 for −0.
    expect([...found.userFactors]).toEqual(name === "csv" ? numbers : numbers.map((value) => value + 0));
  }
});

const hostileCsv: [string, string | Buffer, RegExp][] = [
  ["nothing", "", /columns are/],
  ["no rows", "id,f0,f1\n", /no rows/],
  ["no id", "f0,f1\n1,2\n", /columns are "f0", "f1"/],
  ["no factors", "id\na\n", /columns are "id"/],
  ["a gap in the factors", "id,f0,f2\na,1,2\n", /columns are/],
  ["the same column twice", "id,f0,f0\na,1,2\n", /columns are/],
  ["a column that does not belong", "id,f0,f1,age\na,1,2,3\n", /columns are/],
  ["too few cells", "id,f0,f1\na,1,2\nb,1\n", /line 3: 2 cells for 3 columns/],
  ["too many cells", "id,f0,f1\na,1,2,3\n", /line 2: 4 cells for 3 columns/],
  ["a word", "id,f0,f1\na,1,x\n", /line 2: "x" is no finite number/],
  ["an empty number", "id,f0,f1\na,1,\n", /line 2: "" is no finite/],
  ["NaN", "id,f0,f1\na,1,2\nb,nan,2\n", /line 3: "nan" is no finite/],
  ["infinity", "id,f0,f1\na,1,1e999\n", /line 2: "1e999" is no finite/],
  ["an id twice", "id,f0,f1\na,1,2\nb,1,2\na,1,2\n", /line 4: the id "a" of row 2 is there twice/],
  ["an empty id", "id,f0,f1\n,1,2\n", /user id of row 0 is empty/],
  ["a quote without end", 'id,f0,f1\n"a,1,2\n', /line 2: a quoted cell does not end/],
  ["bytes that are no UTF-8", Buffer.from([0x69, 0x64, 0x2c, 0x66, 0x30, 0x0a, 0xff, 0x2c, 0x31]), /not UTF-8/],
  ["other factors than items", "id,f0\na,1\n", /users have 1 factors, items have 2/],
];

test.each(hostileCsv)("CSV with %s is refused with the reason", async (_, users, reason) => {
  await expect(readCsv(users)).rejects.toMatchObject({ code: "bad-input", message: expect.stringMatching(reason) });
});

test.each(["[1]", "{", '{"mean": "x"}', '{"a": [1]}', '{"mean": 1e999}'])("parameters %s are refused", async (text) => {
  await expect(readCsv("id,f0,f1\na,1,2\n", undefined, text)).rejects.toMatchObject({ code: "bad-input" });
});

async function readParquet(select: string, extra = "") {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const folder = await newFolder();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  for (const name of ["users", "items"])
    await connection.run(`COPY (${select}) TO '${join(folder, `${name}.parquet`)}' (FORMAT parquet ${extra})`);
  connection.closeSync();
  instance.closeSync();
  return (await readForeign(folder, "parquet")).factors;
}

test("Parquet tables of other writers are read: lists or columns, any width of numbers and ids, any compression", async () => {
  const selects = [
    "SELECT i AS id, [i + 0.5, i / 4]::FLOAT[] AS factors FROM range(5000) t(i)",
    "SELECT i::INTEGER AS id, [i + 0.5, i / 4]::DOUBLE[] AS features FROM range(5000) t(i)",
    "SELECT i::VARCHAR AS id, (i + 0.5)::FLOAT AS f0, (i / 4)::DOUBLE AS f1, 1::FLOAT AS bias FROM range(5000) t(i)",
  ];
  for (const select of selects)
    for (const extra of ["", ", COMPRESSION zstd", ", COMPRESSION gzip, PARQUET_VERSION V2", ", ROW_GROUP_SIZE 2048"]) {
      const model = await readParquet(select, extra);
      expect(model.userIds?.[4999]).toBe("4999");
      expect(model.userFactors.length).toBe(10_000);
      for (const row of [0, 1, 2047, 2048, 4999])
        expect([...model.userFactors.subarray(2 * row, 2 * row + 2)]).toEqual([row + 0.5, row / 4]);
      expect(model.precision).toBe(select === selects[0] ? "float32" : "float64");
      expect(model.itemBias?.length).toBe(select === selects[2] ? 5000 : undefined);
    }
});

const hostileParquet: [string, string, RegExp][] = [
  ["no id", "SELECT [1.0::FLOAT] AS factors", /no usable column id/],
  ["ids that are fractions", "SELECT 1.5::DOUBLE AS id, [1.0::FLOAT] AS factors", /no usable column id/],
  ["no list", "SELECT 1 AS id, 'x' AS factors", /not one list/],
  ["two lists", "SELECT 1 AS id, [1.0::FLOAT] AS factors, [1.0::FLOAT] AS features", /not one list/],
  ["a list of integers", "SELECT 1 AS id, [1] AS factors", /not one list/],
  ["a list of lists", "SELECT 1 AS id, [[1.0::FLOAT]] AS factors", /not one list/],
  ["a column that does not belong", "SELECT 1 AS id, [1.0::FLOAT] AS factors, 2 AS age", /do not belong/],
  ["a bias of text", "SELECT 1 AS id, [1.0::FLOAT] AS factors, 'x' AS bias", /the bias is no number/],
  ["no rows", "SELECT 1 AS id, [1.0::FLOAT] AS factors WHERE false", /no rows/],
  ["an id twice", "SELECT 1 AS id, [1.0::FLOAT] AS factors FROM range(2)", /"1" of row 1 is there twice/],
  ["an id that is null", "SELECT NULL::INTEGER AS id, [1.0::FLOAT] AS factors", /id of row 0 is null/],
  ["a list that is null", "SELECT 1 AS id, NULL::FLOAT[] AS factors", /row 0 has 0 factors/],
  ["a list that is empty", "SELECT 1 AS id, []::FLOAT[] AS factors", /row 0 has 0 factors/],
  ["a list with a null", "SELECT 1 AS id, [1, NULL]::FLOAT[] AS factors", /factor 1 of row 0 is null/],
  ["a number that is null", "SELECT 1 AS id, NULL::FLOAT AS f0", /factor 0 of row 0 is null/],
  ["a bias that is null", "SELECT 1 AS id, [1.0::FLOAT] AS factors, NULL::FLOAT AS bias", /bias of row 0 is null/],
  [
    "lists of two lengths",
    "SELECT i AS id, list_value(1::FLOAT) || if(i = 1, [2::FLOAT], []) AS factors FROM range(2) t(i)",
    /row 1 has 2 factors, the first row has 1/,
  ],
  ["NaN", "SELECT 1 AS id, [1::FLOAT, 'nan'::FLOAT] AS factors", /factor 1 of row 0 is NaN/],
  ["infinity", "SELECT 1 AS id, ['-inf'::DOUBLE] AS factors", /factor 0 of row 0 is -Infinity/],
];

test.each(hostileParquet)("Parquet with %s is refused with the reason", async (_, select, reason) => {
  await expect(readParquet(select)).rejects.toMatchObject({
    name: "LetheError",
    code: "bad-input",
    message: expect.stringMatching(reason),
  });
});

test("rows without end out of few bytes are refused before they are read", async () => {
  // Differences and runs code a million ids that count up, and a million zeros, in next to nothing.
  const select = "SELECT i AS id, 0::FLOAT AS f0 FROM range(1000000) t(i)";
  await expect(readParquet(select, ", PARQUET_VERSION V2, ROW_GROUP_SIZE 1000000")).rejects.toMatchObject({
    message: expect.stringMatching(/bytes that hold 2000000 values are not a model/),
  });
});

test("an id with spaces around it is not written as CSV, which would lose them", async () => {
  const model = { ...sampleFactors(1), itemIds: ["1", "2", " 3", "4", "5"] };
  await expect(writeForeign(join(await newFolder(), "x"), "csv", model)).rejects.toMatchObject({
    message: expect.stringMatching(/spaces around the id " 3"/),
  });
});

test("what is no Parquet never reaches the reader", async () => {
  const folder = await newFolder();
  for (const bytes of [Buffer.alloc(0), Buffer.from("PAR1"), Buffer.alloc(100), Buffer.from("id,f0\na,1\n")]) {
    for (const name of ["users", "items"]) await writeFile(join(folder, `${name}.parquet`), bytes);
    await expect(readForeign(folder)).rejects.toMatchObject({ message: expect.stringMatching(/not a Parquet file/) });
  }
});

test("a written table is plain Parquet and plain CSV", async () => {
  const [a, b] = [join(await newFolder(), "a"), join(await newFolder(), "b'[1]*")];
  const model = { ...sampleFactors(2, { users: 2, items: 1, factors: 2, biases: true }), stated: {} };
  await writeForeign(a, "csv", model);
  const lines = (await readFile(join(a, "users.csv"), "utf8")).split("\n");
  expect(lines).toEqual([
    "id,f0,f1,bias",
    ...[0, 1].map((row) =>
      [model.userIds?.[row], ...model.userFactors.subarray(2 * row, 2 * row + 2), model.userBias?.[row]].join(","),
    ),
    "",
  ]);
  expect((await readdir(a)).sort()).toEqual(["items.csv", "parameters.json", "users.csv"]);
  await mkdir(b);
  await writeForeign(b, "parquet", model);
  await rename(join(b, "users.parquet"), `${b}.parquet`);
  await expect(readForeign(b, "parquet")).rejects.toMatchObject({ message: expect.stringMatching(/no such file/) });
  const columns = await withParquet(({ read }) => read(`${b}.parquet`, 2, "users")).catch((error) => error.message);
  expect(columns).toMatch(/"factors" has the type DOUBLE\[\]/);
  await rm(`${b}.parquet`);
});

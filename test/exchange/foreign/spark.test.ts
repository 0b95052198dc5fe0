import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { readForeign, writeForeign } from "../../../src/exchange/foreign/index.ts";
import { folders } from "../../support/folders.ts";
import { sampleFactors } from "./samples.ts";

const newFolder = folders();
const modelClass = "org.apache.spark.ml.recommendation.ALSModel";

async function sql(text: string) {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(text);
  connection.closeSync();
  instance.closeSync();
  return reader.getRowObjects();
}

/** A model as Spark lays it out: parts by hash, some without rows, checksums and marks beside them. */
async function sparkModel(metadata: object | string = {}): Promise<string> {
  const folder = join(await newFolder(), "als");
  for (const name of ["metadata", "userFactors", "itemFactors"]) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, "_SUCCESS"), "");
    await writeFile(join(folder, name, "._SUCCESS.crc"), "crc");
  }
  const whole = { class: modelClass, timestamp: 1700000000000, sparkVersion: "3.5.1", uid: "als_1", rank: 2 };
  const maps = { paramMap: { userCol: "userId", blockSize: 4096 }, defaultParamMap: { userCol: "user", x: [1] } };
  const text = typeof metadata === "string" ? metadata : JSON.stringify({ ...whole, ...maps, ...metadata });
  await writeFile(join(folder, "metadata", "part-00000"), `${text}\n`);
  const part = (side: string, k: number) => join(folder, side, `part-0000${k}-4be1-c000.snappy.parquet`);
  const copies = [0, 1, 2].flatMap((k) =>
    ["userFactors", "itemFactors"].map(
      (side) =>
        `COPY (SELECT i::INTEGER AS id, [i, -i]::FLOAT[] AS features FROM range(6) t(i) WHERE i % 3 = ${k} AND i <> 1 AND i <> 4)
         TO '${part(side, k)}' (FORMAT parquet)`,
    ),
  );
  await sql(copies.join(";\n"));
  return folder;
}

test("a model is read part by part, whole", async () => {
  const model = (await readForeign(await sparkModel())).factors;
  expect(model).toMatchObject({ factors: 2, userIds: ["0", "3", "2", "5"], precision: "float32", mean: undefined });
  expect([...model.itemFactors]).toEqual([0, 0, 3, -3, 2, -2, 5, -5]);
  expect(model.stated).toEqual({ sparkVersion: "3.5.1", uid: "als_1", userCol: "userId", blockSize: 4096, rank: 2 });
});

const wrongMetadata: [string, object | string, RegExp][] = [
  ["another class", { class: "org.apache.spark.ml.PipelineModel" }, /PipelineModel", not an/],
  ["no class", { class: undefined }, /not an/],
  ["no rank", { rank: undefined }, /rank is undefined/],
  ["a rank of text", { rank: "2" }, /rank is 2/],
  ["a broken rank", { rank: 1.5 }, /rank is 1\.5/],
  ["another rank", { rank: 3 }, /rows have 2 factors, the metadata say rank 3/],
  ["parameters that are a list", { paramMap: [] }, /not an object/],
  ["no JSON", "{", /not a JSON object/],
  ["an array", "[]", /not a JSON object/],
  ["nothing", "", /not a JSON object/],
  ["2 MiB", " ".repeat(2 << 20), /too many for what belongs/],
];

test.each(wrongMetadata)("metadata with %s are refused with the reason", async (_, metadata, reason) => {
  await expect(readForeign(await sparkModel(metadata), "spark")).rejects.toMatchObject({
    code: "bad-input",
    message: expect.stringMatching(reason),
  });
});

test("links, pipes, devices and strangers are refused, and never waited for", async () => {
  const part = "part-00000-4be1-c000.snappy.parquet";
  const changes: [RegExp, (folder: string) => Promise<unknown>][] = [
    [
      /not a file but a link/,
      async (users) => {
        await rename(join(users, part), join(users, "..", "elsewhere"));
        await symlink(join(users, "..", "elsewhere"), join(users, part));
      },
    ],
    [
      /not a file/,
      async (users) => {
        await rm(join(users, part));
        execFileSync("mkfifo", [join(users, part)]);
      },
    ],
    [/not a file/, async (users) => mkdir(join(users, "part-9.parquet"))],
    [/"notes.txt" is no Parquet/, async (users) => writeFile(join(users, "notes.txt"), "")],
    [
      /there are 0 Parquet files/,
      async (users) => {
        for (const name of await readdir(users)) await rm(join(users, name));
      },
    ],
    [
      /no such folder/,
      async (users) => {
        await rename(users, `${users}.real`);
        await symlink(`${users}.real`, users);
      },
    ],
    [/no metadata/, async (users) => rm(join(users, "..", "metadata"), { recursive: true })],
    [
      /"0" of row 2 is there twice/,
      async (users) => {
        await writeFile(join(users, "part-00000-again.parquet"), await readFile(join(users, part)));
      },
    ],
  ];
  for (const [reason, change] of changes) {
    const folder = await sparkModel();
    await change(join(folder, "userFactors"));
    await expect(readForeign(folder, "spark"), String(reason)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(reason),
    });
  }
});

test("an exported folder has what load looks for: class, rank, parameters, ids as int and features as lists of float", async () => {
  const path = join(await newFolder(), "als");
  await writeForeign(path, "spark", { ...sampleFactors(1), stated: { userCol: "who", regParam: 0.1 } });
  expect((await readdir(path, { recursive: true })).sort()).toEqual(
    "itemFactors itemFactors/_SUCCESS itemFactors/part-00000.parquet metadata metadata/_SUCCESS metadata/part-00000 userFactors userFactors/_SUCCESS userFactors/part-00000.parquet".split(
      " ",
    ),
  );
  const metadata = JSON.parse(await readFile(join(path, "metadata", "part-00000"), "utf8"));
  expect(metadata).toMatchObject({ class: modelClass, rank: 3, paramMap: { userCol: "who" } });
  // `load` sets every parameter that it finds, and throws at one that the model does not have.
  expect(Object.keys({ ...metadata.paramMap, ...metadata.defaultParamMap }).sort()).toEqual(
    "coldStartStrategy itemCol predictionCol userCol".split(" "),
  );
  const [schema] = await sql(
    `SELECT typeof(id) AS id, typeof(features) AS features FROM '${path}/userFactors/part-00000.parquet'`,
  );
  expect(schema).toEqual({ id: "INTEGER", features: "FLOAT[]" });
});

test("who wrote a model stays in its metadata, and only what Spark could read of that", async () => {
  const path = join(await newFolder(), "als");
  const ours = { sparkVersion: "3.0.0", uid: "als_lethe" };
  for (const [came, goes] of [
    [{}, {}],
    [{ sparkVersion: "2.4.8", uid: "als_5a" }, undefined],
    [{ sparkVersion: "3.5.1-amzn-0", uid: "ALSModel_ü" }, undefined],
    [{ sparkVersion: "latest", uid: "als_5a" }, { uid: "als_5a" }],
    [{ sparkVersion: 3.5, uid: 7 }, {}],
  ] as const) {
    const folder = await sparkModel({ sparkVersion: undefined, uid: undefined, ...came });
    const { factors } = await readForeign(folder);
    await writeForeign(path, "spark", factors);
    const metadata = JSON.parse(await readFile(join(path, "metadata", "part-00000"), "utf8"));
    expect(metadata).toMatchObject({ ...ours, ...(goes ?? came), timestamp: 0 });
    expect({ ...metadata.paramMap, ...metadata.estimatorParamMap }).toEqual({ userCol: "userId", blockSize: 4096 });
  }
});

test("ids that Spark cannot hold are refused, or replaced by positions when asked", async () => {
  const path = join(await newFolder(), "als");
  for (const id of ["abc", "1.5", "2147483648", "-2147483649", "007", "-0", "1e3", " 1"]) {
    const model = { ...sampleFactors(1), itemIds: ["1000", "1001", id, "1003", "1004"] };
    await expect(writeForeign(path, "spark", model), id).rejects.toMatchObject({
      message: expect.stringMatching(/item id of row 2/),
      advice: expect.stringMatching(/positions/),
    });
    await writeForeign(path, "spark", model, { ids: "positions" });
    expect((await readForeign(path)).factors.itemIds).toEqual(["0", "1", "2", "3", "4"]);
  }
  const edges = { ...sampleFactors(1), itemIds: ["2147483647", "-2147483648", "0", "-1", "10"] };
  await writeForeign(path, "spark", edges);
  expect((await readForeign(path)).factors.itemIds).toEqual(edges.itemIds);
});

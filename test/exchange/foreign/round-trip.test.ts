import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  detectForeign,
  type ForeignFactors,
  foreignFormats,
  readForeign,
  withoutBiases,
  writeForeign,
} from "../../../src/exchange/foreign/index.ts";
import { folders } from "../../support/folders.ts";
import { sampleFactors, scoresOf, zipOf } from "./samples.ts";

const newFolder = folders();
const names = foreignFormats.map(({ name }) => name);
/** Formats that keep float64, biases, outside ids, and what is stated, in this order. */
const keeps: Readonly<Record<string, readonly [double: boolean, biases: boolean, ids: boolean]>> = {
  npz: [true, false, true],
  spark: [false, false, true],
  safetensors: [true, true, false],
  csv: [true, true, true],
  parquet: [true, true, true],
};

async function roundTrip(name: string, model: ForeignFactors, options = {}): Promise<ForeignFactors> {
  const path = join(await newFolder(), "model");
  await writeForeign(path, name, model, options);
  expect((await detectForeign(path)).name).toBe(name);
  const { factors, format } = await readForeign(path);
  expect(format).toBe(name);
  return factors;
}

/** What must come back of a model that was written as float32. */
function single(model: ForeignFactors): ForeignFactors {
  const rounded = <Values extends Float64Array | undefined>(values: Values) => values?.map(Math.fround) as Values;
  const { userFactors, itemFactors, userBias, itemBias } = model;
  return {
    ...model,
    userFactors: rounded(userFactors),
    itemFactors: rounded(itemFactors),
    userBias: rounded(userBias),
    itemBias: rounded(itemBias),
  };
}

function expectTables(found: ForeignFactors, model: ForeignFactors): void {
  for (const table of ["userFactors", "itemFactors", "userBias", "itemBias", "mean", "factors"] as const)
    expect(found[table], table).toStrictEqual(model[table]);
}

test("every format is known here", () => {
  expect(Object.keys(keeps).sort()).toEqual([...names].sort());
});

describe.each(names)("%s", (name) => {
  const [double, biases, ids] = keeps[name];

  test.each([1, 2, 3])("brings back what was written, to the bit or to the nearest float32 (seed %i)", async (seed) => {
    const model = sampleFactors(seed, { users: 1 + 40 * seed, items: 3 * seed, factors: seed * seed, biases });
    expectTables(await roundTrip(name, model, { precision: "float32" }), single(model));
    if (double) expectTables(await roundTrip(name, model, { precision: "float64" }), model);
    else await expect(roundTrip(name, model, { precision: "float64" })).rejects.toMatchObject({ code: "bad-input" });
  });

  test("keeps the order of rows, and the ids where it has a place for them", async () => {
    const model = sampleFactors(5);
    const found = await roundTrip(name, model);
    expect([found.userIds, found.itemIds]).toEqual(ids ? [model.userIds, model.itemIds] : [undefined, undefined]);
  });

  test("gives the same bytes for the same model, and they hold more than one vector of rows", async () => {
    const model = sampleFactors(6, { users: 5000, items: 2, factors: 2 });
    const [a, b] = [join(await newFolder(), "a"), join(await newFolder(), "b")];
    for (const path of [a, b]) await writeForeign(path, name, model, { precision: "float32" });
    const filesOf = async (path: string) =>
      (await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(path.length))
        .sort();
    expect(await filesOf(b)).toEqual(await filesOf(a));
    for (const file of (await filesOf(a)).length > 0 ? await filesOf(a) : [""])
      expect((await readFile(b + file)).equals(await readFile(a + file)), file).toBe(true);
    expectTables((await readForeign(a)).factors, single(model));
  });

  test("has biases and mean in its scores, whether it has a place for them or not", async () => {
    const model = { ...sampleFactors(7, { biases: true }), precision: "float32" as const };
    if (!biases)
      await expect(roundTrip(name, model)).rejects.toMatchObject({ message: expect.stringMatching(/no place for/) });
    const found = scoresOf(await roundTrip(name, model, { biases: "columns" }));
    scoresOf(single(model)).forEach((row, u) => {
      row.forEach((score, i) => {
        // In float32, of a sum of products each rounded once more.
        const { factors: d, userFactors, itemFactors } = model;
        const terms = Array.from({ length: d }, (_, k) => Math.abs(userFactors[u * d + k] * itemFactors[i * d + k]));
        const scale = terms.reduce((sum, term) => sum + term, 4) + Math.abs(model.userBias?.[u] ?? 0);
        expect(Math.abs(found[u][i] - score)).toBeLessThanOrEqual(2 ** -22 * scale);
      });
    });
  });

  test("replaces a model of its own kind, and leaves anything else as it is", async () => {
    const path = join(await newFolder(), "model");
    await writeForeign(path, name, sampleFactors(1), { precision: "float32" });
    await writeForeign(path, name, sampleFactors(2), { precision: "float32" });
    expectTables((await readForeign(path)).factors, single(sampleFactors(2)));
    const file = join(await newFolder(), "notes");
    await writeFile(file, "mine");
    const folder = await newFolder();
    await writeFile(join(folder, "notes"), "mine");
    const link = join(await newFolder(), "link");
    await symlink(file, link);
    for (const other of [file, folder, link])
      await expect(writeForeign(other, name, sampleFactors(1))).rejects.toMatchObject({ code: "bad-input" });
    expect(await readFile(file, "utf8")).toBe("mine");
    expect(await readdir(folder)).toEqual(["notes"]);
    const full = join(await newFolder(), "full");
    await mkdir(join(full, "metadata"), { recursive: true });
    await expect(writeForeign(full, name, sampleFactors(1))).rejects.toMatchObject({ code: "bad-input" });
  });

  test("leaves nothing behind when a model is refused or the writing is stopped", async () => {
    const folder = await newFolder();
    const model = sampleFactors(1);
    const wrong: [Partial<ForeignFactors>, RegExp][] = [
      [{ userFactors: model.userFactors.map((value, k) => (k === 7 ? Number.NaN : value)) }, /user.*row 2 hold NaN/],
      [{ itemFactors: new Float64Array(4) }, /4 numbers of item factors are not rows of 3/],
      [{ itemFactors: new Float64Array(0) }, /no item factors/],
      [{ factors: 0 }, /0 factors/],
      [{ userBias: new Float64Array(2) }, /2 user biases for 7 rows/],
      [{ userIds: ["1"] }, /1 user ids for 7 rows/],
      [{ itemIds: ["1", "2", "3", "2", "5"] }, /"2" of row 3 is there twice/],
      [{ itemIds: ["1", "2", "3", "", "5"] }, /row 3 is empty/],
      [{ itemIds: ["1", "2", "3", "\ud800", "5"] }, /not valid Unicode/],
      [{ userFactors: model.userFactors.map(() => 1e300) }, /in float32, the user factors of row 0 hold Infinity/],
    ];
    for (const [change, message] of wrong)
      await expect(
        writeForeign(join(folder, "x"), name, { ...model, ...change }, { precision: "float32" }),
        String(message),
      ).rejects.toMatchObject({ code: "bad-input", message: expect.stringMatching(message) });
    const signal = AbortSignal.abort();
    await expect(writeForeign(join(folder, "x"), name, model, { signal })).rejects.toMatchObject({ code: "aborted" });
    expect(await readdir(folder)).toEqual([]);
  });
});

test("what only looks like a model of the format is left as it is", async () => {
  const folder = await newFolder();
  const files: [format: string, path: string, file: string, bytes: Buffer][] = [
    ["npz", "letter.docx", "", zipOf({ "word/document.xml": Buffer.from("<w/>") })],
    ["safetensors", "checkpoint", "", Buffer.from('\x0a\0\0\0\0\0\0\0{"a":null}')],
    ["safetensors", "other", "", Buffer.from("\x02\0\0\0\0\0\0\0{}")],
    ["csv", "people", "users.csv", Buffer.from("id,name\n1,Ada\n")],
    ["parquet", "things", "items.parquet", Buffer.from("PAR1PAR1PAR1")],
    ["spark", "pipeline", "metadata/part-00000", Buffer.from('{"class":"org.apache.spark.ml.PipelineModel"}')],
  ];
  for (const [format, name, file, bytes] of files) {
    const path = join(folder, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    await expect(writeForeign(join(folder, name), format, sampleFactors(1)), name).rejects.toMatchObject({
      message: expect.stringMatching(/something else is there/),
    });
    expect(await readFile(path)).toEqual(bytes);
  }
  expect((await readdir(folder)).sort()).toEqual(files.map(([, name]) => name).sort());
});

test("what a model states comes back with its type, where the format has a place for it", async () => {
  const stated = { regularization: 0.5, alpha: 2, note: "3", text: "a b", use_cg: true };
  const model = { ...sampleFactors(3), stated };
  for (const name of ["safetensors", "csv", "parquet"])
    expect((await roundTrip(name, model)).stated, name).toEqual(stated);
  expect((await roundTrip("npz", model)).stated).toMatchObject({ regularization: 0.5, alpha: 2, use_cg: true });
  expect((await roundTrip("spark", { ...model, stated: { userCol: "who" } })).stated).toMatchObject({ userCol: "who" });
});

test("biases become two factors and the scores stay", () => {
  for (const seed of [1, 2, 3]) {
    const model = sampleFactors(seed, { biases: true });
    const wide = withoutBiases(model);
    expect([wide.factors, wide.userBias, wide.itemBias, wide.mean]).toEqual([5, undefined, undefined, undefined]);
    scoresOf(wide).forEach((row, u) => {
      row.forEach((score, i) => {
        const expected = scoresOf(model)[u][i];
        expect(Math.abs(score - expected)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(expected)));
      });
    });
  }
  expect(withoutBiases(sampleFactors(1)).factors).toBe(3);
});

test("an unknown format and a place without a model are refused with the formats that are known", async () => {
  const empty = await newFolder();
  for (const act of [
    () => writeForeign("x", "pickle", sampleFactors(1)),
    () => readForeign("x", "pickle"),
    () => readForeign(empty),
    () => readForeign("/dev/null"),
    () => readForeign("no such thing"),
  ])
    await expect(act()).rejects.toMatchObject({ code: "bad-input", advice: expect.stringContaining("npz, spark") });
});

/** Two thousand damaged models: each is refused with a LetheError or read as a model, soon, and without much memory. */

import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LetheError } from "../../../src/errors.ts";
import { type ForeignFactors, readForeign, writeForeign } from "../../../src/exchange/foreign/index.ts";
import { randomOf } from "../../../src/numeric/random.ts";
import { folders } from "../../support/folders.ts";
import { damaged } from "./mutation.ts";
import { floatsOf, sampleFactors, zipOf } from "./samples.ts";

const newFolder = folders();
// Of a few kilobytes, read again and again; one takes about ten milliseconds on a quiet machine.
const longestRead = 5000;
const mostMemory = 400 * 2 ** 20;

/** What a case came to: the model, or undefined where it was refused. */
async function outcome(path: string, format: string): Promise<ForeignFactors | undefined> {
  const started = performance.now();
  try {
    return (await readForeign(path, format)).factors;
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    expect(error.code).toBe("bad-input");
    expect(error.message.length).toBeLessThan(2000);
    return undefined;
  } finally {
    expect(performance.now() - started).toBeLessThan(longestRead);
  }
}

function expectModel({ factors, userFactors, itemFactors, userBias, itemBias, mean = 0, ...model }: ForeignFactors) {
  expect(Number.isInteger(factors) && factors >= 1).toBe(true);
  for (const [table, bias, ids] of [
    [userFactors, userBias, model.userIds],
    [itemFactors, itemBias, model.itemIds],
  ] as const) {
    expect(table.length).toBeGreaterThan(0);
    const rows = table.length / factors;
    expect(Number.isInteger(rows)).toBe(true);
    expect([...table, ...(bias ?? [])].every(Number.isFinite)).toBe(true);
    expect(bias?.length ?? rows).toBe(rows);
    expect(ids === undefined ? rows : new Set(ids).size).toBe(rows);
  }
  expect(Number.isFinite(mean)).toBe(true);
}

/** Damages one file of a copy of a model, as often as is said, and reads the copy. */
async function fuzz(format: string, cases: number, model: string, files: readonly string[]): Promise<void> {
  const originals = new Map<string, Buffer>();
  for (const file of files) originals.set(file, await readFile(join(model, file)));
  const start = process.memoryUsage();
  let read = 0;
  let most = 0;
  for (let k = 0; k < cases; k++) {
    const random = randomOf(1, "fuzz", format, k);
    const file = files[k % files.length];
    const original = originals.get(file) as Buffer;
    await writeFile(join(model, file), damaged(original, random));
    const found = await outcome(model, format).catch((error) => {
      throw new Error(`case ${k} of ${format}, ${file}`, { cause: error });
    });
    if (found !== undefined) expectModel(found);
    read += Number(found !== undefined);
    most = Math.max(most, process.memoryUsage().rss);
    await writeFile(join(model, file), original);
  }
  expect(await outcome(model, format)).toBeDefined();
  expect(most - start.rss).toBeLessThan(mostMemory);
  // Otherwise the damage would never get past the first check.
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(cases);
}

async function written(format: string, seed: number, precision: "float32" | "float64"): Promise<string> {
  const path = join(await newFolder(), "model");
  const biases = ["safetensors", "csv", "parquet"].includes(format);
  await writeForeign(path, format, sampleFactors(seed, { users: 20, items: 9, biases }), { precision });
  return path;
}

test("npz, stored", async () => {
  const path = await written("npz", 1, "float32");
  await fuzz("npz", 400, path, [""]);
});

test("npz, deflated", async () => {
  const path = join(await newFolder(), "model");
  const numbers = (length: number) => Array.from({ length }, (_, k) => Math.sin(k));
  const files = {
    "user_factors.npy": floatsOf([30, 4], numbers(120)),
    "item_factors.npy": floatsOf([8, 4], numbers(32)),
  };
  await writeFile(path, zipOf(files, { deflate: true, zip64: true }));
  await fuzz("npz", 200, path, [""]);
});

test("arrays whose contents are damaged before their checksum is taken", async () => {
  const path = join(await newFolder(), "model");
  const items = floatsOf([3, 2], [1, 2, 3, 4, 5, 6]);
  let read = 0;
  for (let k = 0; k < 200; k++) {
    const users = damaged(floatsOf([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]), randomOf(1, "npy", k));
    await writeFile(path, zipOf({ "user_factors.npy": users, "item_factors.npy": items }, { deflate: k % 2 === 0 }));
    const found = await outcome(path, "npz");
    if (found !== undefined) expectModel(found);
    read += Number(found !== undefined);
  }
  expect(read).toBeGreaterThan(0);
});

test("safetensors", async () => {
  await fuzz("safetensors", 250, await written("safetensors", 2, "float32"), [""]);
  await fuzz("safetensors", 250, await written("safetensors", 3, "float64"), [""]);
});

test("csv", async () => {
  await fuzz("csv", 300, await written("csv", 4, "float64"), ["users.csv", "items.csv", "parameters.json"]);
});

test("spark", async () => {
  const path = await written("spark", 5, "float32");
  const copy = join(await newFolder(), "copy");
  await cp(path, copy, { recursive: true });
  await fuzz("spark", 100, copy, ["metadata/part-00000"]);
  await fuzz("spark", 150, path, ["userFactors/part-00000.parquet", "itemFactors/part-00000.parquet"]);
});

test("parquet", async () => {
  await fuzz("parquet", 150, await written("parquet", 6, "float64"), ["users.parquet", "items.parquet"]);
});

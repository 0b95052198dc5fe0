import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ForeignReadOptions } from "../../../src/exchange/foreign/factors.ts";
import { readForeign, writeForeign } from "../../../src/exchange/foreign/index.ts";
import { readSafetensors } from "../../../src/exchange/index.ts";
import { folders } from "../../support/folders.ts";
import { sampleFactors } from "./samples.ts";

const newFolder = folders();

function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

async function read(bytes: Uint8Array, options: ForeignReadOptions = {}) {
  const path = join(await newFolder(), "model.safetensors");
  await writeFile(path, bytes);
  return (await readForeign(path, "safetensors", options)).factors;
}

const singles = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const entry = (shape: unknown, data_offsets: unknown, dtype: unknown = "F32") => ({ dtype, shape, data_offsets });
const tables = { user_factors: entry([2, 1], [0, 8]), item_factors: entry([1, 1], [8, 12]) };
const three = singles(1, 2, 0.1);

test("tables are found by the names that programs give them, among others, in any order", async () => {
  for (const [users, items] of [
    ["user_factors", "item_factors"],
    ["user_embeddings.weight", "item_embeddings.weight"],
    ["P", "Q"],
  ]) {
    const header = {
      ...{ [items]: entry([1, 2], [32, 40]), step: entry([1], [0, 8], "I64") },
      ...{ [users]: entry([3, 2], [8, 32]), user_bias: entry([3, 1], [40, 52]) },
      __metadata__: { regularization: "0.5", by: "hand", implicit: "true" },
    };
    const model = await read(fileOf(header, singles(0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)));
    expect(model).toMatchObject({ factors: 2, precision: "float32" });
    expect(model.userFactors).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
    expect(model.itemFactors).toEqual(Float64Array.of(7, 8));
    expect(model.userBias).toEqual(Float64Array.of(9, 10, 11));
    expect(model.stated).toEqual({ regularization: 0.5, by: "hand", implicit: true });
    expect(model.passedOver).toEqual(["step"]);
  }
});

test("numbers of 16 bits are read as what they stand for", async () => {
  const data = new Uint8Array(Uint16Array.of(0x3c00, 0xc100, 0x0001, 0x7bff, 0x3f80, 0xc020).buffer);
  const header = {
    user_factors: entry([2, 2], [0, 8], "F16"),
    item_factors: entry([1, 2], [8, 12], "BF16"),
  };
  const model = await read(fileOf(header, data));
  expect(model.userFactors).toEqual(Float64Array.of(1, -2.5, 2 ** -24, 65504));
  expect(model.itemFactors).toEqual(Float64Array.of(1, -2.5));
});

test("names that are given are the ones that are read", async () => {
  const bytes = fileOf({ a: tables.user_factors, b: tables.item_factors }, three);
  const model = await read(bytes, { names: { userFactors: "a", itemFactors: "b" } });
  expect(model.userFactors).toEqual(Float64Array.of(1, 2));
  await expect(read(bytes, { names: { userFactors: "a", itemFactors: "c" } })).rejects.toMatchObject({
    message: expect.stringContaining('no tensor "c"'),
    advice: 'it holds "b" (1 × 1); name one with `itemTensor`, such as `itemTensor` "b"',
  });
});

test("an exported file is one of the plain format", async () => {
  const path = join(await newFolder(), "x");
  const model = sampleFactors(3, { biases: true });
  await writeForeign(path, "safetensors", model);
  const tensors = await readSafetensors(path);
  expect([...tensors.keys()]).toEqual(["user_factors", "item_factors", "user_bias", "item_bias", "mean"]);
  expect(tensors.get("user_factors")).toEqual({ shape: [7, 3], values: model.userFactors });
  expect(tensors.get("mean")?.values).toEqual(Float64Array.of(3.5));
});

const hostile: [string, Uint8Array, RegExp][] = [
  ["nothing", new Uint8Array(0), /0 bytes/],
  ["a header longer than the file", fileOf(tables, three).subarray(0, 40), /longer than the file/],
  ["a header of 2^64 - 1 bytes", new Uint8Array(16).fill(255), /18446744073709551615 bytes is longer/],
  ["a header of 9 MiB", fileOf(" ".repeat(9 << 20)), /above 8388608/],
  ["deep nesting", fileOf("[".repeat(1 << 20)), /not JSON/],
  ["an array", fileOf([]), /not a JSON object/],
  ["no tables", fileOf({}), /no tensor under a usual name of user factors/],
  ["no items", fileOf({ user_factors: entry([3, 1], [0, 12]) }, three), /no tensor under a usual name of item factors/],
  ["a table of integers", fileOf({ ...tables, user_factors: entry([2, 1], [0, 8], "I32") }, three), /holds I32/],
  ["an unknown type", fileOf({ ...tables, user_factors: entry([2, 1], [0, 8], "F128") }, three), /no known type/],
  ["a type from the prototype", fileOf({ ...tables, x: entry([0], [0, 0], "toString") }, three), /no known type/],
  [
    "a table of one dimension",
    fileOf({ ...tables, user_factors: entry([2], [0, 8]) }, three),
    /user factors have shape \(2\)/,
  ],
  ["a shape that overflows", fileOf({ ...tables, user_factors: entry([2 ** 52, 2 ** 52], [0, 8]) }, three), /not fit/],
  ["a shape below zero", fileOf({ ...tables, user_factors: entry([-2, -1], [0, 8]) }, three), /no usable shape/],
  ["overlap", fileOf({ ...tables, item_factors: entry([1, 1], [4, 8]) }, three), /overlaps/],
  ["a hole", fileOf({ ...tables, item_factors: entry([1, 1], [12, 16]) }, singles(1, 2, 3, 4)), /hole/],
  ["too few bytes", fileOf(tables, singles(1, 2)), /end at byte 12 of 8/],
  ["too many bytes", fileOf(tables, singles(1, 2, 3, 4)), /end at byte 12 of 16/],
  [
    "two tables of users",
    fileOf({ ...tables, P: entry([0, 1], [0, 0]) }, three),
    /2 tensors could be the user factors: "user_factors", "P"/,
  ],
  ["no factors", fileOf({ user_factors: entry([2, 0], [0, 0]), item_factors: entry([2, 0], [0, 0]) }), /0 factors/],
  ["other factors for items", fileOf({ ...tables, user_factors: entry([1, 2], [0, 8]) }, three), /have 2 .* have 1/],
  ["metadata that are no texts", fileOf({ ...tables, __metadata__: { a: [1] } }, three), /metadata "a"/],
  ["NaN", fileOf(tables, singles(1, Number.NaN, 3)), /user factors of row 1 hold NaN/],
  [
    "too many bytes for the limit",
    fileOf(
      { ...tables, user_factors: entry([600, 1], [0, 2400]), item_factors: entry([1, 1], [2400, 2404]) },
      new Uint8Array(2404),
    ),
    /take 4808 bytes/,
  ],
];

test.each(hostile)("%s is refused with the reason", async (_, bytes, reason) => {
  await expect(read(bytes, { byteLimit: 4096 })).rejects.toMatchObject({
    name: "LetheError",
    code: "bad-input",
    message: expect.stringMatching(reason),
  });
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { readSafetensors, type Tensor, writeSafetensors } from "../../src/exchange/index.ts";
import { folders } from "../support/folders.ts";

const newFolder = folders();
let path = "";
beforeAll(async () => {
  path = join(await newFolder(), "x.safetensors");
});

/** A file with this header (an object, or text) and data. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

async function refusal(bytes: Uint8Array): Promise<string | undefined> {
  await writeFile(path, bytes);
  try {
    await readSafetensors(path);
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    expect(error.code).toBe("bad-model");
    return error.message;
  }
  return undefined;
}

const doubles = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);
const entry = (shape: unknown, data_offsets: unknown, dtype: unknown = "F64") => ({ dtype, shape, data_offsets });

test("tensors come back by name, to the bit", async () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  const tensors = fc.dictionary(fc.string({ unit: "grapheme" }), fc.array(finite), {
    maxKeys: 6,
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(tensors, async (values) => {
      const given = new Map<string, Tensor>(
        Object.entries(values)
          .filter(([name]) => name !== "__metadata__")
          .map(([name, list]) => [name, { shape: [list.length], values: Float64Array.from(list) }]),
      );
      const file = join(await newFolder(), "x");
      await writeSafetensors(file, given);
      expect([...(await readSafetensors(file))].sort()).toStrictEqual([...given].sort());
    }),
    { numRuns: 100 },
  );
});

test("the layout is the one of the format: length, padded header, offsets from zero", async () => {
  const file = join(await newFolder(), "x");
  await writeSafetensors(
    file,
    new Map([
      ["a", { shape: [2, 1], values: Float64Array.of(1, 2) }],
      ["b", { shape: [], values: Float64Array.of(3) }],
    ]),
  );
  const bytes = await readFile(file);
  const length = Number(bytes.readBigUInt64LE());
  expect(length % 8).toBe(0);
  expect(JSON.parse(bytes.toString("utf8", 8, 8 + length))).toEqual({
    a: entry([2, 1], [0, 16]),
    b: entry([], [16, 24]),
  });
  expect(bytes.subarray(8 + length)).toEqual(Buffer.from(doubles(1, 2, 3)));
});

test("float32 is read as well, at any place in the file", async () => {
  const single = new Uint8Array(Float32Array.of(0.5, -2, 0.1).buffer);
  await writeFile(
    path,
    fileOf(
      { b: entry([1], [12, 20]), a: entry([3], [0, 12], "F32"), __metadata__: { by: "x" } },
      Buffer.concat([single, doubles(7)]),
    ),
  );
  const tensors = await readSafetensors(path);
  expect([...tensors.keys()].sort()).toEqual(["a", "b"]);
  expect(tensors.get("a")?.values).toEqual(Float64Array.of(0.5, -2, Math.fround(0.1)));
  expect(tensors.get("b")?.values).toEqual(Float64Array.of(7));
});

const three = doubles(1, 2, 3);
const hostile: [string, Uint8Array, RegExp][] = [
  ["nothing", new Uint8Array(0), /0 bytes/],
  ["seven bytes", new Uint8Array(7), /7 bytes/],
  ["a header longer than the file", Buffer.concat([doubles(1), three]), /longer than the file/],
  ["a header of 2^64 - 1 bytes", new Uint8Array(16).fill(255), /18446744073709551615 bytes is longer/],
  ["a header of 9 MiB", fileOf(" ".repeat(9 << 20)), /above 8388608/],
  ["an empty header", fileOf(""), /not JSON/],
  ["a header that is no UTF-8", fileOf("").fill(255, 8), /not JSON/],
  ["an array", fileOf([]), /not a JSON object/],
  ["null", fileOf("null"), /not a JSON object/],
  ["deep nesting", fileOf("[".repeat(1 << 20)), /not JSON/],
  ["a tensor that is a number", fileOf({ a: 1 }), /"a" is not described/],
  ["integers", fileOf({ a: entry([3], [0, 24], "I64") }, three), /neither F64 nor F32/],
  ["no dtype", fileOf({ a: { shape: [3], data_offsets: [0, 24] } }, three), /neither F64 nor F32/],
  ["a dtype from the prototype", fileOf({ a: entry([3], [0, 24], "toString") }, three), /neither F64 nor F32/],
  ["a negative shape", fileOf({ a: entry([-3, -1], [0, 24]) }, three), /no usable shape/],
  ["a broken shape", fileOf({ a: entry([1.5, 2], [0, 24]) }, three), /no usable shape/],
  ["a shape of text", fileOf({ a: entry(["3"], [0, 24]) }, three), /no usable shape/],
  ["a shape of nine", fileOf({ a: entry(Array(9).fill(1), [0, 8]) }, doubles(1)), /no usable shape/],
  ["a shape that overflows", fileOf({ a: entry([2 ** 52, 2 ** 52], [0, 24]) }, three), /does not fit/],
  ["one offset", fileOf({ a: entry([3], [0]) }, three), /no usable data_offsets/],
  ["offsets backwards", fileOf({ a: entry([3], [24, 0]) }, three), /does not fit/],
  ["offsets below zero", fileOf({ a: entry([3], [-24, 0]) }, three), /no usable data_offsets/],
  ["a shape that is too small", fileOf({ a: entry([2], [0, 24]) }, three), /does not fit its 24 bytes/],
  ["offsets past the end", fileOf({ a: entry([4], [0, 32]) }, three), /end at byte 32 of 24/],
  ["offsets far past the end", fileOf({ a: entry([2 ** 49], [0, 2 ** 52]) }, three), /of 24/],
  ["overlap", fileOf({ a: entry([2], [0, 16]), b: entry([2], [8, 24]) }, three), /"b" overlaps/],
  ["the same bytes twice", fileOf({ a: entry([3], [0, 24]), b: entry([3], [0, 24]) }, three), /overlaps/],
  ["a hole", fileOf({ a: entry([1], [0, 8]), b: entry([1], [16, 24]) }, three), /"b" leaves a hole/],
  ["a hole at the start", fileOf({ a: entry([2], [8, 24]) }, three), /"a" leaves a hole/],
  ["bytes after the last tensor", fileOf({ a: entry([2], [0, 16]) }, three), /end at byte 16 of 24/],
  ["data without tensors", fileOf({}, three), /end at byte 0 of 24/],
  ["NaN", fileOf({ a: entry([3], [0, 24]) }, doubles(1, 2, Number.NaN)), /"a" holds NaN at position 2/],
  [
    "infinity in float32",
    fileOf({ a: entry([1], [0, 4], "F32") }, new Uint8Array([0, 0, 128, 255])),
    /holds -Infinity/,
  ],
];

test.each(hostile)("%s is refused with the reason", async (_, bytes, reason) => {
  const message = await refusal(bytes);
  expect(message).toMatch(reason);
  expect(message).toContain("x.safetensors");
});

test("names from the prototype chain are names", async () => {
  const header = `{"__proto__":${JSON.stringify(entry([1], [0, 8]))},"constructor":${JSON.stringify(entry([0], [8, 8]))}}`;
  await writeFile(path, fileOf(header, doubles(4)));
  const tensors = await readSafetensors(path);
  expect(tensors.get("__proto__")?.values).toEqual(Float64Array.of(4));
  expect(tensors.get("constructor")?.values.length).toBe(0);
});

test("no change of bytes brings anything but finite tensors or a LetheError", async () => {
  const header = { a: entry([2, 1], [0, 16]), b: entry([1], [16, 24]), c: entry([2], [24, 32], "F32") };
  const bytes = fileOf(header, doubles(1, 2, 3, 4));
  const edit = fc.record({
    at: fc.nat(bytes.length - 1),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('0123456789[]{},:"-eF'))),
  });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 4 }), fc.integer({ min: -20, max: 8 }), async (edits, longer) => {
      const changed = Buffer.concat([bytes, Buffer.alloc(Math.max(0, longer))]).subarray(
        0,
        bytes.length + Math.min(0, longer),
      );
      for (const { at, byte } of edits) if (at < changed.length) changed[at] = byte;
      if ((await refusal(changed)) !== undefined) return;
      read++;
      for (const { shape, values } of (await readSafetensors(path)).values()) {
        expect(values.length).toBe(shape.reduce((size, length) => size * length, 1));
        expect(values.every(Number.isFinite)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
  expect(read).toBeGreaterThan(0);
});

test("any header over any data is answered", async () => {
  const counts = fc.array(fc.oneof(fc.nat(24), fc.maxSafeNat(), fc.double()), { maxLength: 4 });
  const tensor = fc.record(
    { dtype: fc.constantFrom("F64", "F32", "BF16"), shape: counts, data_offsets: counts },
    { requiredKeys: [] },
  );
  const headers = fc.oneof(
    fc.json(),
    fc.dictionary(fc.string(), tensor).map((header) => JSON.stringify(header)),
  );
  await fc.assert(
    fc.asyncProperty(headers, fc.uint8Array(), async (header, data) => void (await refusal(fileOf(header, data)))),
    { numRuns: 1000 },
  );
});

test("a tensor whose shape and values disagree is not written", async () => {
  const tensors = new Map([["a", { shape: [2], values: Float64Array.of(1) }]]);
  await expect(writeSafetensors(join(await newFolder(), "x"), tensors)).rejects.toMatchObject({ code: "bad-input" });
});

/** Safetensors files of other systems: two tables by their names, biases and a mean where they are there. */

import { checkedFactors } from "./check.ts";
import { defaultByteLimit, type ForeignFactors, type ForeignFormat, type ForeignReadOptions } from "./factors.ts";
import { halfOf } from "./npy.ts";
import { bytesOf, roundedTo } from "./precision.ts";
import { refused } from "./refusal.ts";
import { printTensors, type TensorEntry, tensorEntries } from "./safetensors-directory.ts";
import { replaceFile } from "./sink.ts";
import { isRegular, type Source, withSource } from "./source.ts";
import { type NamedArrays, tableNames } from "./table-names.ts";

/** Files of named tensors. */
export const safetensors: ForeignFormat = {
  name: "safetensors",
  summary: "named tensors in one file, as PyTorch programs save them",
  detect: looksLikeSafetensors,
  async read(path, options = {}) {
    return withSource(path, (source) => readModel(source, options), options.signal);
  },
  async write(path, given, options = {}) {
    const model = roundedTo(checkedFactors(given, path), options.precision ?? given.precision, path);
    return replaceFile(path, (sink) => writeModel(model, sink.write), holdsTables, options);
  },
};

const longestHeader = 8 * 2 ** 20;

async function looksLikeSafetensors(path: string): Promise<boolean> {
  if (!(await isRegular(path))) return false;
  return withSource(path, async ({ size, bytes }) => {
    if (size < 10) return false;
    const head = Buffer.from(await bytes(0, 9));
    return head[8] === 0x7b && head.readBigUInt64LE() <= BigInt(size - 8);
  }).catch(() => false);
}

/** A checkpoint of another program must not be replaced: only a file with both tables may be. */
async function holdsTables(path: string): Promise<boolean> {
  return withSource(path, directoryOf).then(
    ({ entries }) => entries.has("user_factors") && entries.has("item_factors"),
    () => false,
  );
}

async function directoryOf(source: Source) {
  const { path, size } = source;
  if (size < 8) throw refused(path, `it has only ${size} bytes`);
  const length = new DataView((await source.bytes(0, 8)).buffer).getBigUint64(0, true);
  if (length > BigInt(size - 8)) throw refused(path, `its header of ${length} bytes is longer than the file`);
  if (length > BigInt(longestHeader)) throw refused(path, `its header of ${length} bytes is above ${longestHeader}`);
  const start = 8 + Number(length);
  return { ...tensorEntries(await source.bytes(8, Number(length)), size - start, path), start };
}

async function readModel(source: Source, options: ForeignReadOptions): Promise<ForeignFactors> {
  const { path } = source;
  const { entries, stated, start } = await directoryOf(source);
  const at = await tableNames(namedIn(entries, path), options.names);
  const wanted = [at.userFactors, at.itemFactors, at.userBias, at.itemBias, at.mean].map((name = "") =>
    entries.get(name),
  );
  const [users, items] = wanted;
  for (const [entry, side] of [[users, "user"] as const, [items, "item"] as const])
    if (entry?.shape.length !== 2)
      throw refused(
        path,
        `the ${side} factors have shape (${entry?.shape.join(", ")})`,
        `name a tensor of two dimensions with \`${side}Tensor\``,
      );
  const total = wanted.reduce((sum, entry) => sum + 8 * countOf(entry), 0);
  if (total > (options.byteLimit ?? defaultByteLimit)) throw refused(path, `its tables take ${total} bytes: too many`);
  const tables: (Float64Array | undefined)[] = [];
  for (const entry of wanted) tables.push(entry && (await valuesOf(source, start, entry)));
  if (users?.shape[1] !== items?.shape[1])
    throw refused(path, `users have ${users?.shape[1]} factors, items have ${items?.shape[1]}`);
  if (tables[4] !== undefined && tables[4].length !== 1) throw refused(path, "the mean is not one number");
  const model = {
    factors: users?.shape[1] ?? 0,
    userFactors: tables[0] ?? new Float64Array(0),
    itemFactors: tables[1] ?? new Float64Array(0),
    userBias: tables[2],
    itemBias: tables[3],
    mean: tables[4]?.[0],
    stated,
    passedOver: [...entries].filter(([, entry]) => !wanted.includes(entry)).map(([name]) => name),
    precision: wanted.some((entry) => entry?.dtype === "F64") ? ("float64" as const) : ("float32" as const),
  };
  return checkedFactors(model, path);
}

function namedIn(entries: ReadonlyMap<string, TensorEntry>, place: string): NamedArrays {
  return { place, what: "tensor", names: [...entries.keys()], shapeOf: async (name) => entries.get(name)?.shape };
}

function countOf(entry: TensorEntry | undefined): number {
  return entry === undefined ? 0 : entry.shape.reduce((size, length) => size * length, 1);
}

async function valuesOf(source: Source, start: number, { dtype, begin, end }: TensorEntry): Promise<Float64Array> {
  if (!["F64", "F32", "F16", "BF16"].includes(dtype))
    throw refused(source.path, `a table holds ${dtype}`, "save it as F32 or F64");
  const { buffer } = await source.bytes(start + begin, end - begin);
  if (dtype === "F64") return new Float64Array(buffer);
  if (dtype === "F32") return Float64Array.from(new Float32Array(buffer));
  const halves = new Uint16Array(buffer);
  if (dtype === "F16") return Float64Array.from(halves, halfOf);
  // A bfloat16 is the upper half of a float32.
  return Float64Array.from(new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer));
}

async function writeModel(model: ForeignFactors, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const { factors, userFactors, itemFactors, userBias, itemBias, mean, precision } = model;
  const tensors: [name: string, shape: readonly number[], values: Float64Array][] = [
    ["user_factors", [userFactors.length / factors, factors], userFactors],
    ["item_factors", [itemFactors.length / factors, factors], itemFactors],
  ];
  if (userBias !== undefined) tensors.push(["user_bias", [userBias.length], userBias]);
  if (itemBias !== undefined) tensors.push(["item_bias", [itemBias.length], itemBias]);
  if (mean !== undefined) tensors.push(["mean", [1], Float64Array.of(mean)]);
  const shapes = tensors.map(([name, shape]) => [name, shape] as const);
  const header = printTensors(shapes, precision === "float32" ? "F32" : "F64", model.stated);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(header.length), true);
  await write(new Uint8Array(length.buffer));
  await write(header);
  for (const [, , values] of tensors) await write(bytesOf(values, precision));
}

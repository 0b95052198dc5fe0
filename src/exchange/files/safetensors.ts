/** Float64 tensors by name in a safetensors file: written whole, and read from files that cannot be trusted. */

import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { LetheError } from "../../errors.ts";
import { type Entry, parseHeader, printHeader, refused, show } from "./safetensors-header.ts";

/** A dense array in row-major order; the product of the shape is the number of values. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

const longestHeader = 8 * 2 ** 20;
const blockBytes = 16 * 2 ** 20;

/** Writes tensors in the order of the map, as F64; throws `bad-input` when a shape and its values disagree. */
export async function writeSafetensors(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  for (const [name, { shape, values }] of tensors)
    if (shape.reduce((size, length) => size * length, 1) !== values.length)
      throw new LetheError("bad-input", `tensor ${show(name)}: ${values.length} values in shape [${shape.join(", ")}]`);
  const header = printHeader(Array.from(tensors, ([name, { shape }]) => [name, shape] as const));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  const file = await open(path, "wx");
  try {
    await writeAll(file, length);
    await writeAll(file, header);
    for (const { values } of tensors.values())
      await writeAll(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  } finally {
    await file.close();
  }
}

/**
 * Reads every tensor of a file, F64 as it is and F32 converted; `name` stands for the file in messages.
 * Throws `bad-model` when anything in the file is inconsistent, of another type, or not finite.
 */
export async function readSafetensors(path: string, name = basename(path)): Promise<Map<string, Tensor>> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const start = 8 + (await headerLength(file, size, name));
    const header = await readAt(file, new Uint8Array(start - 8), 8, name);
    const tensors = new Map<string, Tensor>();
    for (const entry of parseHeader(header, size - start, name))
      tensors.set(entry.name, { shape: entry.shape, values: await valuesOf(file, entry, start, name) });
    return tensors;
  } finally {
    await file.close();
  }
}

async function headerLength(file: FileHandle, size: number, name: string): Promise<number> {
  if (size < 8) throw refused(name, `it has only ${size} bytes`);
  const prefix = await readAt(file, new Uint8Array(8), 0, name);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(size - 8)) throw refused(name, `its header of ${length} bytes is longer than the file`);
  if (length > BigInt(longestHeader)) throw refused(name, `its header of ${length} bytes is above ${longestHeader}`);
  return Number(length);
}

async function valuesOf(file: FileHandle, entry: Entry, start: number, name: string): Promise<Float64Array> {
  const bytes = await readAt(file, new Uint8Array(entry.end - entry.begin), start + entry.begin, name);
  const values =
    entry.dtype === "F64" ? new Float64Array(bytes.buffer) : Float64Array.from(new Float32Array(bytes.buffer));
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw refused(name, `tensor ${show(entry.name)} holds ${values[at]} at position ${at}`);
  return values;
}

async function readAt<Bytes extends Uint8Array>(
  file: FileHandle,
  into: Bytes,
  position: number,
  name: string,
): Promise<Bytes> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await file.read(into, at, Math.min(blockBytes, into.length - at), position + at);
    if (bytesRead === 0) throw refused(name, "it became shorter while it was read");
    at += bytesRead;
  }
  return into;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    // A copy, because the values may lie in the memory that worker threads share.
    const block = bytes.slice(at, at + blockBytes);
    at += (await file.write(block)).bytesWritten;
  }
}

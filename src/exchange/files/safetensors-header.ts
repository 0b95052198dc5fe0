/** The JSON header of a safetensors file: building it, and checking one that cannot be trusted. */

import { LetheError } from "../../errors.ts";

/** Where a tensor lies in the data part of a file, and how it is to be read. */
export interface Entry {
  readonly name: string;
  readonly dtype: "F64" | "F32";
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const widths: Readonly<Record<Entry["dtype"], number>> = { F64: 8, F32: 4 };
const longestShape = 8;

/** Header bytes for float64 tensors laid out one after another in the given order, padded with spaces to a multiple of 8. */
export function printHeader(shapes: Iterable<readonly [name: string, shape: readonly number[]]>): Uint8Array {
  const entries: string[] = [];
  let begin = 0;
  for (const [name, shape] of shapes) {
    const end = begin + 8 * product(shape);
    // Not an object literal: one would move integer-like names to the front.
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype: "F64", shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const bytes = new TextEncoder().encode(`{${entries.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20);
  padded.set(bytes);
  return padded;
}

/**
 * The tensors of a header, in the order of their data; throws `bad-model` unless they have a known type, a shape that
 * fits their length, and cover the data part (`dataLength` bytes) without overlap or hole. `file` is for messages.
 */
export function parseHeader(header: Uint8Array, dataLength: number, file: string): Entry[] {
  const value = parseJson(header, file);
  if (!isRecord(value)) throw refused(file, "its header is not a JSON object");
  const entries = Object.entries(value)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => entryOf(name, entry, file));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at)
      throw refused(file, `tensor ${show(name)} ${begin < at ? "overlaps another" : "leaves a hole before it"}`);
    at = end;
  }
  if (at !== dataLength) throw refused(file, `its tensors end at byte ${at} of ${dataLength}: truncated or overlong`);
  return entries;
}

/** A `bad-model` error that says which safetensors file is refused and why. */
export function refused(file: string, why: string): LetheError {
  return new LetheError("bad-model", `${file} cannot be read as safetensors: ${why}`);
}

/** A tensor name as it can be shown in a message, whatever it contains. */
export function show(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

function entryOf(name: string, value: unknown, file: string): Entry {
  const wrong = (why: string) => refused(file, `tensor ${show(name)} ${why}`);
  if (!isRecord(value)) throw wrong("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (dtype !== "F64" && dtype !== "F32") throw wrong("is neither F64 nor F32");
  if (!isCounts(shape) || shape.length > longestShape) throw wrong("has no usable shape");
  if (!isCounts(offsets) || offsets.length !== 2) throw wrong("has no usable data_offsets");
  const [begin, end] = offsets;
  if (end - begin !== product(shape) * widths[dtype])
    throw wrong(`of shape [${shape.join(", ")}] does not fit its ${end - begin} bytes`);
  return { name, dtype, shape, begin, end };
}

function parseJson(header: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header));
  } catch {
    throw refused(file, "its header is not JSON");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

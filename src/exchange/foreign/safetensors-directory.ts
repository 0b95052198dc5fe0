/** The header of a safetensors file of other systems: tensors of any type, of which some are read, and what is stated. */

import { isRecord } from "./json.ts";
import { refused, shown } from "./refusal.ts";

/** A tensor of a file: its type by the format's name, its shape, and where it lies in the data. */
export interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Bits of one value, by type. */
const widths: Readonly<Record<string, number>> = {
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, I16: 16, U16: 16, F16: 16, BF16: 16 },
  ...{ I32: 32, U32: 32, F32: 32, F64: 64, I64: 64, U64: 64 },
};
const longestShape = 8;

/**
 * Tensors by name, and the metadata, from a header; throws `bad-input` unless each tensor has a known type and a shape
 * that fits its bytes, and all of them cover the `dataLength` bytes without overlap or hole.
 */
export function tensorEntries(header: Uint8Array, dataLength: number, place: string) {
  const value = parseJson(header, place);
  if (!isRecord(value)) throw refused(place, "its header is not a JSON object");
  const entries = new Map<string, TensorEntry>();
  for (const [name, entry] of Object.entries(value))
    if (name !== "__metadata__") entries.set(name, entryOf(name, entry, place));
  let at = 0;
  for (const [name, { begin, end }] of [...entries].sort((a, b) => a[1].begin - b[1].begin || a[1].end - b[1].end)) {
    if (begin !== at)
      throw refused(place, `tensor ${shown(name)} ${begin < at ? "overlaps another" : "follows a hole"}`);
    at = end;
  }
  if (at !== dataLength) throw refused(place, `its tensors end at byte ${at} of ${dataLength}: truncated or overlong`);
  return { entries, stated: statedIn(value.__metadata__, place) };
}

/** A header for tensors one after another, padded to a multiple of 8 bytes, with what is stated as metadata. */
export function printTensors(
  tensors: readonly (readonly [name: string, shape: readonly number[]])[],
  dtype: "F32" | "F64",
  stated: Readonly<Record<string, number | string | boolean>>,
): Uint8Array {
  const metadata = Object.entries(stated).map(([name, value]) => [name, textOf(value)]);
  const parts = metadata.length === 0 ? [] : [`"__metadata__":${JSON.stringify(Object.fromEntries(metadata))}`];
  let begin = 0;
  for (const [name, shape] of tensors) {
    const end = begin + (widths[dtype] / 8) * shape.reduce((size, length) => size * length, 1);
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const bytes = new TextEncoder().encode(`{${parts.join(",")}}`);
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20);
  padded.set(bytes);
  return padded;
}

function entryOf(name: string, value: unknown, place: string): TensorEntry {
  const wrong = (why: string) => refused(place, `tensor ${shown(name)} ${why}`);
  if (!isRecord(value)) throw wrong("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(widths, dtype)) throw wrong("has no known type");
  if (!isCounts(shape) || shape.length > longestShape) throw wrong("has no usable shape");
  if (!isCounts(offsets) || offsets.length !== 2) throw wrong("has no usable data_offsets");
  const [begin, end] = offsets;
  if (end - begin !== (shape.reduce((size, length) => size * length, 1) * widths[dtype]) / 8)
    throw wrong(`of shape [${shape.join(", ")}] does not fit its ${end - begin} bytes`);
  return { dtype, shape, begin, end };
}

// Metadata are texts by the format: numbers, booleans and texts that look like them are written as JSON.
function textOf(value: number | string | boolean): string {
  return typeof value !== "string" || parsed(value) !== undefined ? JSON.stringify(value) : value;
}

function statedIn(metadata: unknown, place: string): Record<string, number | string | boolean> {
  if (metadata === undefined || metadata === null) return {};
  if (!isRecord(metadata)) throw refused(place, "its metadata are not an object of texts");
  const stated = Object.entries(metadata).map(([name, text]) => {
    if (typeof text !== "string") throw refused(place, `the metadata ${shown(name)} are not text`);
    return [name, parsed(text) ?? text] as const;
  });
  return Object.fromEntries(stated);
}

function parsed(text: string): number | string | boolean | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return typeof value === "string" || typeof value === "boolean" ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseJson(header: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header));
  } catch {
    throw refused(place, "its header is not JSON");
  }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

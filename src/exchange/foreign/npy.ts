/** Values of numpy arrays (.npy) out of an archive, and into one. */

import type { NpyHeader } from "./npy-header.ts";
import { headerLength, longestNpyHeader, npyHeader, npyPrefixLength, printNpyHeader } from "./npy-header.ts";
import { bytesOf } from "./precision.ts";
import { refused } from "./refusal.ts";
import type { ZipFile } from "./zip/write.ts";

/** An array of an archive or a folder: its header, and how to get its values once it is known that they are wanted. */
export interface NpyArray {
  readonly header: NpyHeader;
  /** The numbers in rows; booleans are 0 and 1. Throws `bad-input` on text and damage. */
  numbers(): Promise<Float64Array>;
  /** The values as text, numbers in decimal. Throws `bad-input` on damage and text that is not Unicode. */
  texts(): Promise<string[]>;
}

/** A file of an archive or a folder: its name, its size when unpacked, and its bytes block by block. */
export interface PackedFile {
  readonly name: string;
  readonly size: number;
  /** Where it is, for messages. */
  readonly place: string;
  /** Whether its size is only known once it is unpacked: it is then counted before memory is taken. */
  readonly counted: boolean;
  blocks(): AsyncIterable<Uint8Array>;
}

/** Opens an array; throws `bad-input` on what its first bytes tell: damage, pickles, unknown kinds, wrong shapes. */
export async function openNpy(file: PackedFile): Promise<NpyArray> {
  const { place } = file;
  const header = await headerOf(file);
  const values = () => valueBytes(file, header);
  return {
    header,
    async numbers() {
      if (header.kind === "U") throw refused(place, "it holds text where numbers are expected");
      return inRows(numbersOf(header, await values()), header);
    },
    async texts() {
      const view = await values();
      return header.kind === "U" ? textsOf(header, view, place) : exactTexts(header, view, place);
    },
  };
}

/** An array as a file of an archive: floats in a precision, whole numbers as i8, booleans, or text. */
export function npyFile(
  name: string,
  value: { readonly kind: "f4" | "f8" | "i8" | "b1"; readonly shape: readonly number[]; readonly values: Float64Array },
): ZipFile {
  const { kind, shape, values } = value;
  const bytes =
    kind === "i8"
      ? new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
      : kind === "b1"
        ? Uint8Array.from(values)
        : bytesOf(values, kind === "f4" ? "float32" : "float64");
  return { name: `${name}.npy`, pieces: [printNpyHeader(`${kind === "b1" ? "|" : "<"}${kind}`, shape), bytes] };
}

/** Texts as a file of an archive, in numpy's fixed width of four bytes a character. */
export function npyTextFile(name: string, shape: readonly number[], texts: readonly string[]): ZipFile {
  const points = texts.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const width = points.reduce((most, { length }) => Math.max(most, length), 1);
  const values = new Uint32Array(texts.length * width);
  points.forEach((row, k) => {
    values.set(row, k * width);
  });
  return { name: `${name}.npy`, pieces: [printNpyHeader(`<U${width}`, shape), new Uint8Array(values.buffer)] };
}

async function headerOf({ size, place, blocks: unpacked }: PackedFile): Promise<NpyHeader> {
  const blocks: Uint8Array[] = [];
  let kept = 0;
  for await (const block of unpacked()) {
    blocks.push(block);
    kept += block.length;
    if (kept >= longestNpyHeader) break;
  }
  const head = new Uint8Array(Buffer.concat(blocks));
  const length = headerLength(head.subarray(0, npyPrefixLength), place);
  if (length > head.length) throw refused(place, "it ends within its header");
  return npyHeader(head.subarray(0, length), size, place);
}

async function valueBytes({ size, counted, blocks }: PackedFile, header: NpyHeader): Promise<DataView> {
  // What is deflated is counted and checked before memory is taken for it; what is stored lies in the file.
  if (counted) for await (const _ of blocks());
  const all = new Uint8Array(size - header.length);
  let at = -header.length;
  for await (const block of blocks()) {
    const from = Math.max(0, -at);
    if (from < block.length) all.set(block.subarray(from), at + from);
    at += block.length;
  }
  return new DataView(all.buffer);
}

function numbersOf({ kind, count }: NpyHeader, view: DataView): Float64Array {
  const { buffer } = view;
  if (kind === "f8") return new Float64Array(buffer);
  if (kind === "f4") return Float64Array.from(new Float32Array(buffer));
  return Float64Array.from({ length: count }, (_, k) => Number(numberAt(kind, view, k)));
}

function numberAt(kind: NpyHeader["kind"], view: DataView, k: number): number | bigint {
  if (kind === "i8") return view.getBigInt64(8 * k, true);
  if (kind === "u8") return view.getBigUint64(8 * k, true);
  if (kind === "i4") return view.getInt32(4 * k, true);
  if (kind === "u4") return view.getUint32(4 * k, true);
  if (kind === "i2") return view.getInt16(2 * k, true);
  if (kind === "u2") return view.getUint16(2 * k, true);
  if (kind === "i1") return view.getInt8(k);
  if (kind === "f2") return halfOf(view.getUint16(2 * k, true));
  if (kind === "f4") return view.getFloat32(4 * k, true);
  if (kind === "f8") return view.getFloat64(8 * k, true);
  return kind === "b1" ? Number(view.getUint8(k) !== 0) : view.getUint8(k);
}

/** The number that 16 bits of IEEE 754 stand for. */
export function halfOf(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function exactTexts({ kind, count }: NpyHeader, view: DataView, place: string): string[] {
  if (/^[fb]/.test(kind))
    throw refused(
      place,
      "ids are neither texts nor whole numbers",
      "save them as whole numbers, .astype(int), or as text, .astype(str)",
    );
  return Array.from({ length: count }, (_, k) => String(numberAt(kind, view, k)));
}

function textsOf({ count, width }: NpyHeader, view: DataView, place: string): string[] {
  return Array.from({ length: count }, (_, k) => {
    const points: number[] = [];
    for (let at = k * width; at < (k + 1) * width; at += 4) points.push(view.getUint32(at, true));
    while (points.at(-1) === 0) points.pop();
    if (points.some((point) => point > 0x10ffff || (point >= 0xd800 && point < 0xe000)))
      throw refused(place, `text ${k} is not Unicode`);
    return points.reduce((text, point) => text + String.fromCodePoint(point), "");
  });
}

function inRows(values: Float64Array, { fortran, shape }: NpyHeader): Float64Array {
  if (!fortran || shape.length !== 2) return values;
  const [rows, columns] = shape;
  const turned = new Float64Array(values.length);
  for (let column = 0; column < columns; column++)
    for (let row = 0; row < rows; row++) turned[row * columns + column] = values[column * rows + row];
  return turned;
}

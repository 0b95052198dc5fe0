/** The header of a numpy array file (.npy): what is in it, how wide, in which shape and order. */

import { refused, shown } from "./refusal.ts";

/** The kinds of values that are read, by numpy's names without the byte order. */
export type NpyKind = "f2" | "f4" | "f8" | "i1" | "i2" | "i4" | "i8" | "u1" | "u2" | "u4" | "u8" | "b1" | "U";

/** What a .npy file says of itself. */
export interface NpyHeader {
  readonly kind: NpyKind;
  /** Bytes of one value. */
  readonly width: number;
  readonly shape: readonly number[];
  /** Column after column instead of row after row. */
  readonly fortran: boolean;
  /** Values, by the shape. */
  readonly count: number;
  /** Bytes before the first value. */
  readonly length: number;
}

/** The longest header that is read; numpy's own limit is a seventh of it. */
export const longestNpyHeader = 65_536;

/** Bytes from which `headerLength` can tell how long a header is. */
export const npyPrefixLength = 12;

const kinds: readonly string[] = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split(" ");
const part = /\s*'(\w+)'\s*:\s*(?:'([^'\\]*)'|(True|False)|\(([\d,\s]*)\)|(\[[\s\S]*\]))\s*(?:,|$)/y;

/** How many bytes come before the first value, from the first 12 bytes; throws `bad-input` when this is no .npy file. */
export function headerLength(prefix: Uint8Array, place: string): number {
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const magic = Buffer.from(prefix.buffer, prefix.byteOffset, Math.min(6, prefix.length)).toString("latin1");
  if (prefix.length < npyPrefixLength || magic !== "\x93NUMPY") throw refused(place, "this is not a numpy array");
  const [major, minor] = [view.getUint8(6), view.getUint8(7)];
  if (major < 1 || major > 3 || minor !== 0)
    throw refused(place, `format ${major}.${minor} of numpy arrays is not known`);
  const length = major === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (length > longestNpyHeader) throw refused(place, `a header of ${length} bytes is longer than ${longestNpyHeader}`);
  return length;
}

/**
 * The header in the first `headerLength` bytes of an array of `size` bytes; throws `bad-input` when it is damaged, the
 * values are pickled, big-endian or of an unknown kind, or the shape does not fit the size.
 */
export function npyHeader(bytes: Uint8Array, size: number, place: string): NpyHeader {
  const start = bytes[6] === 1 ? 10 : 12;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start).toString("utf8");
  const { descr, order, dimensions } = partsOf(text, place);
  const type = typeOf(descr, place);
  const shape = (dimensions.match(/\d+/g) ?? []).map(Number);
  const count = shape.reduce((product, length) => product * length, 1);
  if (shape.length > 8 || !shape.every(Number.isSafeInteger) || !Number.isSafeInteger(count * type.width))
    throw refused(place, `the shape (${dimensions.slice(0, 60)}) is not usable`);
  if (bytes.length + count * type.width !== size)
    throw refused(
      place,
      `shape (${shape.join(", ")}) takes ${count * type.width} bytes, there are ${size - bytes.length}`,
    );
  return { ...type, shape, fortran: order === "True", count, length: bytes.length };
}

/** The header of an array in rows, padded as numpy does. */
export function printNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dimensions}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = Buffer.alloc(length, " ");
  bytes.write("\x93NUMPY\x01\x00", "latin1");
  bytes.writeUInt16LE(length - 10, 8);
  bytes.write(text, 10, "latin1");
  bytes[length - 1] = 0x0a;
  return new Uint8Array(bytes);
}

function partsOf(text: string, place: string): { descr: string; order: string; dimensions: string } {
  const inside = /^\{([\s\S]*)\}\s*$/.exec(text)?.[1];
  if (inside === undefined) throw refused(place, "its header is damaged");
  const parts = new Map<string, string>();
  const body = inside.trimEnd();
  for (part.lastIndex = 0; part.lastIndex < body.length; ) {
    const found = part.exec(body);
    if (found === null || parts.has(found[1])) throw refused(place, "its header is damaged");
    if (found[5] !== undefined) throw refused(place, "it holds records of several fields, not numbers");
    parts.set(found[1], found[2] ?? found[3] ?? found[4]);
  }
  const [descr, order, dimensions] = ["descr", "fortran_order", "shape"].map((name) => parts.get(name));
  const usable = parts.size === 3 && (order === "True" || order === "False") && /^[\d,\s]*$/.test(dimensions ?? "x");
  if (!usable || descr === undefined) throw refused(place, "its header is damaged");
  return { descr, order, dimensions: dimensions as string };
}

function typeOf(descr: string, place: string): { kind: NpyKind; width: number } {
  const [, byteOrder, kind, width] = /^([<>|=])([a-zA-Z])(\d{0,9})$/.exec(descr) ?? [];
  if (kind === "O")
    throw refused(
      place,
      "it holds pickled Python objects, which could run any program: they are not read",
      "save plain numbers with numpy.savez",
    );
  if (byteOrder === ">" && width !== "1")
    throw refused(place, `its values (${shown(descr)}) are big-endian`, 'save it with .astype("<f4")');
  if (kind === "U" && byteOrder === "<") return { kind, width: 4 * Number(width) };
  if (byteOrder === undefined || byteOrder === "=" || !kinds.includes(kind + width))
    throw refused(
      place,
      `values of the kind ${shown(descr)} are not read`,
      'save numbers as "<f4" or "<f8", and ids as text: .astype(str)',
    );
  return { kind: (kind + width) as NpyKind, width: Number(width) };
}

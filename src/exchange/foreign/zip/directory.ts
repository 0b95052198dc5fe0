/** The directory of a zip archive: which entries there are and where they lie, from files that cannot be trusted. */

import { refused, shown } from "../refusal.ts";
import type { Source } from "../source.ts";

/** One file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly method: "stored" | "deflate";
  readonly crc: number;
  /** Bytes in the archive. */
  readonly packed: number;
  /** Bytes when unpacked, as the directory says. */
  readonly size: number;
  /** Where the entry's own header starts. */
  readonly header: number;
}

const endLength = 22;
const longestComment = 65_535;
const longestDirectory = 2 ** 20;
const mostEntries = 1024;
const unknown32 = 0xffffffff;

/** The entries of an archive; throws `bad-input` when its directory is damaged, too large, or asks for what is not read here. */
export async function zipEntries(source: Source): Promise<ZipEntry[]> {
  const { count, start, length } = await findDirectory(source);
  if (count > mostEntries || length > longestDirectory)
    throw refused(source.path, `${count} entries in a directory of ${length} bytes are too many for a model`);
  const bytes = await source.bytes(start, length);
  const view = new DataView(bytes.buffer);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let k = 0; k < count; k++) {
    if (at + 46 > length || view.getUint32(at, true) !== 0x02014b50)
      throw refused(source.path, `entry ${k} of its directory is damaged`);
    const end = at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (end > length) throw refused(source.path, `entry ${k} of its directory is longer than the directory`);
    const entry = entryAt(view, bytes, at, source.path);
    if (entries.has(entry.name)) throw refused(source.path, `the entry ${shown(entry.name)} is there twice`);
    entries.set(entry.name, entry);
    at = end;
  }
  refuseOverlap([...entries.values()], start, source.path);
  return [...entries.values()];
}

function entryAt(view: DataView, bytes: Uint8Array, at: number, path: string): ZipEntry {
  const nameLength = view.getUint16(at + 28, true);
  const name = Buffer.from(bytes.buffer, at + 46, nameLength).toString("utf8");
  const wrong = (why: string) => refused(path, `the entry ${shown(name)} ${why}`);
  const flags = view.getUint16(at + 8, true);
  if ((flags & 0x2041) !== 0) throw wrong("is encrypted");
  const method = ({ 0: "stored", 8: "deflate" } as const)[view.getUint16(at + 10, true)];
  if (method === undefined) throw wrong("is compressed in another way than by deflate");
  const large = zip64Numbers(view, at + 46 + nameLength, view.getUint16(at + 30, true));
  const number = (value: number) => (value === unknown32 ? (large.shift() ?? value) : value);
  const size = number(view.getUint32(at + 24, true));
  const packed = number(view.getUint32(at + 20, true));
  const header = number(view.getUint32(at + 42, true));
  if (![size, packed, header].every(Number.isSafeInteger)) throw wrong("has no usable size");
  if (method === "stored" && size !== packed) throw wrong(`is ${size} bytes, of which ${packed} are stored`);
  // Deflate never does better than 1032 to one.
  if (size > packed * 1032 + 1032) throw wrong(`cannot become ${size} bytes out of ${packed}`);
  return { name, method, crc: view.getUint32(at + 16, true), packed, size, header };
}

/** The numbers of 64 bits that stand for those that did not fit into 32. */
function zip64Numbers(view: DataView, start: number, length: number): number[] {
  for (let at = start; at + 4 <= start + length; at += 4 + view.getUint16(at + 2, true)) {
    const end = Math.min(at + 4 + view.getUint16(at + 2, true), start + length);
    if (view.getUint16(at, true) !== 1) continue;
    const numbers: number[] = [];
    for (let k = at + 4; k + 8 <= end; k += 8) numbers.push(Number(view.getBigUint64(k, true)));
    return numbers;
  }
  return [];
}

async function findDirectory(source: Source): Promise<{ count: number; start: number; length: number }> {
  const tailLength = Math.min(source.size, endLength + longestComment);
  const tailStart = source.size - tailLength;
  const tail = new DataView((await source.bytes(tailStart, tailLength)).buffer);
  for (let at = tailLength - endLength; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    if (at + endLength + tail.getUint16(at + 20, true) !== tailLength) continue;
    const [disk, otherDisk] = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
    const count = tail.getUint16(at + 10, true);
    const [length, start] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
    if (start === unknown32 || count === 0xffff || length === unknown32)
      return largeDirectory(source, tailStart + at - 20);
    if (disk !== 0 || otherDisk !== 0 || tail.getUint16(at + 8, true) !== count)
      throw refused(source.path, "it is one part of an archive of several");
    if (start + length > tailStart + at) throw refused(source.path, "its directory does not lie within it");
    return { count, start, length };
  }
  throw refused(source.path, "no zip archive ends here: truncated, or not an npz file");
}

async function largeDirectory(source: Source, locatorAt: number) {
  const locator = new DataView((await source.bytes(locatorAt, 20)).buffer);
  const at = Number(locator.getBigUint64(8, true));
  if (locator.getUint32(0, true) !== 0x07064b50 || !(at + 56 <= locatorAt))
    throw refused(source.path, "its zip64 directory is damaged");
  const end = new DataView((await source.bytes(at, 56)).buffer);
  const [count, length, start] = [32, 40, 48].map((offset) => Number(end.getBigUint64(offset, true)));
  if (end.getUint32(0, true) !== 0x06064b50 || !(start + length <= at))
    throw refused(source.path, "its zip64 directory is damaged");
  return { count, start, length };
}

function refuseOverlap(entries: ZipEntry[], directory: number, path: string): void {
  entries.sort((a, b) => a.header - b.header);
  for (let k = 0; k < entries.length; k++) {
    const { name, header, packed } = entries[k];
    const next = k + 1 < entries.length ? entries[k + 1].header : directory;
    if (header + 30 + Buffer.byteLength(name) + packed > next)
      throw refused(path, `the entry ${shown(name)} reaches into what follows it`);
  }
}

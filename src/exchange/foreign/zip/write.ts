/** Writing of a zip archive whose entries are stored as they are, with one date for all. */

import { crc32 } from "node:zlib";
import { refused } from "../refusal.ts";
import type { Sink } from "../sink.ts";

/** A file for an archive, as pieces in order. */
export interface ZipFile {
  readonly name: string;
  readonly pieces: readonly Uint8Array[];
}

// The first of January 1980, the first day that zip knows.
const date = 0x21;

/** Writes an archive; throws `bad-input` above 4 GiB, where the plain format ends. */
export async function writeZip(sink: Sink, files: readonly ZipFile[]): Promise<void> {
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, pieces } of files) {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const crc = pieces.reduce((sum, piece) => crc32(piece, sum), 0);
    const local = header(0x04034b50, 0, name, crc, size);
    if (at + local.length + size > 0xfffffffe)
      throw refused(sink.path, "the tables take more than 4 GiB", "write them as safetensors, or as float32");
    directory.push(header(0x02014b50, at, name, crc, size));
    for (const piece of [local, ...pieces]) await sink.write(piece);
    at += local.length + size;
  }
  for (const entry of directory) await sink.write(entry);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  const length = directory.reduce((sum, entry) => sum + entry.length, 0);
  end.setUint32(12, length, true);
  end.setUint32(16, at, true);
  await sink.write(new Uint8Array(end.buffer));
}

/** A header before an entry, or, where the signature is the directory's, the line of the directory. */
function header(signature: number, offset: number, name: string, crc: number, size: number): Uint8Array {
  const inDirectory = signature === 0x02014b50;
  const text = Buffer.from(name, "utf8");
  const start = inDirectory ? 46 : 30;
  const bytes = new Uint8Array(start + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  if (inDirectory) view.setUint16(4, 20, true);
  // From "version needed" to the length of the name, both headers are the same.
  const common = inDirectory ? 6 : 4;
  view.setUint16(common, 20, true);
  view.setUint16(common + 8, date, true);
  view.setUint32(common + 10, crc, true);
  view.setUint32(common + 14, size, true);
  view.setUint32(common + 18, size, true);
  view.setUint16(common + 22, text.length, true);
  if (inDirectory) view.setUint32(42, offset, true);
  bytes.set(text, start);
  return bytes;
}

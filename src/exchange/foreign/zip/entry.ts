/** The contents of an entry of a zip archive: unpacked piece by piece, never more than the directory says, and checked. */

import { pipeline, Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { refused, shown } from "../refusal.ts";
import type { Source } from "../source.ts";
import type { ZipEntry } from "./directory.ts";

const blockBytes = 2 ** 20;

/**
 * The unpacked bytes of an entry, block by block; throws `bad-input` when they are not as long as the directory says, or
 * have another checksum. What has come before that must not be used.
 */
export async function* unpacked(source: Source, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const wrong = (why: string) => refused(source.path, `the entry ${shown(entry.name)} ${why}`);
  let at = 0;
  let sum = 0;
  const packed = packedBlocks(source, entry, await dataStart(source, entry));
  try {
    for await (const block of entry.method === "stored" ? packed : inflated(packed)) {
      at += block.length;
      if (at > entry.size) throw wrong(`is longer than the ${entry.size} bytes that its directory says`);
      sum = crc32(block, sum);
      yield block;
    }
  } catch (error) {
    if (/^Z_/.test((error as NodeJS.ErrnoException).code ?? "")) throw wrong("is damaged: these are no deflate data");
    throw error;
  }
  if (at !== entry.size) throw wrong(`has ${at} bytes, the directory says ${entry.size}`);
  if (sum !== entry.crc) throw wrong("is damaged: its bytes have another checksum");
}

function inflated(blocks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  // Errors of either stream destroy the last one, and so reach the loop that reads it.
  return pipeline(Readable.from(blocks, { objectMode: false }), createInflateRaw({ chunkSize: blockBytes }), () => {});
}

async function* packedBlocks({ bytes }: Source, { packed }: ZipEntry, start: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < packed; at += blockBytes) yield bytes(start + at, Math.min(blockBytes, packed - at));
}

async function dataStart(source: Source, { name, header, method, size, packed }: ZipEntry): Promise<number> {
  const head = new DataView((await source.bytes(header, 30)).buffer);
  const wrong = (why: string) => refused(source.path, `the header of the entry ${shown(name)} ${why}`);
  if (head.getUint32(0, true) !== 0x04034b50) throw wrong("is not where the directory says");
  const nameLength = head.getUint16(26, true);
  const own = Buffer.from(await source.bytes(header + 30, nameLength)).toString("utf8");
  if (own !== name) throw wrong(`calls it ${shown(own)}`);
  if (head.getUint16(8, true) !== (method === "stored" ? 0 : 8)) throw wrong("names another compression");
  // Written as a stream, the sizes follow the data; in zip64 they are elsewhere in the header.
  const streamed = (head.getUint16(6, true) & 8) !== 0;
  for (const [at, expected] of [
    [18, packed],
    [22, size],
  ]) {
    const said = head.getUint32(at, true);
    if (said !== expected && said !== 0xffffffff && !streamed) throw wrong(`says ${said} bytes, not ${expected}`);
  }
  return header + 30 + nameLength + head.getUint16(28, true);
}

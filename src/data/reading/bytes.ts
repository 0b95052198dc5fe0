/** The bytes of a file, block by block, decompressed when they are gzip. */

import { constants, createReadStream, fstatSync, openSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import { pipeline, Readable } from "node:stream";
import { isatty, ReadStream } from "node:tty";
import { createGunzip } from "node:zlib";
import { LetheError } from "../../errors.ts";
import { nameOf, quoted } from "./defects.ts";
import { decoded } from "./encoding.ts";

const blockSize = 1 << 20;

/** Blocks of a file, unzipped when it starts like gzip; throws `bad-input` when it cannot be read to its end. */
export async function* blocksOf(file: string): AsyncGenerator<Buffer> {
  const stream = file === "-" ? standardInput() : streamOf(file, await foundAt(file));
  try {
    const blocks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
    const first = await blocks.next();
    if (first.done) return;
    // No text starts with the control character 1f, so the first byte alone tells gzip.
    if (first.value[0] === 0x1f) yield* decoded(file, unzipped(file, joined(first.value, blocks)));
    else if (/\.gz$/i.test(file)) throw notGzip(file);
    else yield* decoded(file, joined(first.value, blocks));
  } catch (error) {
    throw readingError(file, error);
  } finally {
    stream.destroy();
  }
}

/** The start of a file, looked at before it is read. */
export interface Peeked {
  readonly head: Buffer;
  /** Whether the head is all there is. */
  readonly whole: boolean;
  /** All blocks, the head among them; to be read once. */
  readonly blocks: AsyncIterable<Buffer>;
  /** Lets go of a file whose blocks are not read. */
  close(): Promise<void>;
}

/** Looks at the first block of a file without opening it twice: a pipe can be read only once. Throws as `blocksOf` does. */
export async function peek(file: string): Promise<Peeked> {
  const rest = blocksOf(file);
  const first = await rest.next();
  const second = await rest.next();
  const close = async () => void (await rest.return(undefined));
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (!first.done) yield first.value;
      if (!second.done) yield second.value;
      yield* rest;
    } finally {
      await close();
    }
  }
  return { head: first.done ? Buffer.alloc(0) : first.value, whole: second.done === true, blocks: all(), close };
}

async function* joined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

// Tables compress ten times, and very uniform ones twenty times.
const largestRatio = 50;
const harmless = 64 * blockSize;

async function* unzipped(file: string, blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: blockSize });
  let [packed, unpacked] = [0, 0];
  const counted = async function* () {
    for await (const block of blocks) {
      packed += block.length;
      yield block;
    }
  };
  // Errors of either stream destroy the last one, and so reach the loop that reads it.
  const all: AsyncIterable<Buffer> = pipeline(Readable.from(counted(), { objectMode: false }), gunzip, () => {});
  for await (const block of all) {
    unpacked += block.length;
    if (unpacked > Math.max(harmless, largestRatio * packed)) throw inflated(file);
    yield block;
  }
}

function inflated(file: string): LetheError {
  return new LetheError(
    "bad-input",
    `${nameOf(file)}: found gzip data that grow to more than ${largestRatio} times their size, expected a table`,
    "if the file is what it should be, unpack it (gunzip) and name the plain file",
  );
}

/** Waited for by the event loop, as below. */
function standardInput(): Readable {
  const found = fstatSync(0);
  if (found.isFIFO() || found.isSocket()) return new Socket({ fd: 0, writable: false });
  return isatty(0) ? new ReadStream(0) : createReadStream("", { fd: 0, autoClose: false, highWaterMark: blockSize });
}

/**
 * A read of a pipe or terminal would hold one of Node's threads, and with it the end of the process, until somebody
 * writes: these are waited for by the event loop.
 */
function streamOf(file: string, found: Stats): Readable {
  if (found.isSocket() && /^\/dev\/(stdin|fd\/0)$/.test(file)) return new Socket({ fd: 0, writable: false });
  if (!found.isFIFO() && !found.isCharacterDevice()) return createReadStream(file, { highWaterMark: blockSize });
  try {
    const { O_RDONLY, O_NONBLOCK = 0 } = constants;
    const fd = openSync(file, O_RDONLY | (found.isFIFO() ? O_NONBLOCK : 0));
    if (found.isFIFO()) return new Socket({ fd, writable: false });
    return isatty(fd) ? new ReadStream(fd) : createReadStream("", { fd, highWaterMark: blockSize });
  } catch (error) {
    throw readingError(file, error);
  }
}

async function foundAt(file: string): Promise<Stats> {
  if (file.includes("\0"))
    throw new LetheError("bad-input", `${quoted(file)}: cannot be read`, "a file name has no NUL");
  const found = await stat(file).catch((error: unknown) => {
    throw readingError(file, error);
  });
  if (found.isDirectory())
    throw new LetheError("bad-input", `${file}: this is a folder, expected a file`, "name the file inside the folder");
  return found;
}

function notGzip(file: string): LetheError {
  return new LetheError(
    "bad-input",
    `${file}: the name says gzip but the bytes are not gzip`,
    "drop .gz from the name if the file is plain text",
  );
}

function readingError(file: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR")
    return new LetheError("bad-input", `${file}: no such file`, "check the path");
  if (code === "EACCES" || code === "EPERM")
    return new LetheError("bad-input", `${file}: this file may not be read`, "check its permissions (ls -l)");
  if (code === "Z_BUF_ERROR")
    return new LetheError(
      "bad-input",
      `${nameOf(file)}: the gzip data end too early`,
      "fetch or compress the file again",
    );
  if (code.startsWith("Z_"))
    return new LetheError("bad-input", `${nameOf(file)}: damaged gzip data`, "fetch or compress the file again");
  if (/^E[A-Z0-9]+$/.test(code))
    return new LetheError("bad-input", `${nameOf(file)}: cannot be read (${code})`, "check the file");
  return error;
}

/** What the first bytes of a file say: text in UTF-16, which is turned into UTF-8, or a format that is not read. */

import { TextDecoder } from "node:util";
import { LetheError } from "../../errors.ts";
import { nameOf } from "./defects.ts";

interface Foreign {
  readonly what: string;
  readonly bytes: readonly number[];
  advice(file: string): string;
}

const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const unpack = (command: string) => (file: string) => `unpack it: ${command.replace("FILE", file)}`;

const foreign: readonly Foreign[] = [
  {
    what: "a zip archive, or a workbook of a spreadsheet",
    bytes: [0x50, 0x4b, 0x03, 0x04],
    advice: unpack("unzip FILE, and name the file in it; save a workbook as CSV"),
  },
  { what: "zstd data", bytes: [0x28, 0xb5, 0x2f, 0xfd], advice: unpack("zstd -d FILE") },
  { what: "bzip2 data", bytes: ascii("BZh"), advice: unpack("bunzip2 -k FILE") },
  { what: "xz data", bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], advice: unpack("unxz -k FILE") },
  { what: "LZ4 data", bytes: [0x04, 0x22, 0x4d, 0x18], advice: unpack("unlz4 FILE") },
  { what: "a 7-Zip archive", bytes: [0x37, 0x7a, 0xbc, 0xaf], advice: unpack("7z x FILE") },
  {
    what: "an old workbook of a spreadsheet",
    bytes: [0xd0, 0xcf, 0x11, 0xe0],
    advice: () => "save it as CSV",
  },
  { what: "Avro data", bytes: [...ascii("Obj"), 1], advice: () => "write it as Parquet or CSV" },
  { what: "Arrow data", bytes: ascii("ARROW1\0"), advice: () => "write it as Parquet or CSV" },
  { what: "an SQLite database", bytes: ascii("SQLite format 3\0"), advice: () => "export the table as CSV" },
];

/** Blocks of a file as UTF-8; throws `bad-input` for formats that are known and not read, with what to do. */
export async function* decoded(file: string, blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  for await (const block of blocks) {
    if (isFirst) {
      refuseForeign(file, block);
      const encoding = encodingOf(block);
      decoder = encoding && new TextDecoder(encoding, { fatal: true });
      isFirst = false;
    }
    yield decoder === undefined ? block : textOf(file, decoder, block);
  }
  if (decoder !== undefined) yield textOf(file, decoder);
}

/** Text that begins like one of these is no table: each has a control character, or is longer than a word. */
function refuseForeign(file: string, block: Buffer): void {
  const found = foreign.find(({ bytes }) => bytes.every((byte, k) => block[k] === byte));
  if (found === undefined || (found.what === "bzip2 data" && !/^BZh[1-9]1AY/.test(block.toString("latin1", 0, 10))))
    return;
  throw new LetheError(
    "bad-input",
    `${nameOf(file)}: found ${found.what}, expected text, gzip or Parquet`,
    found.advice(file),
  );
}

/** UTF-16 by its mark, or by the zeros between letters. */
function encodingOf(block: Buffer): "utf-16le" | "utf-16be" | undefined {
  const [a, b, c, d] = block;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (block.length < 4) return undefined;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return "utf-16le";
  return a === 0 && b !== 0 && c === 0 && d !== 0 ? "utf-16be" : undefined;
}

function textOf(file: string, decoder: TextDecoder, block?: Buffer): Buffer {
  try {
    return Buffer.from(block === undefined ? decoder.decode() : decoder.decode(block, { stream: true }));
  } catch {
    throw new LetheError(
      "bad-input",
      `${nameOf(file)}: found bytes that are not UTF-16 although it begins so`,
      "save it again, as UTF-8",
    );
  }
}

/** Length and SHA-256 of a file, and the check of one against what a manifest says. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { LetheError } from "../../errors.ts";

/** What a manifest keeps of a file. */
export interface Digest {
  readonly bytes: number;
  /** In hexadecimal, lower case. */
  readonly sha256: string;
}

/** Reads a file once for its length in bytes and its SHA-256; throws what the file system throws. */
export async function digestOf(path: string): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const block of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(block);
    bytes += block.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Throws `bad-model`, with the name and both hashes, unless the file is there and is what the manifest says. */
export async function checkDigest(path: string, name: string, expected: Digest): Promise<void> {
  let found: Digest;
  try {
    // A pipe or device would never end.
    if (!(await stat(path)).isFile()) throw new Error("it is not a file");
    found = await digestOf(path);
  } catch (error) {
    throw new LetheError(
      "bad-model",
      `${name} cannot be read: ${(error as Error).message}`,
      "restore the folder from a copy",
    );
  }
  if (found.bytes === expected.bytes && found.sha256 === expected.sha256) return;
  throw new LetheError(
    "bad-model",
    `${name} is not the file that was written: ${found.bytes} bytes with sha256 ${found.sha256}, ` +
      `the manifest says ${expected.bytes} bytes with sha256 ${expected.sha256}`,
    "it was truncated or edited: restore the folder from a copy, or train the model again",
  );
}

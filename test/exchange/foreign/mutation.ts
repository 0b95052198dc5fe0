/** Damage to bytes, the same for the same key: flips, cuts, lengths, splices, and edits of text. */

import type { Random } from "../../../src/numeric/random.ts";

const lengths = [0, 1, 2, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const texts = [
  "0",
  "-1",
  "1.5",
  "1e999",
  "99999999999999999999",
  "null",
  "true",
  '"x"',
  "[]",
  "{}",
  "NaN",
  "'|O'",
  ">f8",
];

/** A damaged copy of some bytes. */
export function damaged(bytes: Buffer, random: Random): Buffer {
  let copy: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.integer(3); left > 0; left--) copy = kinds[random.integer(kinds.length)](copy, random);
  return copy;
}

const kinds: readonly ((bytes: Buffer, random: Random) => Buffer)[] = [
  flipped,
  flipped,
  (bytes, random) => bytes.subarray(0, random.integer(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.integer(Math.min(bytes.length, 64) + 1)),
  withLength,
  withLength,
  spliced,
  withText,
  withText,
];

function flipped(bytes: Buffer, random: Random): Buffer {
  for (let left = 1 + random.integer(8); left > 0 && bytes.length > 0; left--)
    bytes[place(bytes, random)] ^= 1 << random.integer(8);
  return bytes;
}

/** Headers and footers are where damage tells: half of it goes to the first and last 200 bytes. */
function place(bytes: Buffer, random: Random): number {
  const edge = Math.min(200, bytes.length);
  const where = random.integer(4);
  if (where === 0) return random.integer(edge);
  return where === 1 ? bytes.length - 1 - random.integer(edge) : random.integer(bytes.length);
}

function withLength(bytes: Buffer, random: Random): Buffer {
  if (bytes.length < 8) return bytes;
  const at = Math.min(place(bytes, random), bytes.length - 8);
  const value = lengths[random.integer(lengths.length)];
  if (random.integer(2) === 0) bytes.writeUInt32LE(value, at);
  else bytes.writeBigUInt64LE(BigInt(value) << BigInt(random.integer(32)), at);
  return bytes;
}

function spliced(bytes: Buffer, random: Random): Buffer {
  const [from, to] = [random.integer(bytes.length + 1), random.integer(bytes.length + 1)];
  const piece = bytes.subarray(from, from + random.integer(64));
  const gone = random.integer(2) === 0 ? 0 : piece.length;
  return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to + gone)]);
}

/** Puts another value in the place of a number or a quoted text: JSON, the header of an array, a cell of a table. */
function withText(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString("latin1");
  const found = [...text.matchAll(/-?\d+(\.\d+)?|"[^"]{0,40}"|'[^']{0,40}'|true|false|False/g)];
  if (found.length === 0) return bytes;
  const { index, 0: old } = found[random.integer(found.length)];
  const value = texts[random.integer(texts.length)];
  return Buffer.from(text.slice(0, index) + value + text.slice(index + old.length), "latin1");
}

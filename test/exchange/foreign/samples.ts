/** Small factor models, and archives of numpy arrays built byte by byte. */

import { crc32, deflateRawSync } from "node:zlib";
import type { ForeignFactors } from "../../../src/exchange/foreign/index.ts";
import { randomOf } from "../../../src/numeric/random.ts";

/** What a sample has. */
export interface SampleOptions {
  readonly users?: number;
  readonly items?: number;
  readonly factors?: number;
  readonly biases?: boolean;
  readonly ids?: boolean;
}

/** Numbers of many sizes, keyed by the seed; none is −0. */
export function sampleFactors(seed: number, options: SampleOptions = {}): ForeignFactors {
  const { users = 7, items = 5, factors = 3, biases = false, ids = true } = options;
  const random = randomOf(seed, "foreign sample");
  const some = (length: number) =>
    Float64Array.from({ length }, () => random.normal() * 10 ** (random.integer(12) - 6) + 0);
  const numbers = (rows: number, first: number) => Array.from({ length: rows }, (_, row) => String(first + 3 * row));
  return {
    factors,
    userFactors: some(users * factors),
    itemFactors: some(items * factors),
    userBias: biases ? some(users) : undefined,
    itemBias: biases ? some(items) : undefined,
    mean: biases ? 3.5 : undefined,
    userIds: ids ? numbers(users, -4) : undefined,
    itemIds: ids ? numbers(items, 100) : undefined,
    stated: { regularization: 0.25, alpha: 40, iterations: 7, use_cg: false },
    precision: "float64",
  };
}

/** The score of every pair of user and item. */
export function scoresOf(model: ForeignFactors): number[][] {
  const { factors: d, userFactors, itemFactors, userBias, itemBias, mean = 0 } = model;
  return Array.from({ length: userFactors.length / d }, (_, u) =>
    Array.from({ length: itemFactors.length / d }, (_, i) => {
      let score = mean + (userBias?.[u] ?? 0) + (itemBias?.[i] ?? 0);
      for (let k = 0; k < d; k++) score += userFactors[u * d + k] * itemFactors[i * d + k];
      return score;
    }),
  );
}

/** A .npy file: its header as text, of a version, before its data. */
export function npyOf(header: string, data: Uint8Array, version = 1): Buffer {
  const prefix = Buffer.from([0x93, ...Buffer.from("NUMPY"), version, 0]);
  const text = Buffer.from(header);
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([prefix, length, text, data]);
}

/** A table of float32 as a .npy file. */
export function floatsOf(shape: readonly number[], values: readonly number[], fortran = false): Buffer {
  const order = fortran ? "True" : "False";
  const header = `{'descr': '<f4', 'fortran_order': ${order}, 'shape': (${shape.join(", ")},), }\n`;
  return npyOf(header, new Uint8Array(Float32Array.from(values).buffer));
}

/** What an entry of an archive says instead of the truth. */
export interface Lie {
  readonly method?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly packed?: number;
  readonly offset?: number;
  readonly flags?: number;
  readonly localName?: string;
}

/** A zip archive; `zip64` leaves the sizes of local headers to an extra field, as numpy does. */
export function zipOf(
  files: Readonly<Record<string, Uint8Array>>,
  how: { deflate?: boolean; zip64?: boolean; comment?: string; lies?: Record<string, Lie> } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const lie = how.lies?.[name] ?? {};
    const data = how.deflate ? deflateRawSync(bytes) : Buffer.from(bytes);
    const method = lie.method ?? (how.deflate ? 8 : 0);
    const [packed, size, crc] = [lie.packed ?? data.length, lie.size ?? bytes.length, lie.crc ?? crc32(bytes)];
    const extra = Buffer.alloc(how.zip64 ? 20 : 0);
    if (how.zip64) {
      extra.writeUInt32LE(0x00100001);
      extra.writeBigUInt64LE(BigInt(size), 4);
      extra.writeBigUInt64LE(BigInt(packed), 12);
    }
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    const localName = Buffer.from(lie.localName ?? name);
    for (const [value, where] of [[method, 8] as const, [localName.length, 26] as const, [extra.length, 28] as const])
      local.writeUInt16LE(value, where);
    const sizes = how.zip64 ? [crc, 0xffffffff, 0xffffffff] : [crc, packed, size];
    sizes.forEach((value, k) => {
      local.writeUInt32LE(value, 14 + 4 * k);
    });
    const line = Buffer.alloc(46);
    line.writeUInt32LE(0x02014b50);
    line.writeUInt16LE(lie.flags ?? 0, 8);
    line.writeUInt16LE(method, 10);
    [crc, packed, size].forEach((value, k) => {
      line.writeUInt32LE(value, 16 + 4 * k);
    });
    line.writeUInt16LE(Buffer.byteLength(name), 28);
    line.writeUInt32LE(lie.offset ?? at, 42);
    parts.push(local, localName, extra, data);
    at += 30 + localName.length + extra.length + data.length;
    directory.push(line, Buffer.from(name));
  }
  const lines = Buffer.concat(directory);
  const comment = Buffer.from(how.comment ?? "");
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(directory.length / 2, 8);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(lines.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, lines, end, comment]);
}

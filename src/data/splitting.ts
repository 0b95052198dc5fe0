/** Divides the rows of a set into rows to train on and rows to test on. */

import { LetheError } from "../errors.ts";
import { keyedUniform } from "../numeric/random.ts";
import type { Split } from "./splitting/split.ts";

export { splitByIds } from "./splitting/keyed.ts";
export { knownTo } from "./splitting/known.ts";
export { type HoldoutSize, splitLeaveLastOut, splitPerUser } from "./splitting/per-user.ts";
export type { Split } from "./splitting/split.ts";

/**
 * Tests on the rows offset, offset + every, offset + 2·every …; throws `bad-input` unless `every` is an integer from 1
 * and `offset` one in 0 … every − 1.
 */
export function splitEveryNth(size: number, every: number, offset = 0): Split {
  if (!Number.isInteger(every) || every < 1)
    throw new LetheError("bad-input", `cannot test on every ${every}th row: expected an integer from 1`);
  if (!Number.isInteger(offset) || offset < 0 || offset >= every)
    throw new LetheError("bad-input", `offset ${offset}: expected an integer in 0 … ${every - 1}`);
  return splitBy(size, (row) => row % every === offset);
}

// Keeps these draws apart from others that are keyed by a row.
const purpose = 0x73706c74;

/**
 * Tests on each row with probability `fraction` (0 … 1). A row's side depends on the seed and its number alone, so rows
 * added at the end leave the side of every other row unchanged. Throws `bad-input` on a fraction out of range.
 */
export function splitRandom(size: number, fraction: number, seed: number): Split {
  if (!(fraction >= 0 && fraction <= 1))
    throw new LetheError("bad-input", `cannot test on a fraction ${fraction}: expected 0 … 1`);
  return splitBy(size, (row) => keyedUniform(seed, row, 0, purpose) < fraction);
}

function splitBy(size: number, isTest: (row: number) => boolean): Split {
  const train = new Uint32Array(size);
  const test = new Uint32Array(size);
  let trained = 0;
  let tested = 0;
  for (let row = 0; row < size; row++)
    if (isTest(row)) test[tested++] = row;
    else train[trained++] = row;
  return { train: train.slice(0, trained), test: test.slice(0, tested) };
}

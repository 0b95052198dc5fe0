/** Divides the rows of every user: some at random, or the latest, to test on. */

import { LetheError } from "../../errors.ts";
import { keyedUniform } from "../../numeric/random.ts";
import { complement, type Interactions, type Rows } from "../interactions.ts";
import type { Split } from "./split.ts";

/** How many rows of every user to test on: a fraction in [0, 1), or a number. */
export type HoldoutSize = { readonly fraction: number } | { readonly count: number };

// Keeps these draws apart from others that are keyed by a user and an item.
const purpose = 0x686f6c64;

/**
 * Tests on rows of every user drawn at random: of n rows ⌊fraction · n⌋, or `count`. A user with too few rows to leave
 * one to train on keeps them all there. Which rows are drawn depends on the seed and on the indices of user and item
 * alone, not on the order of rows (repeats of one pair go by row). Throws `bad-input` on a size out of range.
 */
export function splitPerUser(interactions: Interactions, size: HoldoutSize, seed: number): Split {
  checkSize(size);
  const { users, items } = interactions;
  const key = (row: number) => keyedUniform(seed, users[row], items[row], purpose);
  return splitUsers(interactions, (rows) => {
    const count = countOf(size, rows.length);
    if (count === 0 || count >= rows.length) return [];
    const keys = Float64Array.from(rows, key);
    const order = Array.from(rows.keys()).sort((a, b) => keys[a] - keys[b] || a - b);
    return order.slice(0, count).map((k) => rows[k]);
  });
}

/**
 * Tests on the latest row of every user, the later row among equal times. A user with one row keeps it to train on.
 * Throws `bad-input` when the set has no times.
 */
export function splitLeaveLastOut(interactions: Interactions): Split {
  const { times } = interactions;
  if (times === undefined)
    throw new LetheError(
      "bad-input",
      "this set has no times: nobody's last row is known",
      "split at random, or read a column of times",
    );
  return splitUsers(interactions, (rows) => {
    if (rows.length < 2) return [];
    return [rows.reduce((last, row) => (times[row] >= times[last] ? row : last))];
  });
}

function checkSize(size: HoldoutSize): void {
  if ("count" in size) {
    if (Number.isInteger(size.count) && size.count >= 0) return;
    throw new LetheError("bad-input", `cannot test on ${size.count} rows of a user: expected an integer from 0`);
  }
  if (size.fraction >= 0 && size.fraction < 1) return;
  throw new LetheError(
    "bad-input",
    `cannot test on a fraction ${size.fraction} of a user's rows: expected 0 … 1, less than 1`,
  );
}

function countOf(size: HoldoutSize, rows: number): number {
  // A tenth of 30 rows must not be two for the last digit's sake.
  return "count" in size ? size.count : Math.floor(size.fraction * rows + 1e-9);
}

function splitUsers({ byUser, userCount, size }: Interactions, choose: (rows: Rows) => readonly number[]): Split {
  const test: number[] = [];
  for (let user = 0; user < userCount; user++)
    for (const row of choose(byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]))) test.push(row);
  const sorted = Uint32Array.from(test).sort();
  return { train: complement(sorted, size), test: sorted };
}

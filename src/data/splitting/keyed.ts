/** Holds out rows by outside ids: which ones does not hang on the order of rows, nor on who else is there. */

import { LetheError } from "../../errors.ts";
import { keyedUniform } from "../../numeric/random.ts";
import type { Interactions } from "../interactions.ts";
import type { HoldoutSize } from "./per-user.ts";
import type { Split } from "./split.ts";

// Keeps these draws apart from others that are keyed by a user and an item.
const purpose = 0x6b657973;

/**
 * Tests on a share of the rows, each drawn by itself, or on at most `count` of them. All rows of one pair stay together. `keys` are those of
 * outside ids, by index. Throws `bad-input` on a size out of range, and when one side would be empty.
 */
export function splitByIds(
  interactions: Interactions,
  keys: { readonly users: Uint32Array; readonly items: Uint32Array },
  size: HoldoutSize,
  seed: number,
): Split {
  const { users, items } = interactions;
  const draws = Float64Array.from(users, (user, row) =>
    keyedUniform(seed, keys.users[user], keys.items[items[row]], purpose),
  );
  const below = "count" in size ? (draws.slice().sort()[size.count] ?? 1) : size.fraction;
  const rows = Uint32Array.from(draws.keys());
  const split = { train: rows.filter((row) => !(draws[row] < below)), test: rows.filter((row) => draws[row] < below) };
  if (split.train.length > 0 && split.test.length > 0) return split;
  throw new LetheError(
    "bad-input",
    `of ${draws.length} interactions ${split.test.length} would be held out`,
    "both sides need one at least: hold out another share, or a number",
    "holdout",
  );
}

/** A set whose right answer is visible: two groups of users, two groups of items, and a high rating where they match. */

import { LetheError } from "../../errors.ts";
import { keyedUniform } from "../../numeric/random.ts";
import { type Dataset, type ItemInfo, idsOf } from "../dataset.ts";
import { interactionsOf } from "../interactions.ts";

/** The size and the ratings of a checkerboard. */
export interface CheckerboardOptions {
  readonly users: number;
  readonly items: number;
  /** The share of pairs left out, 0.2 by default; no user and no item is left without rows. */
  readonly missing?: number | undefined;
  /** The rating where the groups match, 5 by default. */
  readonly high?: number | undefined;
  /** The rating where they do not, 1 by default. */
  readonly low?: number | undefined;
  /** Which pairs are missing; 0 by default. */
  readonly seed?: number | undefined;
}

/**
 * Even users like even items, odd users like odd items: rating `high` where user and item index agree in parity, `low`
 * elsewhere. Rows are in user-major order; ids are "user-1" … and "item-1" …, titles "Item 1" …, and the genre names the
 * group. Throws `bad-input` on sizes that are no positive integers or a share outside 0 … 1.
 */
export function checkerboard(options: CheckerboardOptions): Dataset {
  const { users, items, missing = 0.2, high = 5, low = 1, seed = 0 } = options;
  for (const [name, size] of Object.entries({ users, items }))
    if (!Number.isInteger(size) || size < 1)
      throw new LetheError("bad-input", `a checkerboard of ${size} ${name}: expected a positive integer`);
  if (!(missing >= 0 && missing <= 1))
    throw new LetheError("bad-input", `a checkerboard with a share of ${missing} missing: expected 0 … 1`);
  const pairs: (readonly [number, number])[] = [];
  for (let user = 0; user < users; user++)
    for (let item = 0; item < items; item++) {
      // One pair of every row and column stays, so that nobody is left without ratings.
      const stays = item === user % items || user === item % users;
      if (stays || keyedUniform(seed, user, item, 0) >= missing) pairs.push([user, item]);
    }
  return {
    interactions: interactionsOf({
      userCount: users,
      itemCount: items,
      users: Uint32Array.from(pairs, ([user]) => user),
      items: Uint32Array.from(pairs, ([, item]) => item),
      ratings: Float64Array.from(pairs, ([user, item]) => (user % 2 === item % 2 ? high : low)),
    }),
    userIds: idsOf(Array.from({ length: users }, (_, k) => `user-${k + 1}`)),
    itemIds: idsOf(Array.from({ length: items }, (_, k) => `item-${k + 1}`)),
    itemInfo: new Map(Array.from({ length: items }, (_, k) => [`item-${k + 1}`, tileInfo(k)])),
  };
}

function tileInfo(item: number): ItemInfo {
  return { title: `Item ${item + 1}`, genres: [item % 2 === 0 ? "white" : "black"] };
}

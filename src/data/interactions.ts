/** Who touched what, and how strongly: interactions in columns, indexed by user and by item. */

import { LetheError } from "../errors.ts";
import { type Components, componentsOf } from "./components.ts";

/** Positions of interactions in their set, ascending and without repeats. */
export type Rows = Uint32Array;

/** Rows grouped by one side: the rows of group g are `rows[start[g]] … rows[start[g + 1] − 1]`, ascending. */
export interface Index {
  readonly start: Uint32Array;
  readonly rows: Uint32Array;
}

/** A set of interactions: row k says that `users[k]` gave `items[k]` the rating `ratings[k]`. Immutable. */
export interface Interactions {
  readonly size: number;
  readonly userCount: number;
  readonly itemCount: number;
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  readonly ratings: Float64Array;
  /** Seconds since 1970, where the source had them. */
  readonly times: Float64Array | undefined;
  /** Built at the first use and kept. */
  readonly byUser: Index;
  readonly byItem: Index;
  readonly components: Components;
  /** The same users and items (some perhaps without rows now), less the given rows, order kept. */
  without(rows: Rows): Interactions;
  /** Only the given rows. */
  select(rows: Rows): Interactions;
  /** The same with more rows at the end, of users and items that are there. */
  with(added: AddedRows): Interactions;
}

/** Rows that a set gets at its end. */
export interface AddedRows {
  readonly users: ArrayLike<number>;
  readonly items: ArrayLike<number>;
  readonly ratings: ArrayLike<number>;
}

/** The columns that a set of interactions is made from. */
export interface Columns {
  readonly userCount: number;
  readonly itemCount: number;
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  readonly ratings: Float64Array;
  readonly times?: Float64Array | undefined;
}

/** Makes a set of interactions from columns of equal length; throws `bad-input` when they differ or an index is out of range. */
export function interactionsOf(columns: Columns): Interactions {
  const { users, items, ratings, times, userCount, itemCount } = columns;
  const size = ratings.length;
  if (users.length !== size || items.length !== size || (times !== undefined && times.length !== size))
    throw new LetheError("bad-input", `columns differ in length: ${users.length}, ${items.length}, ${size}`);
  for (let k = 0; k < size; k++)
    if (users[k] >= userCount || items[k] >= itemCount)
      throw new LetheError("bad-input", `row ${k}: user ${users[k]} of ${userCount}, item ${items[k]} of ${itemCount}`);
  return held(columns);
}

/** Columns that are known to be right, with their indexes on demand. */
function held(columns: Columns): Interactions {
  const { users, items, ratings, times, userCount, itemCount } = columns;
  const size = ratings.length;
  let byUser: Index | undefined;
  let byItem: Index | undefined;
  let components: Components | undefined;
  return {
    size,
    userCount,
    itemCount,
    users,
    items,
    ratings,
    times,
    get byUser() {
      byUser ??= indexBy(users, userCount);
      return byUser;
    },
    get byItem() {
      byItem ??= indexBy(items, itemCount);
      return byItem;
    },
    get components() {
      components ??= componentsOf(users, items, userCount, itemCount);
      return components;
    },
    without: (rows) => pick(columns, complement(rows, size)),
    select: (rows) => pick(columns, rows),
    with: (added) => joined(columns, added),
  };
}

/** Groups rows by key with a stable counting sort. */
export function indexBy(keys: Uint32Array, groups: number): Index {
  const start = new Uint32Array(groups + 1);
  for (let k = 0; k < keys.length; k++) start[keys[k] + 1]++;
  for (let g = 0; g < groups; g++) start[g + 1] += start[g];
  const next = start.slice(0, groups);
  const rows = new Uint32Array(keys.length);
  for (let k = 0; k < keys.length; k++) rows[next[keys[k]]++] = k;
  return { start, rows };
}

/** The rows of 0 … size − 1 that are not listed; throws `bad-input` when the list is not ascending, repeats or runs over. */
export function complement(rows: Rows, size: number): Rows {
  const kept = new Uint32Array(Math.max(0, size - rows.length));
  let to = 0;
  let at = 0;
  for (let k = 0; k < size; k++) {
    if (at < rows.length && rows[at] === k) at++;
    else if (to < kept.length) kept[to++] = k;
    else break;
  }
  if (at !== rows.length || to !== kept.length)
    throw new LetheError("bad-input", "rows must be ascending, without repeats and inside the set");
  return kept;
}

function joined({ users, items, ratings, times, ...counts }: Columns, added: AddedRows): Interactions {
  const size = users.length;
  const together = {
    ...counts,
    users: new Uint32Array(size + added.users.length),
    items: new Uint32Array(size + added.users.length),
    ratings: new Float64Array(size + added.users.length),
    times: times && new Float64Array(size + added.users.length).fill(Number.NaN),
  };
  together.users.set(users);
  together.items.set(items);
  together.ratings.set(ratings);
  together.users.set(added.users, size);
  together.items.set(added.items, size);
  together.ratings.set(added.ratings, size);
  if (times) together.times?.set(times);
  return held(together);
}

function pick(columns: Columns, rows: Rows): Interactions {
  const users = new Uint32Array(rows.length);
  const items = new Uint32Array(rows.length);
  const ratings = new Float64Array(rows.length);
  const times = columns.times === undefined ? undefined : new Float64Array(rows.length);
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k];
    users[k] = columns.users[row];
    items[k] = columns.items[row];
    ratings[k] = columns.ratings[row];
    if (times !== undefined && columns.times !== undefined) times[k] = columns.times[row];
  }
  return held({ ...columns, users, items, ratings, times });
}

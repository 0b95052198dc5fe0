/** Columns of interactions that grow as rows arrive. */

import type { Columns } from "../interactions.ts";

/** The largest number of rows: a row number and the count itself must fit 32 bits, and one value is kept for "none". */
export const rowLimit = 2 ** 32 - 2;

/** Columns under construction; `size` rows are filled. */
export interface GrowingColumns {
  size: number;
  users: Uint32Array;
  items: Uint32Array;
  ratings: Float64Array;
  times: Float64Array | undefined;
  /** The line of each row, where repeated pairs must be told by line. */
  lines: Float64Array | undefined;
}

/** Empty columns, with times and lines where asked. */
export function growingColumns(times: boolean, lines: boolean): GrowingColumns {
  const room = 1 << 12;
  return {
    size: 0,
    users: new Uint32Array(room),
    items: new Uint32Array(room),
    ratings: new Float64Array(room),
    times: times ? new Float64Array(room) : undefined,
    lines: lines ? new Float64Array(room) : undefined,
  };
}

/** Makes room for one row more; returns false at the limit. */
export function makeRoom(columns: GrowingColumns, limit = rowLimit): boolean {
  if (columns.size >= limit) return false;
  if (columns.size < columns.ratings.length) return true;
  const room = Math.min(2 * columns.size, limit);
  columns.users = moved(columns.users, new Uint32Array(room));
  columns.items = moved(columns.items, new Uint32Array(room));
  columns.ratings = moved(columns.ratings, new Float64Array(room));
  if (columns.times !== undefined) columns.times = moved(columns.times, new Float64Array(room));
  if (columns.lines !== undefined) columns.lines = moved(columns.lines, new Float64Array(room));
  return true;
}

/** The filled part of the columns. */
export function finished(columns: GrowingColumns, userCount: number, itemCount: number): Columns {
  const { size, users, items, ratings, times } = columns;
  return {
    userCount,
    itemCount,
    users: users.slice(0, size),
    items: items.slice(0, size),
    ratings: ratings.slice(0, size),
    times: times?.slice(0, size),
  };
}

function moved<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

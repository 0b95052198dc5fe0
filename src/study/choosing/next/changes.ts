/** What comes, goes and changes in the rows of a model. */

import type { Dataset } from "../../../data/dataset.ts";
import { type Interactions, interactionsOf, type Rows } from "../../../data/interactions.ts";
import type { Duplicates } from "../../../data/reading.ts";

/** A row of the model that gets another rating, and perhaps another time. */
export interface ChangedRow {
  readonly row: number;
  readonly rating: number;
  /** Seconds since 1970. */
  readonly time?: number | undefined;
}

/** What comes, goes and changes. */
export interface RowChanges {
  /** New rows, under outside ids. */
  readonly add?: Dataset | undefined;
  /** Rows of the model, ascending. */
  readonly remove?: Rows | undefined;
  readonly change?: readonly ChangedRow[] | undefined;
  /** What a new row of a known pair means; default: what it means to the model. */
  readonly duplicates?: Duplicates | undefined;
  /** Rows to add that are there already are not added again. */
  readonly idempotent?: boolean | undefined;
}

/** Whether a row would be another than it is. */
export function isChange({ ratings, times }: Interactions, { row, rating, time }: ChangedRow): boolean {
  return ratings[row] !== rating || (times !== undefined && time !== undefined && times[row] !== time);
}

/** The same rows, some with other ratings and times. */
export function withChanges(rows: Interactions, change: readonly ChangedRow[]): Interactions {
  if (change.length === 0) return rows;
  const ratings = rows.ratings.slice();
  const times = rows.times?.slice();
  for (const { row, rating, time } of change) {
    ratings[row] = rating;
    if (times !== undefined && time !== undefined) times[row] = time;
  }
  return interactionsOf({ ...rows, ratings, times });
}

/** Which rows of the tables a batch touches, and how often: all that a step on a local model has to move. */

import type { Interactions } from "../../data/interactions.ts";
import { noItem } from "../../objective/negatives.ts";
import type { Objective } from "../../objective/objective.ts";

/** Rows of one side that have been touched. */
export interface TouchedRows {
  /** The first `count` are the rows, each once. */
  readonly rows: Uint32Array;
  count: number;
  /** How often each row was touched, by row; 0 elsewhere. */
  readonly times: Float64Array;
}

/** The rows of both sides that a batch touches. */
export interface Touched {
  readonly user: TouchedRows;
  readonly item: TouchedRows;
  /** Replaces what is held by the rows of these units. */
  gather(units: Uint32Array): void;
}

/** Room for the touches of an objective's batches. */
export function touchedBy(objective: Objective): Touched {
  const { interactions, settings } = objective;
  const { userCount, itemCount } = interactions;
  const user = noRows(userCount);
  const item = noRows(itemCount);
  const gatherUnits =
    settings.loss.form === "listwise"
      ? (units: Uint32Array) => touchLists(units, user, item)
      : (units: Uint32Array) => touchRows(objective, interactions, units, user, item);
  return {
    user,
    item,
    gather(units) {
      forget(user);
      forget(item);
      gatherUnits(units);
    },
  };
}

/** How often an epoch touches each row. */
export function touchedByEpoch({ settings, counts, units, interactions }: Objective) {
  if (settings.loss.form !== "listwise") return { user: counts.users, item: counts.items };
  const user = new Float64Array(interactions.userCount);
  for (const unit of units) user[unit] = 1;
  return { user, item: new Float64Array(interactions.itemCount).fill(units.length) };
}

function noRows(length: number): TouchedRows {
  return { rows: new Uint32Array(length), count: 0, times: new Float64Array(length) };
}

function forget(touched: TouchedRows): void {
  for (let n = 0; n < touched.count; n++) touched.times[touched.rows[n]] = 0;
  touched.count = 0;
}

function touch(touched: TouchedRows, row: number, times: number): void {
  if (touched.times[row] === 0) touched.rows[touched.count++] = row;
  touched.times[row] += times;
}

/** As `rowCountsOf` counts: a triple touches its user once, and each of its items once. */
function touchRows(
  { negatives, settings }: Objective,
  { users, items }: Interactions,
  units: Uint32Array,
  user: TouchedRows,
  item: TouchedRows,
): void {
  const perRow = settings.sampling?.perRow ?? 0;
  const own = settings.loss.form === "pairwise" ? 0 : 1;
  for (let b = 0; b < units.length; b++) {
    const row = units[b];
    let drawn = 0;
    for (let n = row * perRow; n < (row + 1) * perRow; n++) {
      if (negatives[n] === noItem) continue;
      drawn++;
      touch(item, negatives[n], 1);
    }
    if (drawn + own === 0) continue;
    touch(user, users[row], drawn + own);
    touch(item, items[row], own === 1 ? 1 : drawn);
  }
}

function touchLists(units: Uint32Array, user: TouchedRows, item: TouchedRows): void {
  for (let b = 0; b < units.length; b++) touch(user, units[b], 1);
  for (let i = 0; i < item.times.length; i++) touch(item, i, units.length);
}

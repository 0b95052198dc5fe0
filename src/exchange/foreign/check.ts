/** What makes a set of tables a model: sizes that fit each other, finite numbers, usable ids. */

import type { ForeignFactors } from "./factors.ts";
import { refused, shown } from "./refusal.ts";

/** The most factors that a model may have. */
export const mostFactors = 65_536;

/**
 * The model as it is; throws `bad-input`, naming `place`, table and row, when a table is empty, sizes do not fit each
 * other, a number is not finite, or an id is empty, repeated or broken text.
 */
export function checkedFactors(model: ForeignFactors, place: string): ForeignFactors {
  const { factors } = model;
  if (!Number.isInteger(factors) || factors < 1 || factors > mostFactors)
    throw refused(place, `${factors} factors are not between 1 and ${mostFactors}`);
  const users = checkTable(model.userFactors, factors, "user factors", place);
  const items = checkTable(model.itemFactors, factors, "item factors", place);
  checkBias(model.userBias, users, "user biases", place);
  checkBias(model.itemBias, items, "item biases", place);
  if (model.mean !== undefined && !Number.isFinite(model.mean)) throw refused(place, `the mean is ${model.mean}`);
  checkIds(model.userIds, users, "user", place);
  checkIds(model.itemIds, items, "item", place);
  return model;
}

/** Throws `bad-input` at the first number that is not finite, naming table and row. */
export function checkFinite(values: Float64Array, width: number, table: string, place: string): void {
  for (let k = 0; k < values.length; k++)
    if (!Number.isFinite(values[k]))
      throw refused(place, `the ${table} of row ${Math.floor(k / width)} hold ${values[k]}`, "train the model again");
}

function checkTable(values: Float64Array, factors: number, table: string, place: string): number {
  if (values.length === 0) throw refused(place, `there are no ${table}`);
  if (values.length % factors !== 0)
    throw refused(place, `${values.length} numbers of ${table} are not rows of ${factors}`);
  checkFinite(values, factors, table, place);
  return values.length / factors;
}

function checkBias(values: Float64Array | undefined, rows: number, table: string, place: string): void {
  if (values === undefined) return;
  if (values.length !== rows)
    throw refused(place, `there are ${values.length} ${table} for ${rows} rows`, "save one number for every row");
  checkFinite(values, 1, table, place);
}

function checkIds(ids: readonly string[] | undefined, rows: number, side: string, place: string): void {
  if (ids === undefined) return;
  if (ids.length !== rows)
    throw refused(
      place,
      `there are ${ids.length} ${side} ids for ${rows} rows`,
      "save one id for every row, in their order",
    );
  const seen = new Set<string>();
  for (let row = 0; row < rows; row++) {
    const id = ids[row];
    if (id === "") throw refused(place, `the ${side} id of row ${row} is empty`);
    // In UTF-8 there are no lone surrogates: two ids could become one.
    if (/\p{Surrogate}/u.test(id)) throw refused(place, `the ${side} id ${shown(id)} is not valid Unicode text`);
    if (seen.has(id))
      throw refused(place, `the ${side} id ${shown(id)} of row ${row} is there twice`, "save each id once");
    seen.add(id);
  }
}

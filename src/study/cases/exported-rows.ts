/** Where the rows of an export go: each to the position that it is known by, or one after another. */

import { LetheError } from "../../errors.ts";
import type { ForeignFactors } from "../../exchange/foreign/factors.ts";
import type { Positions } from "../../exchange/model/manifest.ts";
import { isPosition } from "./imported-rows.ts";

/** One side of what is exported. */
interface Side {
  readonly what: "user" | "item";
  readonly ids: readonly string[];
  /** Rows that the other system has; undefined where it knows the side by ids. */
  readonly rows: number | undefined;
}

/** Both sides, the users first. */
function sidesOf({ userIds = [], itemIds = [] }: ForeignFactors, positions: Positions): readonly [Side, Side] {
  return [
    { what: "user", ids: userIds, rows: positions.users },
    { what: "item", ids: itemIds, rows: positions.items },
  ];
}

/** The tables with every row at its position, and zeros at the others; a side that is known by ids stays as it is. */
export function atPositions(model: ForeignFactors, positions: Positions): ForeignFactors {
  const [users, items] = sidesOf(model, positions);
  const { factors: width } = model;
  return {
    ...model,
    userFactors: spread(users, model.userFactors, width),
    itemFactors: spread(items, model.itemFactors, width),
    userBias: model.userBias && spread(users, model.userBias, 1),
    itemBias: model.itemBias && spread(items, model.itemBias, 1),
    userIds: users.rows === undefined ? model.userIds : undefined,
    itemIds: items.rows === undefined ? model.itemIds : undefined,
  };
}

/** The model under numbers: the positions that rows are known by, else the places where they are now. */
export function numbered(model: ForeignFactors, positions: Positions): ForeignFactors {
  const [userIds, itemIds] = sidesOf(model, positions).map(({ ids, rows }) =>
    rows === undefined ? ids.map((_, k) => String(k)) : ids,
  );
  return { ...model, userIds, itemIds };
}

/** What is to be said of sides that `numbered` gives other numbers than their ids; nothing where there are none. */
export function numberedNotes(model: ForeignFactors, positions: Positions): string[] {
  return sidesOf(model, positions).flatMap(({ what, ids, rows }) =>
    rows !== undefined || ids.every((id, k) => id === String(k))
      ? []
      : [
          `${what}s are numbered by their rows in this model, from 0, and not as another system numbered them: ${what} 0 is ${ids[0]}; an export as csv has all ${what} ids in this order`,
        ],
  );
}

/** How many rows of zeros `atPositions` adds. */
export function emptyRowsOf(model: ForeignFactors, positions: Positions): { users: number; items: number } {
  const [users, items] = sidesOf(model, positions).map(({ ids, rows }) => (rows ?? ids.length) - ids.length);
  return { users, items };
}

/** What is to be said of rows that are not at the position that they are known by; nothing where there are none. */
export function movedRowsOf(model: ForeignFactors, positions: Positions): string[] {
  return sidesOf(model, positions).flatMap(({ what, ids, rows }) => {
    const first = rows === undefined ? -1 : ids.findIndex((id, k) => id !== String(k));
    return first < 0 ? [] : [`${what} rows have moved from row ${first} on: row ${first} is ${what} ${ids[first]}`];
  });
}

function spread({ what, ids, rows }: Side, values: Float64Array, width: number): Float64Array {
  if (rows === undefined) return values;
  const out = new Float64Array(rows * width);
  ids.forEach((id, k) => {
    if (!isPosition(id, rows))
      throw new LetheError(
        "bad-input",
        `this model was imported with ${rows} ${what} rows known by position, and its ${what} ${JSON.stringify(id)} has none: the rows from ${k} on would move`,
        "write them one after another with `compact`, or export to a format with ids (csv, parquet)",
      );
    out.set(values.subarray(k * width, (k + 1) * width), Number(id) * width);
  });
  return out;
}

/** The columns of all tables of one side, side by side: row r of a user or item is one short vector. */

import type { Model } from "../../model/model.ts";
import { type Penalty, penaltyWeights } from "../../objective/penalty.ts";

/** The tables of users or of items as one table of `rows` × `order`. */
export interface Columns {
  readonly rows: number;
  readonly order: number;
  /** Each gives the direction that moves this column by 1 in all rows; one vector serves all, so it lives until the next is asked for. */
  readonly directions: readonly (() => Float64Array)[];
  /** Lets go of the vector that serves the directions. */
  clear(): void;
  /** The penalty's weight of every value, row-major. */
  weights(penalty: Penalty): Float64Array;
  /** Copies row r of a parameter vector out of its tables, and back. */
  gather(vector: Float64Array, r: number, row: Float64Array): void;
  scatter(row: Float64Array, r: number, vector: Float64Array): void;
}

/** The columns of one side's tables. */
export function columnsOf(model: Model, side: "user" | "item"): Columns {
  const rows = side === "user" ? model.userCount : model.itemCount;
  /** Where each column begins, and how far apart its values are. */
  const places = model.tensors.flatMap(({ at, width, rowStride, rowsOf }) =>
    rowsOf === side ? Array.from({ length: width }, (_, f) => ({ at: at + f, rowStride })) : [],
  );
  let moving: Float64Array | undefined;
  const direction = (column: number) => {
    moving ??= new Float64Array(model.parameterCount);
    moving.fill(0);
    const { at, rowStride } = places[column];
    for (let r = 0; r < rows; r++) moving[at + r * rowStride] = 1;
    return moving;
  };
  return {
    rows,
    order: places.length,
    directions: places.map((_, column) => () => direction(column)),
    clear() {
      moving = undefined;
    },
    weights(penalty) {
      const out = new Float64Array(rows * places.length);
      const flat = penaltyWeights(penalty, model.parameterCount);
      places.forEach(({ at, rowStride }, c) => {
        for (let r = 0; r < rows; r++) out[r * places.length + c] = flat[at + r * rowStride];
      });
      return out;
    },
    gather(vector, r, row) {
      for (let c = 0; c < row.length; c++) row[c] = vector[places[c].at + r * places[c].rowStride];
    },
    scatter(row, r, vector) {
      for (let c = 0; c < row.length; c++) vector[places[c].at + r * places[c].rowStride] = row[c];
    },
  };
}

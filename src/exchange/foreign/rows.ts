/** One side of a model as a table whose rows come one after another: ids, factors, and a bias where there is one. */

import { throwIfAborted } from "../../errors.ts";
import { mostFactors } from "./check.ts";
import { defaultByteLimit, type ForeignFactors, type ForeignReadOptions, type Precision } from "./factors.ts";
import { refused, shown } from "./refusal.ts";

/** All users, or all items, of a model. */
export interface Rows {
  readonly ids: readonly string[];
  readonly width: number;
  /** rows × width. */
  readonly values: Float64Array;
  readonly bias: Float64Array | undefined;
  readonly precision: Precision;
}

/** Takes rows one after another, and grows by what has come, not by what is announced. */
export interface RowCollector {
  /** How many rows have come. */
  readonly count: number;
  /** Adds a row of `width` numbers; `place` is for messages. Throws `bad-input` on an id that is there, and above the limit. */
  add(id: string, width: number, at: (factor: number) => number, bias: number | undefined, place: string): void;
  /** What has come; throws `bad-input` when that is nothing. */
  rows(precision: Precision, place: string): Rows;
}

/** A collector whose tables take at most `byteLimit` bytes; all rows must be as wide as the first. */
export function collectRows(byteLimit: number, signal?: AbortSignal): RowCollector {
  const ids: string[] = [];
  const biases: number[] = [];
  const seen = new Set<string>();
  let values = new Float64Array(0);
  let width = 0;
  const collector = {
    count: 0,
    add(id: string, rowWidth: number, at: (factor: number) => number, bias: number | undefined, place: string) {
      const row = collector.count;
      if (row === 0) width = rowWidth;
      if (row % 4096 === 0) throwIfAborted(signal);
      if (width < 1 || width > mostFactors) throw refused(place, `row ${row} has ${rowWidth} factors`);
      if (rowWidth !== width) throw refused(place, `row ${row} has ${rowWidth} factors, the first row has ${width}`);
      if (seen.has(id)) throw refused(place, `the id ${shown(id)} of row ${row} is there twice`);
      const needed = (row + 1) * width;
      if (8 * needed > byteLimit) throw refused(place, `its table takes more than ${byteLimit} bytes`);
      if (needed > values.length) values = grown(values, Math.min(Math.max(2 * needed, 1024), byteLimit / 8));
      for (let factor = 0; factor < width; factor++) values[row * width + factor] = at(factor);
      seen.add(id);
      ids.push(id);
      if (bias !== undefined) biases.push(bias);
      collector.count++;
    },
    rows(precision: Precision, place: string): Rows {
      if (ids.length === 0) throw refused(place, "there are no rows");
      const bias = biases.length === 0 ? undefined : Float64Array.from(biases);
      return { ids, width, values: values.slice(0, ids.length * width), bias, precision };
    },
  };
  return collector;
}

/** The two sides of a model as tables; rows without ids go by their positions. */
export function sidesOf(model: ForeignFactors): { readonly users: Rows; readonly items: Rows } {
  const { factors: width, precision } = model;
  const side = (values: Float64Array, bias: Float64Array | undefined, ids: readonly string[] | undefined): Rows => {
    const positions = () => Array.from({ length: values.length / width }, (_, row) => String(row));
    return { ids: ids ?? positions(), width, values, bias, precision };
  };
  return {
    users: side(model.userFactors, model.userBias, model.userIds),
    items: side(model.itemFactors, model.itemBias, model.itemIds),
  };
}

/** A model of two sides; throws `bad-input` when they are not equally wide. */
export function joined(
  users: Rows,
  items: Rows,
  stated: ForeignFactors["stated"],
  mean: number | undefined,
  place: string,
): ForeignFactors {
  if (users.width !== items.width) throw refused(place, `users have ${users.width} factors, items have ${items.width}`);
  return {
    factors: users.width,
    userFactors: users.values,
    itemFactors: items.values,
    userBias: users.bias,
    itemBias: items.bias,
    mean,
    userIds: users.ids,
    itemIds: items.ids,
    stated,
    precision: users.precision === "float64" || items.precision === "float64" ? "float64" : "float32",
  };
}

/** What is left to read the other side with, once one side is there. */
export function lessRoom(options: ForeignReadOptions, { values }: Rows): ForeignReadOptions {
  return { ...options, byteLimit: (options.byteLimit ?? defaultByteLimit) - values.byteLength };
}

function grown(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.floor(length));
  larger.set(values);
  return larger;
}

/** Which tables of a model can be turned together without a change of any score, and how a vector is kept off those turns. */

import { symmetricEigen } from "../numeric/dense.ts";
import { nearestRotation } from "../numeric/rotation.ts";
import { largest, norm } from "../numeric/vector.ts";
import { addGram, rotationProjection } from "./gauge.ts";

/** Part of a parameter vector read as a table: row r, column f is at `at + r·rowStride + f·columnStride`. */
export interface TableView {
  readonly at: number;
  readonly rows: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Tables of `width` columns each: rotating the columns of all of them alike changes no score, nor their L2. */
export interface Rotation {
  readonly width: number;
  readonly tables: readonly TableView[];
  /** Whether its rows are those of all users and then of all items, so that parts which no example joins turn by themselves. */
  readonly usersThenItems?: boolean;
}

/** A rotation of rows with labels as one for every label; labels are in the order of the tables' rows. */
export function splitRotation({ width, tables }: Rotation, labels: ArrayLike<number>): readonly Rotation[] {
  const parts = new Map<number, TableView[]>();
  let k = 0;
  for (const { at, rows, rowStride, columnStride } of tables)
    for (let r = 0; r < rows; r++) {
      const views = parts.get(labels[k]) ?? [];
      parts.set(labels[k++], views);
      views.push({ at: at + r * rowStride, rows: 1, rowStride, columnStride });
    }
  return [...parts.values()].map((views) => ({ width, tables: views }));
}

/** A whole table of `rows` × `width`, row-major. */
export function wholeTable(at: number, rows: number, width: number): TableView {
  return { at, rows, rowStride: width, columnStride: 1 };
}

/**
 * Returns a function that removes from a vector, in place, what lies along these rotations at `params` (orthogonal projection, one rotation
 * after the other: no two may share parameters). J does not change along them: its Hessian is null there at a stationary point, and of
 * either sign nearby.
 */
export function offRotations(rotations: readonly Rotation[], params: Float64Array): (vector: Float64Array) => void {
  const projections = rotations.map((rotation) => {
    const rows = rowsOfRotation(rotation);
    const project = rotationProjection(packed(rotation, rows, params), 0, rows, rotation.width, rotation.width);
    return (vector: Float64Array) => {
      const side = packed(rotation, rows, vector);
      project(side);
      eachPlace(rotation, (place, k) => {
        vector[place] = side[k];
      });
    };
  });
  return (vector) => {
    for (const project of projections) project(vector);
  };
}

/**
 * `vector` with the tables of every rotation turned to where they are closest to those of `toward` (Procrustes), a new vector: what differs
 * then is no rotation.
 */
export function turnedToward(rotations: readonly Rotation[], vector: Float64Array, toward: Float64Array): Float64Array {
  const out = vector.slice();
  for (const rotation of rotations) {
    const { width } = rotation;
    const rows = rowsOfRotation(rotation);
    const [x, y] = [packed(rotation, rows, toward), packed(rotation, rows, vector)];
    const cross = new Float64Array(width * width);
    for (let r = 0; r < rows; r++)
      for (let f = 0; f < width; f++)
        for (let g = 0; g < width; g++) cross[f * width + g] += y[r * width + f] * x[r * width + g];
    const turn = nearestRotation(cross, width);
    eachPlace(rotation, (place, k) => {
      const [from, column] = [k - (k % width), k % width];
      let sum = 0;
      for (let f = 0; f < width; f++) sum += y[from + f] * turn[f * width + column];
      out[place] = sum;
    });
  }
  return out;
}

/** Parameters whose dust is zero: what is 1e-10 of the largest. Columns of dust turn against nothing, but would be taken for such that do. */
export function withoutDust(params: Float64Array): Float64Array {
  const least = 1e-10 * largest(params);
  return params.map((x) => (Math.abs(x) < least ? 0 : x));
}

/**
 * How much farther parameters may be from `params` before the rotations there and those at `params` can be at right angles: the least of all
 * rotations. Turning columns a and b moves by √(γ_a + γ_b), the eigenvalues of the Gram matrix, and a move of δ changes that by at most ‖δ‖. Columns that
 * are zero do not turn against each other; without any that turn it is infinite.
 */
export function roomAround(rotations: readonly Rotation[], params: Float64Array): (moved: Float64Array) => number {
  const known = rotations.map((rotation) => {
    const table = packed(rotation, rowsOfRotation(rotation), params);
    return { rotation, table, reach: reachOf(table, rotation.width) };
  });
  return (moved) =>
    known.reduce((least, { rotation, table, reach }) => {
      const gap = packed(rotation, rowsOfRotation(rotation), moved).map((x, k) => x - table[k]);
      return Math.min(least, reach - norm(gap));
    }, Number.POSITIVE_INFINITY);
}

/** The shortest that a unit turn of the columns moves a table. */
function reachOf(table: Float64Array, width: number): number {
  const gram = new Float64Array(width * width);
  addGram(table, 0, table, 0, table.length / width, width, width, gram);
  const { values } = symmetricEigen(gram, width);
  const alive = Array.from(values).filter((value) => value > 1e-12 * values[0]);
  if (width < 2 || alive.length === 0) return Number.POSITIVE_INFINITY;
  const last = alive[alive.length - 1];
  return Math.sqrt(alive.length === width ? last + alive[width - 2] : last);
}

/** All tables under each other, row-major. */
function packed(rotation: Rotation, rows: number, vector: Float64Array): Float64Array {
  const out = new Float64Array(rows * rotation.width);
  eachPlace(rotation, (place, k) => {
    out[k] = vector[place];
  });
  return out;
}

/** How many rows its tables have together. */
function rowsOfRotation({ tables }: Rotation): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

function eachPlace({ width, tables }: Rotation, visit: (place: number, k: number) => void): void {
  let k = 0;
  for (const { at, rows, rowStride, columnStride } of tables)
    for (let r = 0; r < rows; r++) for (let f = 0; f < width; f++) visit(at + r * rowStride + f * columnStride, k++);
}

/** Users as what they have chosen: the rows that an autoencoder reads, and what interactions' weights do to them. */

import type { Interactions } from "../../data/interactions.ts";
import type { SparseMatrix } from "../../kernel/matrices/matrices.ts";
import { weightsOf } from "../graph/weights.ts";

/** Every user's ratings, of length 1. Entry e belongs to interaction `rows[e]`; interactions of one pair have an entry each. */
export interface UserInputs {
  readonly matrix: SparseMatrix;
  readonly rows: Uint32Array;
  /** Of every entry, the sum of the entries of its user and item. */
  readonly totals: Float64Array;
  /** Of every entry, its rating divided by the length of its user's ratings. */
  readonly slopes: Float64Array;
}

/** Σ weight·rating by user and item, divided by the user's length; zero for users without, as in the program of Liang et al. 2018. Throws as `weightsOf`. */
export function inputsOf(interactions: Interactions, given?: Float64Array): UserInputs {
  const { size, itemCount, userCount, ratings, items, byUser } = interactions;
  const weights = weightsOf(interactions, given);
  const { start, rows } = byUser;
  const columns = rows.map((row) => items[row]);
  const values = Float64Array.from(rows, (row) => weights[row] * ratings[row]);
  const totals = new Float64Array(size);
  const slopes = new Float64Array(size);
  const byItem = new Float64Array(itemCount);
  for (let u = 0; u < userCount; u++) {
    const length = lengthOf(start[u], start[u + 1], columns, values, byItem);
    for (let e = start[u]; e < start[u + 1]; e++) {
      values[e] = length === 0 ? 0 : values[e] / length;
      totals[e] = length === 0 ? 0 : byItem[columns[e]] / length;
      slopes[e] = ratings[rows[e]] === 0 ? 0 : ratings[rows[e]] / length;
    }
    for (let e = start[u]; e < start[u + 1]; e++) byItem[columns[e]] = 0;
  }
  return { matrix: { rows: userCount, start, columns, values }, rows, totals, slopes };
}

/** Leaves the entries' sums by item in `byItem`, and returns their length. */
function lengthOf(from: number, to: number, columns: Uint32Array, values: Float64Array, byItem: Float64Array): number {
  for (let e = from; e < to; e++) byItem[columns[e]] += values[e];
  let square = 0;
  for (let e = from; e < to; e++) square += values[e] * byItem[columns[e]];
  return Math.sqrt(square);
}

/** The rows of these users, one below the other. */
export function inputRows({ matrix }: Pick<UserInputs, "matrix">, users: Uint32Array): SparseMatrix {
  const start = new Uint32Array(users.length + 1);
  users.forEach((user, b) => {
    start[b + 1] = start[b] + matrix.start[user + 1] - matrix.start[user];
  });
  const columns = new Uint32Array(start[users.length]);
  const values = new Float64Array(start[users.length]);
  users.forEach((user, b) => {
    columns.set(matrix.columns.subarray(matrix.start[user], matrix.start[user + 1]), start[b]);
    values.set(matrix.values.subarray(matrix.start[user], matrix.start[user + 1]), start[b]);
  });
  return { rows: users.length, start, columns, values };
}

/**
 * From ∂F/∂entries of these users' rows to ∂F/∂weights of all interactions, zero for other users'. A weight moves its own entry, and by
 * the length all entries of its user. NaN where a user's ratings, weighted, have length 0: there is no derivative.
 */
export function weightDerivativeOf(inputs: UserInputs, users: Uint32Array, ofEntries: Float64Array): Float64Array {
  const { matrix, rows, totals, slopes } = inputs;
  const out = new Float64Array(rows.length);
  let at = 0;
  for (const user of users) {
    const [from, to] = [matrix.start[user], matrix.start[user + 1]];
    let along = 0;
    for (let e = from; e < to; e++) along += ofEntries[at + e - from] * matrix.values[e];
    for (let e = from; e < to; e++) {
      const across = ofEntries[at + e - from] - along * totals[e];
      out[rows[e]] += Number.isFinite(slopes[e]) ? across * slopes[e] : Number.NaN;
    }
    at += to - from;
  }
  return out;
}

/** The transpose of `weightDerivativeOf`, for all users: how the entries move when the weights move along `along`. NaN as there. */
export function inputsAlong({ matrix, rows, totals, slopes }: UserInputs, along: Float64Array): SparseMatrix {
  const values = matrix.values.slice();
  for (let u = 0; u < matrix.rows; u++) {
    let across = 0;
    const own = (e: number) => (along[rows[e]] === 0 ? 0 : slopes[e] * along[rows[e]]);
    for (let e = matrix.start[u]; e < matrix.start[u + 1]; e++) across += totals[e] * own(e);
    for (let e = matrix.start[u]; e < matrix.start[u + 1]; e++) values[e] = own(e) - matrix.values[e] * across;
  }
  return { ...matrix, values };
}

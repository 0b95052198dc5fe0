/** The branch of generalised matrix factorization: the elementwise product of a user's and an item's embedding. */

import { type BranchKind, embeddingTables, scratch } from "./branch.ts";
import type { PairRows } from "./rows.ts";

/** p_u ⊙ q_i of tables with `width` columns (He et al. 2017, Eq. 9). One multiply a column, a gradient two multiply-adds more. */
export function product(width: number): BranchKind {
  return {
    width,
    tensors: (userCount, itemCount) => embeddingTables("factors", width, userCount, itemCount),
    at([userTable, itemTable], params, pairs) {
      const rows: PairRows = { pairs, width, usersAt: userTable.at, itemsAt: itemTable.at };
      const size = pairs.users.length * width;
      const features = new Float64Array(size);
      setProducts(rows, params, params, features);
      const tangents = scratch(size);
      return {
        features,
        tangent(direction) {
          setProducts(rows, direction, params, tangents());
          addProducts(rows, params, direction, tangents());
          return tangents();
        },
        addReverse: (slopes, out) => addOtherRows(rows, slopes, params, out),
        addReverseTangent(slopes, slopeTangents, direction, out) {
          addOtherRows(rows, slopeTangents, params, out);
          addOtherRows(rows, slopes, direction, out);
        },
      };
    },
  };
}

/** out = x at the users' rows ⊙ y at the items'. */
function setProducts(
  { pairs, width, usersAt, itemsAt }: PairRows,
  x: Float64Array,
  y: Float64Array,
  out: Float64Array,
) {
  const { users, items } = pairs;
  for (let n = 0; n < users.length; n++) {
    const to = n * width;
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    for (let f = 0; f < width; f++) out[to + f] = x[p + f] * y[q + f];
  }
}

/** out += x at the users' rows ⊙ y at the items'. */
function addProducts(
  { pairs, width, usersAt, itemsAt }: PairRows,
  x: Float64Array,
  y: Float64Array,
  out: Float64Array,
) {
  const { users, items } = pairs;
  for (let n = 0; n < users.length; n++) {
    const to = n * width;
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    for (let f = 0; f < width; f++) out[to + f] += x[p + f] * y[q + f];
  }
}

/** Adds slopes ⊙ (the other side's row of x) to both sides' rows of `out`. */
function addOtherRows(rows: PairRows, slopes: Float64Array, x: Float64Array, out: Float64Array) {
  const { pairs, width, usersAt, itemsAt } = rows;
  const { users, items } = pairs;
  for (let n = 0; n < users.length; n++) {
    const from = n * width;
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    for (let f = 0; f < width; f++) {
      const slope = slopes[from + f];
      out[p + f] += slope * x[q + f];
      out[q + f] += slope * x[p + f];
    }
  }
}

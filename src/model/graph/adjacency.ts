/** The graph of users and items that interactions make, normalised by degrees. */

import type { Index, Interactions } from "../../data/interactions.ts";
import type { MatrixKernels, SparseMatrix } from "../../kernel/matrices/matrices.ts";
import { referenceMatrices } from "../../kernel/matrices/reference.ts";
import { weightsOf } from "./weights.ts";

/** Nodes are the users, then the items: item i is node userCount + i. */
export interface BipartiteGraph {
  readonly nodeCount: number;
  /** Of every interaction, its two nodes. */
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  /** Of every node, the weights of its interactions. */
  readonly degrees: Float64Array;
  /** Of every interaction, its share of Â: weight / √(degree of the user · degree of the item). */
  readonly values: Float64Array;
  /** Â. Every node's interactions, in row order, are entries of their own, so that one of weight 0 leaves the sums as if it were not there. */
  readonly matrix: SparseMatrix;
  /** What multiplies by it. */
  readonly matrices: MatrixKernels;
}

/** Â = D^-½ A D^-½, where A holds the weights, which add up over interactions of one pair (He et al. 2020, Eq. 7). Throws as `weightsOf`. */
export function graphOf(
  interactions: Interactions,
  given?: Float64Array,
  matrices: MatrixKernels = referenceMatrices(),
): BipartiteGraph {
  const { userCount, itemCount, users, size } = interactions;
  const weights = weightsOf(interactions, given);
  const items = interactions.items.map((item) => userCount + item);
  const degrees = new Float64Array(userCount + itemCount);
  for (let k = 0; k < size; k++) {
    degrees[users[k]] += weights[k];
    degrees[items[k]] += weights[k];
  }
  const values = weights.map((w, k) => (w === 0 ? 0 : w / Math.sqrt(degrees[users[k]] * degrees[items[k]])));
  const matrix = symmetric(interactions.byUser, interactions.byItem, users, items, values);
  return { nodeCount: userCount + itemCount, users, items, degrees, values, matrix, matrices };
}

function symmetric(
  byUser: Index,
  byItem: Index,
  users: Uint32Array,
  items: Uint32Array,
  values: Float64Array,
): SparseMatrix {
  const [userCount, size] = [byUser.start.length - 1, values.length];
  const start = new Uint32Array(userCount + byItem.start.length);
  start.set(byUser.start);
  byItem.start.forEach((at, item) => {
    start[userCount + item] = size + at;
  });
  const columns = new Uint32Array(2 * size);
  const entries = new Float64Array(2 * size);
  for (let e = 0; e < size; e++) {
    const [ofUser, ofItem] = [byUser.rows[e], byItem.rows[e]];
    columns[e] = items[ofUser];
    entries[e] = values[ofUser];
    columns[size + e] = users[ofItem];
    entries[size + e] = values[ofItem];
  }
  return { rows: start.length - 1, start, columns, values: entries };
}

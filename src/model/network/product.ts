/** The branch of generalised matrix factorization: the elementwise product of a user's and an item's embedding. */

import { type BranchKind, embeddingTables } from "./branch.ts";
import { type ProductPlaces, productAt } from "./product-pass.ts";

/** p_u ⊙ q_i of tables with `width` columns (He et al. 2017, Eq. 9), weighed by the output: two multiplies a column, a gradient six. */
export function product(width: number): BranchKind {
  return {
    width,
    tensors: (userCount, itemCount) => embeddingTables("factors", width, userCount, itemCount),
    rotations: () => [],
    at([userTable, itemTable], outputAt, params, pairs) {
      const places: ProductPlaces = { width, usersAt: userTable.at, itemsAt: itemTable.at, outputAt };
      return productAt(places, params, pairs);
    },
  };
}

/** What a split is. */

import type { Rows } from "../interactions.ts";

/** Two parts of the rows 0 … size − 1: ascending, disjoint, and together all of them. */
export interface Split {
  readonly train: Rows;
  readonly test: Rows;
}

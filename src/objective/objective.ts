/** The families of objectives: factorizations with kernels of their own, and losses on the scores of any model. */

import type { Factorization } from "./factorization.ts";
import type { ScoredObjective } from "./scored.ts";

/** Any objective; `kind` tells which family it is of, and so which methods know it. */
export type Objective = Factorization | ScoredObjective;

/** The names of the families. */
export type ObjectiveKind = Objective["kind"];

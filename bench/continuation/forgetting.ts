/** Rows that are forgotten, and whether exact forgetting ends where the whole training does, from the path's model and from that of a seed. */

import type { Interactions, Rows } from "../../src/data/index.ts";
import { keyedUniform, randomOf } from "../../src/numeric/random.ts";
import type { Factorization } from "../../src/objective/factorization.ts";
import { distance, type Ended, lead, type Ways } from "./measure.ts";

/** What is forgotten, with the rows of a draw. */
export const forgotten: Readonly<Record<string, (all: Interactions, draw: number) => Rows>> = {
  "one user": (all, draw) => {
    // Of a row, so that they have one.
    const user = all.users[randomOf(draw, "one user").integer(all.size)];
    return rowsWhere(all, (row) => all.users[row] === user);
  },
  "2.5 % of users": (all, draw) => rowsWhere(all, (row) => keyedUniform(draw, all.users[row], 0, 1) < 0.025),
  "1 % of rows": (all, draw) => rowsWhere(all, (row) => keyedUniform(draw, row, 0, 2) < 0.01),
};

function rowsWhere({ size }: Interactions, goes: (row: number) => boolean): Rows {
  return Uint32Array.from({ length: size }, (_, row) => row).filter(goes);
}

/** Exact forgetting beside a training on the rest. */
export interface Beside {
  /** RMS of the differences of scores over the pairs that remain. */
  readonly distance: number;
  /** (J of exact − J of the training)/J of the training. */
  readonly lead: number;
  /** Processor time of exact over that of the training. */
  readonly share: number;
}

/** One draw. */
export interface Forgetting {
  readonly what: string;
  readonly draw: number;
  readonly rows: number;
  /** Exact from the path's model beside the path on the rest. */
  readonly path: Beside;
  /** Exact from the model of seed 1 beside seed 2 on the rest. */
  readonly random: Beside;
}

/** One draw of rows, forgotten by both models. */
export async function forgettingOf(
  objective: Factorization,
  models: { readonly path: Ended; readonly seed: Ended },
  { what, draw }: { readonly what: string; readonly draw: number },
  ways: Ways,
): Promise<Forgetting> {
  const rows = forgotten[what](objective.interactions, draw);
  const rest = objective.without(rows);
  const path = beside(await ways.from(rest, models.path), await ways.alongPath(rest));
  const random = beside(await ways.from(rest, models.seed), await ways.fromSeed(rest, 2));
  return { what, draw, rows: rows.length, path, random };
}

function beside(exact: Ended, trained: Ended): Beside {
  return {
    distance: distance(exact, trained, exact.objective.interactions),
    lead: lead(exact, trained),
    share: exact.processor / trained.processor,
  };
}

/** Which stretches of the parameters a batch moves, and how its share of the L2 pulls on each. */

import { rowAt, sizeOf, type TensorPlace } from "../../model/tensors.ts";
import type { Objective } from "../../objective/objective.ts";
import { type Penalty, penaltyWeights } from "../../objective/penalty.ts";
import { type TouchedRows, touchedBy, touchedByEpoch } from "./touched-rows.ts";

/** Told a stretch, parameters `from` … `to` − 1, the L2's pull on each of them in units of the parameter, and whose row it is: none's where all share it. */
export type VisitStretch = (
  from: number,
  to: number,
  pull: number,
  side: "user" | "item" | undefined,
  row: number,
) => void;

/** What batches move. */
export interface MovedStretches {
  /** Turns to a batch. */
  gather(units: Uint32Array): void;
  /** The rows that the batch reads, where these alone move; undefined where everything does. */
  readonly rows: Readonly<Record<"user" | "item", TouchedRows>> | undefined;
  /** Visits every stretch that the batch moves once; they do not overlap. */
  forEach(visit: VisitStretch): void;
}

/**
 * A batch B moves by (1/|B|)·[Σ_B ∇ℓ + share·∇R]: over an epoch the shares of R add up to R, so that every batch size has the stationary
 * points of J. Where a score depends on its user's and item's rows alone, only the rows of the batch move. A row's share of its penalty is how
 * often the batch reads it, divided by how often the epoch does; the rest of the parameters move with |B|/n of theirs. In other models
 * everything moves, with |B|/n.
 */
export function movedBy(objective: Objective): MovedStretches {
  return objective.model.local ? rowsOfBatch(objective) : everything(objective);
}

type Stretch = Penalty["stretches"][number];

function everything({ penalty, units: all }: Objective): MovedStretches {
  let size = 0;
  return {
    rows: undefined,
    gather(units) {
      size = units.length;
    },
    forEach: (visit) => visitShared(penalty.stretches, size, all.length, visit),
  };
}

function visitShared(stretches: readonly Stretch[], size: number, all: number, visit: VisitStretch): void {
  for (const { from, to, weight } of stretches) visit(from, to, (weight * size) / all, undefined, 0);
}

function rowsOfBatch(objective: Objective): MovedStretches {
  const touched = touchedBy(objective);
  const tables = tablesOf(objective);
  const shared = objective.model.tensors
    .filter(({ rowsOf }) => rowsOf === undefined)
    .flatMap(({ at, shape }) =>
      objective.penalty.stretches.filter(({ from, to }) => from >= at && to <= at + sizeOf(shape)),
    );
  let gathered: Uint32Array | undefined;
  return {
    rows: touched,
    gather(units) {
      // Who looks at a step before it is made has turned to its batch already.
      if (units === gathered) return;
      gathered = units;
      touched.gather(units);
    },
    forEach(visit) {
      visitShared(shared, gathered?.length ?? 0, objective.units.length, visit);
      for (const table of tables) visitRows(table, touched[table.side], visit);
    },
  };
}

/** A table with what one touch pulls at each of its rows. */
interface Table {
  readonly tensor: TensorPlace;
  readonly side: "user" | "item";
  readonly pulls: Float64Array;
}

function tablesOf(objective: Objective): Table[] {
  const touched = touchedByEpoch(objective);
  const weights = penaltyWeights(objective.penalty, objective.parameterCount);
  return objective.model.tensors.flatMap((tensor) => {
    const side = tensor.rowsOf;
    if (side === undefined) return [];
    const times = touched[side];
    const pulls = Float64Array.from({ length: tensor.rows }, (_, row) =>
      times[row] === 0 ? 0 : weights[rowAt(tensor, row)] / times[row],
    );
    return [{ tensor, side, pulls }];
  });
}

function visitRows({ tensor, side, pulls }: Table, { rows, count, times }: TouchedRows, visit: VisitStretch): void {
  for (let n = 0; n < count; n++) {
    const row = rows[n];
    const from = rowAt(tensor, row);
    visit(from, from + tensor.width, pulls[row] * times[row], side, row);
  }
}

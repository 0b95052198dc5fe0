/** One step of training on one batch: of all parameters, or of the rows that the batch touches. */

import { rowAt, sizeOf, type TensorPlace } from "../../model/tensors.ts";
import type { Objective } from "../../objective/objective.ts";
import { type Penalty, penaltyWeights } from "../../objective/penalty.ts";
import type { Move } from "./optimizer.ts";
import type { OptimizerState } from "./optimizer-state.ts";
import { type Touched, touchedBy, touchedByEpoch } from "./touched-rows.ts";

/** Moves the memory's parameters by one batch; returns Σ ℓ of the batch where the step began. */
export type Step = (units: Uint32Array, learningRate: number) => number;

/**
 * Steps on (1/|B|)·[Σ_B ∇ℓ + share·∇R]: over an epoch the shares of R add up to R, so that every batch size has the stationary points of
 * J. Where a score depends on its user's and item's rows alone, only the rows of the batch move. A row's share of its penalty is how
 * often the batch reads it, divided by how often the epoch does; the rest of the parameters move with |B|/n of theirs. In other models
 * everything moves, with |B|/n.
 */
export function stepOf(objective: Objective, memory: OptimizerState): Step {
  return objective.model.local ? sparseStep(objective, memory) : denseStep(objective, memory);
}

type Stretch = Penalty["stretches"][number];

function denseStep(objective: Objective, memory: OptimizerState): Step {
  const { stretches } = objective.penalty;
  return (units, learningRate) => {
    const loss = objective.addLoss(memory.params, units, memory.gradient);
    memory.steps.all++;
    moveShared(objective, memory, stretches, units, learningRate);
    return loss;
  };
}

function moveShared(
  objective: Objective,
  { optimizer, steps }: OptimizerState,
  stretches: readonly Stretch[],
  units: Uint32Array,
  learningRate: number,
): void {
  const move: Move = { scale: 1 / units.length, pull: 0, learningRate, step: steps.all };
  for (const { from, to, weight } of stretches) {
    move.pull = (weight * units.length) / objective.units.length;
    optimizer.move(from, to, move);
  }
}

function sparseStep(objective: Objective, memory: OptimizerState): Step {
  const touched = touchedBy(objective);
  const tables = tablesOf(objective);
  const shared = objective.model.tensors
    .filter(({ rowsOf }) => rowsOf === undefined)
    .flatMap(({ at, shape }) =>
      objective.penalty.stretches.filter(({ from, to }) => from >= at && to <= at + sizeOf(shape)),
    );
  return (units, learningRate) => {
    const loss = objective.addLoss(memory.params, units, memory.gradient);
    memory.steps.all++;
    moveShared(objective, memory, shared, units, learningRate);
    touched.gather(units);
    moveRows(memory, touched, tables, "user", 1 / units.length, learningRate);
    moveRows(memory, touched, tables, "item", 1 / units.length, learningRate);
    return loss;
  };
}

/** A table with what one touch pulls at each of its rows. */
interface Table {
  readonly tensor: TensorPlace;
  readonly pulls: Float64Array;
}

function tablesOf(objective: Objective): Table[] {
  const touched = touchedByEpoch(objective);
  const weights = penaltyWeights(objective.penalty, objective.parameterCount);
  return objective.model.tensors.flatMap((tensor) => {
    if (tensor.rowsOf === undefined) return [];
    const times = touched[tensor.rowsOf];
    const pulls = Float64Array.from({ length: tensor.rows }, (_, row) =>
      times[row] === 0 ? 0 : weights[rowAt(tensor, row)] / times[row],
    );
    return [{ tensor, pulls }];
  });
}

function moveRows(
  { optimizer, steps }: OptimizerState,
  touched: Touched,
  tables: readonly Table[],
  side: "user" | "item",
  scale: number,
  learningRate: number,
): void {
  const { rows, count, times } = touched[side];
  const counts = steps[side];
  const move: Move = { scale, pull: 0, learningRate, step: 0 };
  for (let n = 0; n < count; n++) counts[rows[n]]++;
  for (const { tensor, pulls } of tables) {
    if (tensor.rowsOf !== side) continue;
    for (let n = 0; n < count; n++) {
      const row = rows[n];
      move.step = counts[row];
      move.pull = pulls[row] * times[row];
      const from = rowAt(tensor, row);
      optimizer.move(from, from + tensor.width, move);
    }
  }
}

/** One step of training on one batch: of all parameters, or of the rows that the batch touches. */

import { sizeOf } from "../../model/model.ts";
import type { Penalty } from "../../objective/penalty.ts";
import type { ScoredObjective } from "../../objective/scored.ts";
import type { Memory } from "./memory.ts";
import type { Move } from "./optimizer.ts";
import { type Touches, touchesOf, touchesOfEpoch } from "./touches.ts";

/** Moves the memory's parameters by one batch; returns Σ ℓ of the batch where the step began. */
export type Step = (units: Uint32Array, learningRate: number) => number;

/**
 * Steps on (1/|B|)·[Σ_B ∇ℓ + share·∇R]: over an epoch the shares of R add up to R, so that every batch size has the stationary points of
 * J. Where a score depends on its user's and item's rows alone, only the rows of the batch move, each with the share of its penalty that
 * its touches in the batch are of those in the epoch, and the rest of the parameters with |B|/n of theirs; in other models everything
 * moves, with |B|/n.
 */
export function stepOf(objective: ScoredObjective, memory: Memory): Step {
  return objective.model.local ? sparseStep(objective, memory) : denseStep(objective, memory);
}

type Stretch = Penalty["stretches"][number];

function denseStep(objective: ScoredObjective, memory: Memory): Step {
  const { stretches } = objective.penalty;
  return (units, learningRate) => {
    const loss = objective.addLoss(memory.params, units, memory.gradient);
    memory.steps.all++;
    moveShared(objective, memory, stretches, units, learningRate);
    return loss;
  };
}

function moveShared(
  objective: ScoredObjective,
  { optimizer, steps }: Memory,
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

function sparseStep(objective: ScoredObjective, memory: Memory): Step {
  const touches = touchesOf(objective);
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
    touches.gather(units);
    moveRows(memory, touches, tables, "user", 1 / units.length, learningRate);
    moveRows(memory, touches, tables, "item", 1 / units.length, learningRate);
    return loss;
  };
}

/** A table with what one touch pulls at each of its rows. */
interface Table {
  readonly rowsOf: "user" | "item";
  readonly at: number;
  readonly width: number;
  readonly pulls: Float64Array;
}

function tablesOf(objective: ScoredObjective): Table[] {
  const touched = touchesOfEpoch(objective);
  const weightAt = weightsOf(objective.penalty);
  return objective.model.tensors.flatMap(({ at, shape, rowsOf }) => {
    if (rowsOf === undefined) return [];
    const width = sizeOf(shape) / shape[0];
    const times = touched[rowsOf];
    const pulls = Float64Array.from({ length: shape[0] }, (_, row) =>
      times[row] === 0 ? 0 : weightAt(at + row * width) / times[row],
    );
    return [{ rowsOf, at, width, pulls }];
  });
}

/** The penalty's weight at a place; places must be asked for in ascending order. */
function weightsOf({ stretches }: Penalty): (place: number) => number {
  let n = 0;
  return (place) => {
    while (place >= stretches[n].to) n++;
    return stretches[n].weight;
  };
}

function moveRows(
  { optimizer, steps }: Memory,
  touches: Touches,
  tables: readonly Table[],
  side: "user" | "item",
  scale: number,
  learningRate: number,
): void {
  const { rows, count, times } = touches[side];
  const counts = steps[side];
  const move: Move = { scale, pull: 0, learningRate, step: 0 };
  for (let n = 0; n < count; n++) counts[rows[n]]++;
  for (const { rowsOf, at, width, pulls } of tables) {
    if (rowsOf !== side) continue;
    for (let n = 0; n < count; n++) {
      const row = rows[n];
      move.step = counts[row];
      move.pull = pulls[row] * times[row];
      optimizer.move(at + row * width, at + (row + 1) * width, move);
    }
  }
}

/** One step of training on one batch: of all parameters, or of the rows that the batch touches. */

import type { Objective } from "../../objective/objective.ts";
import { movedBy } from "./moved.ts";
import type { Move } from "./optimizer.ts";
import type { OptimizerState } from "./optimizer-state.ts";
import type { TouchedRows } from "./touched-rows.ts";

/** Moves the memory's parameters by one batch; returns Σ ℓ of the batch where the step began. */
export type Step = (units: Uint32Array, learningRate: number) => number;

/** Steps on the mean loss of a batch and its share of the L2; `movedBy` says which parameters move. */
export function stepOf(objective: Objective, memory: OptimizerState, moved = movedBy(objective)): Step {
  const { optimizer, steps } = memory;
  return (units, learningRate) => {
    const loss = objective.addLoss(memory.params, units, memory.gradient);
    moved.gather(units);
    steps.all++;
    if (moved.rows) for (const side of ["user", "item"] as const) count(moved.rows[side], steps[side]);
    const move: Move = { scale: 1 / units.length, pull: 0, learningRate, step: 0 };
    moved.forEach((from, to, pull, side, row) => {
      move.pull = pull;
      move.step = side === undefined ? steps.all : steps[side][row];
      optimizer.move(from, to, move);
    });
    return loss;
  };
}

function count({ rows, count: touched }: TouchedRows, steps: Uint32Array): void {
  for (let n = 0; n < touched; n++) steps[rows[n]]++;
}

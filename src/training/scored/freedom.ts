/** What a linear solve may move: parameters outside its support, rows that nothing reads and rotations of factors stay out. */

import { sizeOf } from "../../model/model.ts";
import { offRotations } from "../../model/rotations.ts";
import type { ScoredObjective } from "../../objective/scored.ts";

/** Projects a vector, in place, onto what may move. */
export type Confine = (vector: Float64Array) => void;

/**
 * Keeps vectors on the support (default: everything), off the rows that no example and no L2 reads, along which H is zero, and, where nothing
 * else is held, off what can be turned without a change of J: there H is zero at an optimum, and of either sign nearby.
 */
export function confinedTo(objective: ScoredObjective, params: Float64Array, support?: Uint32Array): Confine {
  const held = new Uint8Array(objective.parameterCount);
  if (support) {
    held.fill(1);
    for (const k of support) held[k] = 0;
  }
  holdUnread(objective, held);
  const hold = held.includes(1) ? holding(held) : undefined;
  const turn = support ? undefined : offTurns(objective, params, hold);
  return (vector) => {
    hold?.(vector);
    turn?.(vector);
  };
}

function holding(held: Uint8Array): Confine {
  return (vector) => {
    for (let k = 0; k < vector.length; k++) if (held[k] === 1) vector[k] = 0;
  };
}

/** Marks the rows that nothing reads; in models that are not local, and in whole lists, others' examples read every row. */
function holdUnread(objective: ScoredObjective, held: Uint8Array): void {
  const { model, settings } = objective;
  const penalised = settings.regularizer === "table" && settings.l2 > 0;
  if (penalised || !model.local || settings.loss.form === "listwise") return;
  const { counts } = objective;
  for (const { shape, at, rowsOf } of model.tensors) {
    if (rowsOf === undefined) continue;
    const width = sizeOf(shape) / shape[0];
    for (let row = 0; row < shape[0]; row++)
      if (counts[`${rowsOf}s`][row] === 0) held.fill(1, at + row * width, at + (row + 1) * width);
  }
}

function offTurns({ model }: ScoredObjective, params: Float64Array, hold: Confine | undefined): Confine | undefined {
  if (model.rotations === undefined) return undefined;
  const free = params.slice();
  hold?.(free);
  return offRotations(model.rotations, free);
}

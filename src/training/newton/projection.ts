/** What a linear solve may move: parameters outside its support, rows that nothing reads and rotations of factors stay out. */

import { componentsOf } from "../../data/components.ts";
import { offRotations, splitRotation } from "../../model/rotations.ts";
import { rowAt } from "../../model/tensors.ts";
import { noItem } from "../../objective/negatives.ts";
import type { Objective } from "../../objective/objective.ts";

/** Projects a vector, in place, onto what may move. */
export type Project = (vector: Float64Array) => void;

/**
 * Keeps vectors on the support (default: everything), off the rows that no example and no L2 reads, along which H is zero, and, where nothing
 * else is held, off what can be turned without a change of J: there H is zero at an optimum, and of either sign nearby.
 */
export function projectionOf(objective: Objective, params: Float64Array, support?: Uint32Array): Project {
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

function holding(held: Uint8Array): Project {
  return (vector) => {
    for (let k = 0; k < vector.length; k++) if (held[k] === 1) vector[k] = 0;
  };
}

/** Marks the rows that nothing reads; in models that are not local, and in whole lists, others' examples read every row. */
function holdUnread(objective: Objective, held: Uint8Array): void {
  const { model, settings } = objective;
  const penalised = settings.regularizer === "table" && settings.l2 > 0;
  if (penalised || !model.local || settings.loss.form === "listwise") return;
  const { counts } = objective;
  for (const tensor of model.tensors) {
    if (tensor.rowsOf === undefined) continue;
    const times = counts[`${tensor.rowsOf}s`];
    for (let row = 0; row < tensor.rows; row++)
      if (times[row] === 0) held.fill(1, rowAt(tensor, row), rowAt(tensor, row) + tensor.width);
  }
}

function offTurns(objective: Objective, params: Float64Array, hold: Project | undefined): Project | undefined {
  const { rotations } = objective.model;
  if (rotations === undefined) return undefined;
  const free = params.slice();
  hold?.(free);
  const labels = partsOf(objective);
  return offRotations(
    rotations.flatMap((rotation) => (labels && rotation.usersThenItems ? splitRotation(rotation, labels) : rotation)),
    free,
  );
}

/** Labels of users, then of items: those that no chain of examples joins turn by themselves. Undefined where all are joined. */
function partsOf({ interactions, negatives, settings }: Objective): Uint32Array | undefined {
  if (settings.loss.form === "listwise") return undefined;
  const { users, items, size, userCount, itemCount } = interactions;
  const perRow = settings.sampling?.perRow ?? 0;
  const [ofUsers, ofItems]: [number[], number[]] = [[], []];
  for (let row = 0; row < size; row++) {
    ofUsers.push(users[row]);
    ofItems.push(items[row]);
    for (let n = row * perRow; n < (row + 1) * perRow; n++) {
      if (negatives[n] === noItem) continue;
      ofUsers.push(users[row]);
      ofItems.push(negatives[n]);
    }
  }
  const parts = componentsOf(Uint32Array.from(ofUsers), Uint32Array.from(ofItems), userCount, itemCount);
  if (parts.count === 1) return undefined;
  return Uint32Array.from([...parts.ofUser, ...parts.ofItem]);
}

/** Which rows' terms read the parameters where a direction is not zero, and their gradients along it: most rows are far from one target. */

import type { Rows } from "../data/interactions.ts";
import type { Model } from "../model/model.ts";
import { rowAt, sharedPlaces } from "../model/tensors.ts";
import type { Steps } from "../run.ts";
import { closedFormsOf } from "./closed-forms.ts";
import { rowsAlongInSteps } from "./derivatives.ts";
import type { Objective } from "./objective.ts";
import { factorRowsAlong } from "./row-gradient.ts";

/** The users, or items, in whose tables a direction is not zero, ascending. */
export function ownersReached({ tensors }: Pick<Model, "tensors">, side: "user" | "item", direction: Float64Array) {
  const found = new Set<number>();
  for (const tensor of tensors) {
    if (tensor.rowsOf !== side) continue;
    for (let r = 0; r < tensor.rows; r++) {
      const from = rowAt(tensor, r);
      for (let k = from; k < from + tensor.width; k++) if (direction[k] !== 0) found.add(r);
    }
  }
  return Uint32Array.from(found).sort();
}

/** The users and items in whose tables a direction is not zero, by index: 1, else 0. */
export interface Reach {
  readonly user: Uint8Array;
  readonly item: Uint8Array;
}

/** What a direction reaches; undefined where that may be everything. */
export function reachOf({ model, settings, interactions }: Objective, direction: Float64Array): Reach | undefined {
  if (!model.local || settings.loss.form === "listwise") return undefined;
  if (sharedPlaces(model.tensors).some((place) => direction[place] !== 0)) return undefined;
  return {
    user: flagged(interactions.userCount, ownersReached(model, "user", direction)),
    item: flagged(interactions.itemCount, ownersReached(model, "item", direction)),
  };
}

/** Whether the term of a row reads what is reached. */
export function readsReached(
  { settings, interactions, negatives }: Objective,
  { user, item }: Reach,
): (row: number) => boolean {
  const perRow = settings.sampling?.perRow ?? 0;
  return (row) => {
    let reached = user[interactions.users[row]] === 1 || item[interactions.items[row]] === 1;
    // No item has the index of a negative that could not be drawn.
    for (let n = row * perRow; n < (row + 1) * perRow && !reached; n++) reached = item[negatives[n]] === 1;
    return reached;
  };
}

/** Those of some rows whose terms read where a direction is not zero, by their places among them; undefined where they may be all. */
function placesReached(objective: Objective, rows: Rows, direction: Float64Array): Uint32Array | undefined {
  const reach = reachOf(objective, direction);
  if (reach === undefined) return undefined;
  // Of all rows the index knows them.
  if (areAll(objective, rows)) return indexedRows(objective, reach);
  const isReached = readsReached(objective, reach);
  const found: number[] = [];
  for (let k = 0; k < rows.length; k++) if (isReached(rows[k])) found.push(k);
  return Uint32Array.from(found);
}

function areAll({ interactions }: Objective, rows: Rows): boolean {
  if (rows.length !== interactions.size) return false;
  for (let k = 0; k < rows.length; k++) if (rows[k] !== k) return false;
  return true;
}

/** The rows of users and items that are reached, ascending, each once. */
function indexedRows({ interactions, itemReaders }: Objective, { user, item }: Reach): Uint32Array {
  const found = new Set<number>();
  for (const [{ start, rows }, reached] of [[interactions.byUser, user] as const, [itemReaders, item] as const])
    for (let owner = reached.indexOf(1); owner >= 0; owner = reached.indexOf(1, owner + 1))
      for (let k = start[owner]; k < start[owner + 1]; k++) found.add(rows[k]);
  return Uint32Array.from(found).sort();
}

function flagged(count: number, chosen: Uint32Array): Uint8Array {
  const out = new Uint8Array(count);
  for (const one of chosen) out[one] = 1;
  return out;
}

/**
 * ⟨∇ of each row's own term, direction⟩ with the interaction L2 that the row carries, graph and input held. Rows that do not read where the direction
 * is not zero cost a look at their indices.
 */
export function* reachedRowsAlong(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  direction: Float64Array,
): Steps<Float64Array> {
  const places = placesReached(objective, rows, direction);
  if (places === undefined) return yield* everyRowAlong(objective, params, rows, direction);
  const reached = places.map((place) => rows[place]);
  const along = yield* everyRowAlong(objective, params, reached, direction);
  const out = new Float64Array(rows.length);
  places.forEach((place, k) => {
    out[place] = along[k];
  });
  return out;
}

function* everyRowAlong(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  direction: Float64Array,
): Steps<Float64Array> {
  const closed = closedFormsOf(objective);
  // Where every pair counts, what a row adds to its pair's zero is another term than the row's list.
  if (closed === undefined || closed.zeroWeight !== 0)
    return yield* rowsAlongInSteps(objective, params, rows, direction);
  const out = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += rowsInTurn) {
    out.set(factorRowsAlong(closed, params, rows.subarray(at, at + rowsInTurn), direction), at);
    yield;
  }
  return out;
}

/** Builds what the first look at all rows would build. */
export function readyForRows(objective: Objective): void {
  closedFormsOf(objective);
  void objective.itemReaders;
}

/** Some milliseconds' worth. */
const rowsInTurn = 2 ** 17;

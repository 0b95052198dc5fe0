/** Scores of many pairs, with turns of the event loop in between. */

import type { Interactions } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { TrainedModel } from "./trained-model.ts";

const rowsPerPiece = 1 << 16;

/** A model's scores of the pairs of some rows, in their order. */
export async function scoresOn(
  { scores }: Pick<TrainedModel, "scores">,
  { users, items, size }: Pick<Interactions, "users" | "items" | "size">,
  { yieldToEventLoop }: RunContext,
): Promise<Float64Array> {
  const found = new Float64Array(size);
  for (let from = 0; from < size; from += rowsPerPiece) {
    const to = from + rowsPerPiece;
    found.set(scores({ users: users.subarray(from, to), items: items.subarray(from, to) }), from);
    await yieldToEventLoop();
  }
  return found;
}

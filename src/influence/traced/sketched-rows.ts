/** Rows' gradients at checkpoints, sketched, and kept once they were asked for. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { gradientsOfRows } from "../../objective/row-gradients.ts";
import type { Checkpoint } from "./checkpoints.ts";
import type { Sketch } from "./sketches.ts";

/** A checkpoint with the sketch of its gradients. */
export interface SketchedCheckpoint extends Checkpoint {
  readonly sketch: Sketch;
}

/** Sketches of rows, those of all checkpoints one after the other. */
export type SketchedRows = (rows: Rows) => Promise<readonly Float64Array[]>;

/** Numbers that are kept, 1 GiB of them; sketches beyond are computed anew each time. */
const mostKept = 2 ** 27;

/** What sketches rows. Cost: a row's gradient at every checkpoint, the first time. */
export function sketchedRows(checkpoints: readonly SketchedCheckpoint[], run: RunContext): SketchedRows {
  const length = lengthOf(checkpoints);
  const kept = new Map<number, Float64Array>();
  return async (rows) => {
    const found = new Map<number, Float64Array>();
    const missing = rows.filter((row) => !kept.has(row));
    for (const row of missing) found.set(row, new Float64Array(length));
    await sketch(checkpoints, missing, found, run);
    for (const [row, own] of found) if ((kept.size + 1) * length <= mostKept) kept.set(row, own);
    return Array.from(rows, (row) => found.get(row) ?? kept.get(row) ?? new Float64Array(length));
  };
}

/** Numbers of a sketch at all checkpoints. */
export function lengthOf(checkpoints: readonly SketchedCheckpoint[]): number {
  return checkpoints.reduce((sum, { sketch: { size } }) => sum + size, 0);
}

async function sketch(
  checkpoints: readonly SketchedCheckpoint[],
  rows: Rows,
  out: ReadonlyMap<number, Float64Array>,
  { yieldToEventLoop }: RunContext,
): Promise<void> {
  let at = 0;
  for (const { objective, params, sketch } of checkpoints) {
    await yieldToEventLoop();
    const { start, places, values } = await gradientsOfRows(objective, params, rows, yieldToEventLoop);
    for (const [k, row] of rows.entries()) {
      const own = out.get(row);
      if (own) for (let e = start[k]; e < start[k + 1]; e++) sketch.add(places[e], values[e], own, at);
    }
    at += sketch.size;
  }
}

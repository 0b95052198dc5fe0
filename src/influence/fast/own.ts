/** What rows contributed to their own fit, by fast influence: leverages of the user's and of the item's block. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { residualOf } from "../../objective/row-gradient.ts";
import { modelOf } from "../../training/factors/trained.ts";
import { ownByLeverage } from "../own-leverage.ts";

/**
 * slope·(influence through the user's row + influence through the item's), where the pair is in training once: without its row the two blocks do not touch. Ratings
 * alone. NaN where the pair is there more often, or a block loses its digits. Cost: O(n·d²) for all rows.
 */
export async function ownFast(
  closed: Factorization,
  params: Float64Array,
  rows: Rows,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<Float64Array> {
  const [byUser, byItem] = [
    await ownByLeverage(closed, params, "user", rows, run),
    await ownByLeverage(closed, params, "item", rows, run),
  ];
  const model = modelOf({ objective: closed, params });
  const times = timesOf(closed);
  return byUser.map((through, k) =>
    times[rows[k]] === 1 ? residualOf(closed, model, rows[k]) * (through + byItem[k]) : Number.NaN,
  );
}

/** Of every row: how often its pair is in training. */
function timesOf({ interactions: { byUser, items, itemCount, userCount, size } }: Factorization): Uint32Array {
  const counts = new Uint32Array(itemCount);
  const out = new Uint32Array(size);
  for (let u = 0; u < userCount; u++) {
    const rows = byUser.rows.subarray(byUser.start[u], byUser.start[u + 1]);
    for (const row of rows) counts[items[row]]++;
    for (const row of rows) out[row] = counts[items[row]];
    for (const row of rows) counts[items[row]] = 0;
  }
  return out;
}

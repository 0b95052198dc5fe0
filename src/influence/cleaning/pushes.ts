/** What every rating does to the mean score of its own item, all users held fixed: how hard it pushes. */

import type { RunContext } from "../../kernel/run-context.ts";
import { dot } from "../../numeric/vector.ts";
import { carriesL2, type Factorization, placesOf, sharesOfL2 } from "../../objective/factorization.ts";
import { penaltyOf, residualOf } from "../../objective/row-gradient.ts";
import { modelOf } from "../../training/factors/trained.ts";
import { type Block, ownRowAt, regressor, solveBlock } from "../fast/blocks.ts";
import { leastLeft } from "../fast/question.ts";
import { sideBlock } from "../side-block.ts";

/** Rows between two turns of the event loop. */
const rowsATurn = 20_000;

/**
 * mean score of the item over all users with rows, less that without the row: x̄ᵀA⁻¹x·(e − c)/(1 − h) − c̄, A the item's block without the row's share of the
 * L2, x the user's row, x̄ the mean of all users' rows, h = xᵀA⁻¹x, c and c̄ what the share pulls along x and x̄. Exact deletion with the users held fixed; NaN where
 * the row holds the block up. Ratings alone. Cost: O(d²) a row and O(d³) an item.
 */
export async function pushesOf(
  objective: Factorization,
  params: Float64Array,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<Float64Array> {
  const { byItem, size, itemCount } = objective.interactions;
  const out = new Float64Array(size).fill(Number.NaN);
  const mean = meanUser(objective, params);
  // Under table L2 no row carries any, and of ratings under the other every one does.
  const carries = size > 0 && carriesL2(objective, 0);
  let since = 0;
  for (let item = 0; item < itemCount; item++) {
    const rows = byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]);
    since += rows.length;
    if (since > rowsATurn) {
      await run.yieldToEventLoop();
      since = 0;
    }
    if (rows.length === 0) continue;
    const shares = sharesOfL2(objective, rows) - (carries ? 1 : 0);
    const block = sideBlock(objective, params, { side: "item", rows, shares, gram: undefined });
    if (block.definite) addPushes(objective, params, { item, rows, block, mean, carries }, out);
  }
  return out;
}

/** The mean over users with rows of what an item's row is multiplied by. */
function meanUser(objective: Factorization, params: Float64Array): Float64Array {
  const { byUser, userCount } = objective.interactions;
  const { stride } = placesOf(objective.shape);
  const sum = new Float64Array(stride);
  const x = new Float64Array(stride);
  let users = 0;
  for (let user = 0; user < userCount; user++) {
    if (byUser.start[user + 1] === byUser.start[user]) continue;
    regressor(objective, params, "item", user, objective.shape.biases, x, 0);
    for (let f = 0; f < stride; f++) sum[f] += x[f];
    users++;
  }
  return sum.map((value) => value / users);
}

interface ItemRows {
  readonly item: number;
  readonly rows: Uint32Array;
  readonly block: Block;
  readonly mean: Float64Array;
  readonly carries: boolean;
}

function addPushes(
  objective: Factorization,
  params: Float64Array,
  { item, rows, block, mean, carries }: ItemRows,
  out: Float64Array,
): void {
  const { shape, interactions } = objective;
  const { stride } = placesOf(shape);
  const model = modelOf({ objective, params });
  const at = ownRowAt(objective, "item", item);
  const share = Float64Array.from({ length: stride }, (_, f) =>
    carries ? penaltyOf(objective, f) * params[at + f] : 0,
  );
  const pulled = solveBlock(block, share);
  const toMean = solveBlock(block, mean);
  const meanPull = dot(mean, pulled);
  const x = new Float64Array(stride);
  for (const row of rows) {
    regressor(objective, params, "item", interactions.users[row], shape.biases, x, 0);
    const left = 1 - dot(x, solveBlock(block, x));
    if (!(left >= leastLeft)) continue;
    out[row] = (dot(toMean, x) * (residualOf(objective, model, row) - dot(x, pulled))) / left - meanPull;
  }
}

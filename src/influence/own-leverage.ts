/** What every row does to its own score through its user or its item alone: leverages, one block a user or item. */

import type { Rows } from "../data/interactions.ts";
import type { Side } from "../kernel/kernels.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { dot } from "../numeric/vector.ts";
import { carriesL2, type Factorization, placesOf, sharesOfL2 } from "../objective/factorization.ts";
import { penaltyOf, residualOf } from "../objective/row-gradient.ts";
import { modelOf } from "../training/factors/trained.ts";
import { alongRow, leveragesOf, ownRowAt, solveBlock } from "./fast/blocks.ts";
import { gramsOf } from "./fast/grams.ts";
import { leastLeft } from "./fast/question.ts";
import { sideBlock } from "./side-block.ts";

/** Rows between two turns of the event loop. */
const rowsATurn = 20_000;

/**
 * score − score without the row, of each row's own pair, the other side held fixed: (e·h − c)/(1 − w·h) with h = xᵀA⁻¹x, A the block without the row's share of the L2, and c what that
 * share pulls (Cook 1977). NaN where the row holds the block up, so that this loses its digits: there it has to be built without the row. Cost: O(d²) a row and O(d³) a block.
 */
export async function ownByLeverage(
  objective: Factorization,
  params: Float64Array,
  side: Side,
  wanted: Rows,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<Float64Array> {
  const { byUser, byItem, size } = objective.interactions;
  const { start, rows } = side === "user" ? byUser : byItem;
  const grams = gramsOf(objective, params);
  const gram = side === "user" ? grams?.items : grams?.users;
  const placeOf = new Int32Array(size).fill(-1);
  wanted.forEach((row, k) => {
    placeOf[row] = k;
  });
  const out = new Float64Array(wanted.length).fill(Number.NaN);
  // Under table L2 no row carries any, and of ratings every one does.
  const kinds =
    objective.settings.regularizer === "table" ? [false] : objective.zeroWeight === 0 ? [true] : [true, false];
  let since = 0;
  for (let r = 0; r + 1 < start.length; r++) {
    const all = rows.subarray(start[r], start[r + 1]);
    since += all.length;
    if (since > rowsATurn) {
      await run.yieldToEventLoop();
      since = 0;
    }
    for (const carrying of kinds) {
      const asked = all.filter(
        (row) => placeOf[row] >= 0 && (kinds.length === 1 || carriesL2(objective, row) === carrying),
      );
      if (asked.length === 0) continue;
      const shares = sharesOfL2(objective, all) - (carrying ? 1 : 0);
      addOwn(objective, params, { side, rows: all, shares, gram }, r, asked, (row, value) => {
        out[placeOf[row]] = value;
      });
    }
  }
  return out;
}

function addOwn(
  objective: Factorization,
  params: Float64Array,
  from: Parameters<typeof sideBlock>[2],
  own: number,
  asked: Rows,
  tell: (row: number, value: number) => void,
): void {
  const { interactions, shape, terms } = objective;
  const block = sideBlock(objective, params, from);
  if (!block.definite) return;
  const { stride, itemsAt } = placesOf(shape);
  const [others, table] = from.side === "user" ? [interactions.items, itemsAt] : [interactions.users, 0];
  const places = asked.map((row) => table + others[row] * stride);
  const leverages = leveragesOf(block, params, places, shape.biases);
  const at = ownRowAt(objective, from.side, own);
  const carries = carriesL2(objective, asked[0]);
  const pulled = solveBlock(
    block,
    Float64Array.from({ length: stride }, (_, f) => (carries ? penaltyOf(objective, f) * params[at + f] : 0)),
  );
  const still = dot(pulled, pulled) === 0;
  const model = modelOf({ objective, params });
  asked.forEach((row, k) => {
    const left = 1 - (terms.weights?.[row] ?? 1) * leverages[k];
    if (!(left >= leastLeft)) return;
    const pull = still ? 0 : alongRow(pulled, params, places[k], shape.biases);
    tell(row, (residualOf(objective, model, row) * leverages[k] - pull) / left);
  });
}

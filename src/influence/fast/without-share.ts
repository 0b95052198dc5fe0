/** Fast influence of any local model under interaction L2: a player takes its share of the L2 along, and what is then in no term goes to zero. */

import type { Rows } from "../../data/interactions.ts";
import { placesOfRows } from "../../model/tensors.ts";
import { rowsAlong } from "../../objective/derivatives.ts";
import type { Objective } from "../../objective/objective.ts";
import { penaltyWeights } from "../../objective/penalty.ts";
import { blockOf, solveBlock } from "./blocks.ts";
import { regressorsOf, type SupportBlock } from "./support-block.ts";

/** A pair at a model. */
export interface PairAt {
  readonly objective: Objective;
  readonly params: Float64Array;
  readonly user: number;
  readonly item: number;
}

/** −τᵀA₋⁻¹g, A₋ the block less the rows' Gauss-Newton part and their share of the L2; undefined where that is not positive definite. Cost: O(order³). */
export function withoutShare(
  { objective, params, user, item }: PairAt,
  { matrix, support }: SupportBlock,
  asked: Float64Array,
  rows: Rows,
): number | undefined {
  const order = support.length;
  const left = matrix.slice();
  const step = new Float64Array(params.length);
  for (const x of regressorsOf(objective, params, rows, support, step))
    for (let r = 0; r < order; r++) for (let c = 0; c < order; c++) left[r * order + c] -= x[r] * x[c];
  const weights = penaltyWeights(objective.penalty, params.length);
  const own = new Set(placesOfRows(objective.tensors, "user", [user]));
  const gone = objective.select(rows).counts;
  const [userShare, itemShare] = [
    shareOf(gone.users[user], objective.counts.users[user]),
    shareOf(gone.items[item], objective.counts.items[item]),
  ];
  const kept = asked.slice();
  let emptied = 0;
  support.forEach((place, c) => {
    const share = own.has(place) ? userShare : itemShare;
    left[c * order + c] -= share * weights[place];
    if (share < 1) return;
    for (let r = 0; r < order; r++) left[r * order + c] = left[c * order + r] = 0;
    left[c * order + c] = 1;
    emptied += asked[c] * params[place];
    kept[c] = 0;
  });
  const block = blockOf(left, order);
  if (!block.definite) return undefined;
  solveBlock(block, kept).forEach((x, c) => {
    step[support[c]] = x;
  });
  return emptied - rowsAlong(objective, params, rows, step).reduce((sum, x) => sum + x, 0);
}

function shareOf(gone: number, all: number): number {
  return all === 0 ? 0 : gone / all;
}

/** Which item is being pushed: whose mean score rests on a few users who look made up, all of them in one direction. */

import type { RunContext } from "../../kernel/run-context.ts";
import { closedFormsOf } from "../../objective/closed-forms.ts";
import type { Factorization } from "../../objective/factorization.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { type MadeUp, madeUpOf } from "./coherence.ts";
import { pushesOf } from "./pushes.ts";

/** What is found of items and rows. */
export interface PushedItems {
  /** T of each item; 0 of one without rows. */
  readonly statistics: Float64Array;
  /** At most so many items, of all that there are, would have such a T by chance. */
  readonly byChance: Float64Array;
  /** T of the row's item where the row pushes it, else 0: how far each row is a part of a push. */
  readonly rows: Float64Array;
}

/**
 * T = Σ w·P / √Σ(w·P)² over an item's rows, P what the row does to the item's mean score and w how far its user looks made up, for either way of
 * being so; the larger of the two. Where the errors of an item's rows are independent and symmetric, P(T ≥ t) ≤ exp(−t²/2) whatever the w
 * (Hoeffding 1963, for signs), and m users who push alike have T = √m. After Hammoudeh and Lowd (2022): the target of an attack is one with a few exceptionally influential rows. Needs ratings
 * with closed forms. Cost: O(d²) a row.
 */
export async function pushedItems({ objective, params }: Smooth, run: RunContext): Promise<PushedItems> {
  const closed = closedFormsOf(objective) as Factorization;
  const pushes = await pushesOf(closed, params, run);
  const madeUp = await madeUpOf(closed, params, run);
  const { byItem, itemCount, size, users } = closed.interactions;
  const statistics = new Float64Array(itemCount);
  const rows = new Float64Array(size);
  let items = 0;
  for (let item = 0; item < itemCount; item++) {
    const all = byItem.rows.subarray(byItem.start[item], byItem.start[item + 1]);
    if (all.length > 0) items++;
    const of = largerOf(pushes, all, users, madeUp);
    statistics[item] = of;
    for (const row of all) rows[row] = pushes[row] > 0 ? Math.max(0, of) : 0;
  }
  // Two ways of being made up are looked at.
  const byChance = statistics.map((t) => Math.min(items, 2 * items * Math.exp((-t * Math.max(0, t)) / 2)));
  return { statistics, byChance, rows };
}

function largerOf(pushes: Float64Array, rows: Uint32Array, users: Uint32Array, { drawn, chosen }: MadeUp): number {
  return Math.max(...[drawn, chosen].map((weights) => statisticOf(pushes, rows, users, weights)));
}

function statisticOf(pushes: Float64Array, rows: Uint32Array, users: Uint32Array, weights: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const row of rows) {
    if (Number.isNaN(pushes[row])) continue;
    const push = weights[users[row]] * pushes[row];
    sum += push;
    squares += push * push;
  }
  return squares > 0 ? sum / Math.sqrt(squares) : 0;
}

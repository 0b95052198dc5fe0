/** What a rating should have been: by the model without it, and by held-out ratings, in closed form in the one row. */

import type { Rows } from "../../data/interactions.ts";
import type { Side } from "../../kernel/kernels.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Pairs } from "../../model/model.ts";
import { dot } from "../../numeric/vector.ts";
import { closedFormsOf } from "../../objective/closed-forms.ts";
import { type Factorization, placesOf, sharesOfL2 } from "../../objective/factorization.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { regressor, solveBlock } from "../fast/blocks.ts";
import { ownByLeverage } from "../own-leverage.ts";
import { sideBlock } from "../side-block.ts";

/** Held-out ratings. */
export interface HeldRatings extends Pairs {
  readonly ratings: Float64Array;
}

/** Another rating for a row. */
export interface Relabelled {
  /** What the model without the row says of its pair; to rate it so is to remove it, as far as one side alone is concerned. */
  readonly leftOut: number;
  /** The rating with which held-out ratings are predicted with the least squared error; NaN where none depends on it. */
  readonly minimiser: number;
  /** Of the minimiser, in standard errors of a held-out rating. */
  readonly spread: number;
  /** Both together: the least squared error of the held-out ratings and of the row itself without it. */
  readonly rating: number;
}

/**
 * With one side held fixed a user's row is linear in a rating r of theirs, and so is every score v of theirs: s_v + (r − r_k)·a_v, a_v = x_vᵀA⁻¹x_k. The held-out loss is a
 * parabola in r with its minimum at r_k − Σa(s − r_v)/Σa², of standard error σ/√Σa². Held-out ratings of the user are taken with the items fixed, those of the item with
 * the users fixed. `rating` is (leftOut + r_k·Σa² − Σa(s − r_v))/(1 + Σa²). Cost: O(d³) a row, O(d²) a held-out rating of its user or item.
 */
export async function relabelled(
  model: TrainedModel,
  rows: Rows,
  held: HeldRatings,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<readonly Relabelled[]> {
  const { objective, params } = model.smooth as Smooth;
  const closed = closedFormsOf(objective) as Factorization;
  const { users, items, ratings } = closed.interactions;
  const through = [
    await ownByLeverage(closed, params, "user", rows, run),
    await ownByLeverage(closed, params, "item", rows, run),
  ];
  const own = model.scores({ users: rows.map((row) => users[row]), items: rows.map((row) => items[row]) });
  const scores = model.scores(held);
  const placesBy = { user: grouped(held.users), item: grouped(held.items) };
  const out: Relabelled[] = [];
  for (const [k, row] of rows.entries()) {
    if (k % 64 === 0) await run.yieldToEventLoop();
    const leftOut = own[k] - through[0][k] - through[1][k];
    let [square, slope] = [0, 0];
    for (const side of ["user", "item"] as const) {
      const places = placesBy[side].get(side === "user" ? users[row] : items[row]) ?? [];
      const effects = effectsOf(closed, params, side, row, places, held);
      effects.forEach((a, n) => {
        square += a * a;
        slope += a * (scores[places[n]] - held.ratings[places[n]]);
      });
    }
    const minimiser = square > 0 ? ratings[row] - slope / square : Number.NaN;
    const rating = (leftOut + ratings[row] * square - slope) / (1 + square);
    out.push({ leftOut, minimiser, spread: 1 / Math.sqrt(square), rating });
  }
  return out;
}

function grouped(of: Uint32Array): ReadonlyMap<number, readonly number[]> {
  const places = new Map<number, number[]>();
  of.forEach((one, n) => {
    const there = places.get(one);
    if (there === undefined) places.set(one, [n]);
    else there.push(n);
  });
  return places;
}

/** By how much held-out scores of a row's user (or item) move for one more in its rating. */
function effectsOf(
  closed: Factorization,
  params: Float64Array,
  side: Side,
  row: number,
  places: readonly number[],
  held: Pairs,
): number[] {
  if (places.length === 0) return [];
  const { interactions, shape } = closed;
  const [own, others, index] =
    side === "user"
      ? [interactions.users, interactions.items, interactions.byUser]
      : [interactions.items, interactions.users, interactions.byItem];
  const rows = index.rows.subarray(index.start[own[row]], index.start[own[row] + 1]);
  const block = sideBlock(closed, params, { side, rows, shares: sharesOfL2(closed, rows), gram: undefined });
  const x = new Float64Array(placesOf(shape).stride);
  regressor(closed, params, side, others[row], shape.biases, x, 0);
  const moved = solveBlock(block, x);
  const heldOthers = side === "user" ? held.items : held.users;
  return places.map((n) => {
    regressor(closed, params, side, heldOthers[n], shape.biases, x, 0);
    return dot(x, moved);
  });
}

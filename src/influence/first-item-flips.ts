/** Whose first recommended item a single interaction of somebody else decides: leave-one-out of every row, with closed forms of the items. */

import type { RunContext } from "../kernel/run-context.ts";
import { dot } from "../numeric/vector.ts";
import { carriesL2, type Factorization, placesOf, sharesOfL2 } from "../objective/factorization.ts";
import { penaltyOf, residualOf } from "../objective/row-gradient.ts";
import { modelOf } from "../training/factors/trained.ts";
import { itemScoresOf, type Smooth, type TrainedModel } from "../training/trained-model.ts";
import { ownRowAt, regressor, solveBlock } from "./fast/blocks.ts";
import { ratingFormsOf } from "./rating-forms.ts";
import { sideBlock } from "./side-block.ts";

/** A user whose first item is another one without one row of somebody else. */
export interface Flip {
  readonly user: number;
  /** The first item as the model has it, and without the row. */
  readonly item: number;
  readonly instead: number;
  readonly row: number;
}

/** By how much an item's row moves without each of its interactions: `moves` of `rows[k]` from k·order on, and the length of the longest. */
interface ItemMoves {
  readonly rows: Uint32Array;
  readonly moves: Float64Array;
  readonly longest: number;
}

/**
 * For each user the first flip that is found, if any: everything but the item of a row is held where it is, so that removing row (v, j) moves item j alone, by
 * −A_j⁻¹x_v·e/(1 − h) (Cook 1977). Own rows of a user do not count, nor do items that they have rated. Items whose longest move cannot bring them
 * to the top, or the first from it, are passed over (Cauchy–Schwarz). Throws `unsupported` where there are no closed forms of ratings.
 */
export async function firstItemFlips(
  model: TrainedModel,
  run: Pick<RunContext, "yieldToEventLoop" | "onProgress">,
): Promise<readonly Flip[]> {
  const closed = ratingFormsOf(model, "whose first item a single rating decides");
  const { params } = model.smooth as Smooth;
  const { userCount, itemCount, byUser } = model.interactions;
  const moves: ItemMoves[] = [];
  for (let i = 0; i < itemCount; i++) {
    if (i % 64 === 0) await run.yieldToEventLoop();
    moves.push(movesOf(closed, params, i));
  }
  const found: Flip[] = [];
  for (let user = 0; user < userCount; user++) {
    if (user % 8 === 0) await run.yieldToEventLoop();
    if (byUser.start[user + 1] === byUser.start[user]) continue;
    const flip = flipOf(model, closed, params, moves, user);
    if (flip !== undefined) found.push(flip);
    run.onProgress?.({ phase: "user", step: user + 1, fraction: (user + 1) / userCount });
  }
  return found;
}

function movesOf(closed: Factorization, params: Float64Array, item: number): ItemMoves {
  const { byItem, users } = closed.interactions;
  const { stride } = placesOf(closed.shape);
  const rows = byItem.rows.slice(byItem.start[item], byItem.start[item + 1]);
  const moves = new Float64Array(rows.length * stride);
  if (rows.length === 0) return { rows, moves, longest: 0 };
  const at = ownRowAt(closed, "item", item);
  const carries = carriesL2(closed, rows[0]);
  const block = sideBlock(closed, params, {
    ...{ side: "item", rows, gram: undefined },
    shares: sharesOfL2(closed, rows) - (carries ? 1 : 0),
  });
  const pull = Float64Array.from({ length: stride }, (_, f) => (carries ? penaltyOf(closed, f) * params[at + f] : 0));
  const pulled = solveBlock(block, pull);
  const model = modelOf({ objective: closed, params });
  const x = new Float64Array(stride);
  let longest = 0;
  rows.forEach((row, k) => {
    regressor(closed, params, "item", users[row], closed.shape.biases, x, 0);
    const z = solveBlock(block, x);
    const scale = (residualOf(closed, model, row) - dot(x, pulled)) / (1 - dot(x, z));
    // An item that nobody else has rated goes to zero.
    const move =
      rows.length === 1 ? params.slice(at, at + stride).map((p) => -p) : z.map((v, f) => pulled[f] - v * scale);
    moves.set(move, k * stride);
    longest = Math.max(longest, Math.sqrt(dot(move, move)));
  });
  return { rows, moves, longest };
}

function flipOf(
  model: TrainedModel,
  closed: Factorization,
  params: Float64Array,
  moves: readonly ItemMoves[],
  user: number,
): Flip | undefined {
  const { byUser, byItem, items } = closed.interactions;
  const scores = itemScoresOf(model, user);
  for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++)
    scores[items[byUser.rows[k]]] = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++)
    if (byItem.start[i + 1] === byItem.start[i]) scores[i] = Number.NEGATIVE_INFINITY;
  const [first, second] = bestTwo(scores);
  if (second < 0 || scores[second] === Number.NEGATIVE_INFINITY) return undefined;
  const x = new Float64Array(placesOf(closed.shape).stride);
  // A user's own regressor of items: their row, and 1 for the bias of an item.
  regressor(closed, params, "item", user, closed.shape.biases, x, 0);
  const reach = Math.sqrt(dot(x, x));
  const falls = rowThat(moves[first], x, reach, (change) => scores[first] + change < scores[second]);
  if (falls !== undefined) return { user, item: first, instead: second, row: falls };
  for (let i = 0; i < scores.length; i++) {
    if (i === first || scores[first] - scores[i] > moves[i].longest * reach) continue;
    const rises = rowThat(moves[i], x, reach, (change) => scores[i] + change > scores[first]);
    if (rises !== undefined) return { user, item: first, instead: i, row: rises };
  }
  return undefined;
}

/** The first row whose absence changes the score so that the test holds. */
function rowThat(
  { rows, moves, longest }: ItemMoves,
  x: Float64Array,
  reach: number,
  flips: (change: number) => boolean,
): number | undefined {
  if (!flips(longest * reach) && !flips(-longest * reach)) return undefined;
  for (let k = 0; k < rows.length; k++)
    if (flips(dot(x, moves.subarray(k * x.length, (k + 1) * x.length)))) return rows[k];
  return undefined;
}

/** Places of the greatest and the second greatest; of equals the first. */
function bestTwo(scores: Float64Array): readonly [number, number] {
  let [first, second] = [-1, -1];
  for (let i = 0; i < scores.length; i++)
    if (first < 0 || scores[i] > scores[first]) [first, second] = [i, first];
    else if (second < 0 || scores[i] > scores[second]) second = i;
  return [first, second];
}

/** Are ratings that were turned round found by their values? */

import { interactionsOf } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { measureOf } from "../method/measure.ts";
import { method } from "../method/method.ts";
import { ratings } from "../method/needs.ts";
import { interactionPlayers } from "../method/players.ts";
import { meanFitTarget } from "../objective/target.ts";
import { scaleOf } from "../requests/attacks/scale.ts";
import { drawnOrder } from "./draws.ts";
import type { Judge, JudgingSubject } from "./judge.ts";
import { judgeByFaults, type Spoilt } from "./planted-faults.ts";

/** How much is turned round, held out and asked about. */
export interface FlipSettings {
  readonly share: number;
  readonly heldOut: number;
  readonly rows: number;
}

/**
 * A share of the ratings r is turned round, to least + most − r (one in the middle to most), and a model trained on them. The area under the curve by
 * the influence of each row on its own fit (Koh and Liang 2017, §5.4), and by minus its influence on the fit of held-out rows. Cost: a training, and
 * whatever the method costs for `rows` rows.
 */
export const flippedRatings = method({
  name: "flipped",
  summary: "turns ratings round, trains, and looks for them by value: area under the curve",
  source: "Koh and Liang (2017), §5.4",
  needs: [ratings],
  settings: {
    share: { summary: "share of the rows that is turned round", standard: 0.1, above: 0 },
    heldOut: { summary: "share of the rows that is held out of the training, for the fit", standard: 0.1, above: 0 },
    rows: { summary: "rows asked about, half of them turned round", standard: 200, least: 2, fewest: 20 },
  },
  cost: "a training",
  make: (settings): Judge =>
    judgeByFaults({
      question: "are ratings that were turned round told from others by the value of their rows?",
      players: () => settings.rows,
      counted: { players: "rows", planted: "flipped" },
      ...{ onMeasure: "heldOut", first: "own" },
      plant: (subject, run) => flipped(subject, settings, run),
    }),
});

/** A model trained on ratings of which some were turned round. Throws `unsupported` where so few rows are none to be told apart. */
export async function flipped(
  { model, seed }: JudgingSubject,
  { share, heldOut, rows: count }: FlipSettings,
  run: RunContext,
): Promise<Spoilt> {
  const { interactions, keys, trainer } = model;
  const { users, items, size } = interactions;
  const players = interactionPlayers(Uint32Array.from({ length: size }, (_, row) => row));
  const order = await drawnOrder({ model, players }, seed, ["flipped"], run);
  const [held, turned] = [Math.round(heldOut * size), Math.round(share * size)];
  const half = Math.min(turned, Math.floor(count / 2));
  const clean = Math.min(size - held - turned, count - half);
  if (half < 1 || clean < 1 || held < 1)
    throw new LetheError(
      "unsupported",
      `of ${size} rows ${held} are held out and ${turned} turned round: nothing is left to be told apart`,
      "lower `share` or `heldOut`, or give more rows",
    );
  const left = Uint32Array.from(order.subarray(held)).sort();
  const isTurned = new Set(order.subarray(held, held + turned));
  const { least, most } = await scaleOf(interactions, run.yieldToEventLoop);
  const kept = interactionsOf({
    ...{ userCount: interactions.userCount, itemCount: interactions.itemCount },
    ...{ users: left.map((row) => users[row]), items: left.map((row) => items[row]) },
    ratings: Float64Array.from(left, (row) => {
      const rating = interactions.ratings[row];
      return isTurned.has(row) ? (2 * rating === least + most ? most : least + most - rating) : rating;
    }),
  });
  const trained = await trainer.train({ interactions: kept, keys }, model.seed, { ...run, onProgress: undefined });
  const asked = [...order.subarray(held, held + half), ...order.subarray(held + turned, held + turned + clean)];
  const place = new Map(Array.from(left, (row, k) => [row, k]));
  const chosen = Uint32Array.from(asked, (row) => place.get(row) as number).sort();
  const test = order.subarray(0, held);
  const fit = meanFitTarget(
    ...([users, items].map((column) => Uint32Array.from(test, (row) => column[row])) as [Uint32Array, Uint32Array]),
    Float64Array.from(test, (row) => interactions.ratings[row]),
  );
  return {
    model: trained,
    players: interactionPlayers(chosen),
    planted: Uint8Array.from(chosen, (k) => (isTurned.has(left[k]) ? 1 : 0)),
    measure: measureOf(fit, "rating²"),
    sign: -1,
  };
}

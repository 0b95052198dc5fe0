/** Shapley values from drawn orders, of which most are drawn where it is open who is among the first. */

import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { Estimate, EstimateRun } from "../../method/estimator.ts";
import { randomOf } from "../../numeric/random.ts";
import { endsOf, type Game } from "../games/game.ts";
import { runningMoments } from "../sampling/moments.ts";
import { shuffled } from "../sampling/shuffling.ts";

/** How orders are drawn and followed. */
export interface BanditSettings {
  /** The part of |ν(all) − ν(none)| from which on what is left of an order is not followed. */
  readonly truncation: number;
  /** Players whose values are above all others' are to be told apart; 0: all values are wanted alike. */
  readonly top: number;
  /** Sets that are asked about at most. */
  readonly evaluations: number;
  readonly seed: number;
}

/** Orders after which a standard error is believed, and standard errors that an interval reaches to either side. */
const believedFrom = 10;
const reach = 3;

/**
 * Players leave one by one in a drawn order; each is worth what the measure loses with it (Ghorbani and Zou 2020, Algorithm 1). An order ends for a
 * measure near ν(none), and those left count 0. With `top`, a player is no longer drawn for a measure once its interval does not hold the value of the
 * top-th. Ends when nobody is drawn any more, or at `evaluations`.
 */
export async function truncatedBandit(game: Game, settings: BanditSettings, run: EstimateRun): Promise<Estimate> {
  const { players: n, measures } = game;
  const { none, all } = await endsOf(game);
  const found = runningMoments(measures * n);
  const open = new Uint8Array(measures * n).fill(1);
  const walk = {
    game,
    none: none.values,
    all: all.values,
    open,
    truncation: settings.truncation,
    asked: 2,
    cut: 0,
    steps: 0,
  };
  let status: SolveStatus = worseStatus(none.status, all.status);
  let orders = 0;
  while (
    open.includes(1) &&
    walk.asked + n <= settings.evaluations &&
    (orders === 0 || (run.secondsLeft?.() ?? 1) > 0)
  ) {
    const order = shuffled(n, randomOf(settings.seed, "unit orders", orders));
    status = worseStatus(status, await follow(walk, order, found.add, run));
    orders++;
    if (settings.top > 0 && orders >= believedFrom)
      close(open, found.values(), found.standardErrors(), n, settings.top);
    run.onProgress?.({ phase: "orders", step: orders, fraction: Math.min(1, walk.asked / settings.evaluations) });
  }
  return {
    values: found.values(),
    statuses: new Array<SolveStatus>(measures * n).fill(orders === 0 ? "step-limit" : status),
    standardErrors: found.standardErrors(),
    residual: 0,
    evaluations: walk.asked,
    notes: notesOf(walk, orders, open.includes(1), settings),
  };
}

/** What orders are walked with, and what it has come to. */
interface Walk {
  readonly game: Game;
  readonly none: Float64Array;
  readonly all: Float64Array;
  /** Of every measure and player, whether it is still drawn. */
  readonly open: Uint8Array;
  readonly truncation: number;
  /** Sets that were asked about. */
  asked: number;
  /** Places of orders that were followed, and those that were cut off. */
  steps: number;
  cut: number;
}

/** Follows an order, asking only about sets beside a player that is drawn; returns the worst status. */
async function follow(
  walk: Walk,
  order: Uint32Array,
  add: (place: number, x: number) => void,
  run: EstimateRun,
): Promise<SolveStatus> {
  const { game, none, all, open, truncation } = walk;
  const { players: n, measures } = game;
  const present = new Uint8Array(n).fill(1);
  const ended = new Uint8Array(measures);
  let status: SolveStatus = "converged";
  const ask = async () => {
    await run.yieldToEventLoop();
    walk.asked++;
    const found = await game.value(present);
    status = worseStatus(status, found.status);
    return found.values;
  };
  let current: Float64Array | undefined = all;
  for (const [step, k] of order.entries()) {
    const drawn = Array.from({ length: measures }, (_, m) => m).filter((m) => open[m * n + k] === 1);
    if (!drawn.every((m) => ended[m] === 1)) current ??= await ask();
    const before: Float64Array | undefined = current;
    for (const m of drawn)
      if (before && Math.abs(before[m] - none[m]) < truncation * Math.abs(all[m] - none[m])) ended[m] = 1;
    present[k] = 0;
    const followed = drawn.filter((m) => ended[m] === 0);
    current = followed.length === 0 ? undefined : step === n - 1 ? none : await ask();
    for (const m of drawn) add(m * n + k, ended[m] === 0 && before && current ? before[m] - current[m] : 0);
    walk.steps += followed.length;
    walk.cut += drawn.length - followed.length;
  }
  return status;
}

/** Closes what is apart: above or below the middle between the top-th and the next value by more than its interval. */
function close(open: Uint8Array, means: Float64Array, errors: Float64Array, n: number, top: number): void {
  for (let at = 0; at < open.length; at += n) {
    const sorted = means.slice(at, at + n).sort();
    const middle = top >= n ? Number.NEGATIVE_INFINITY : (sorted[n - top] + sorted[n - top - 1]) / 2;
    for (let k = at; k < at + n; k++) if (Math.abs(means[k] - middle) > reach * errors[k]) open[k] = 0;
  }
}

function notesOf(
  { steps, cut }: Walk,
  orders: number,
  isOpen: boolean,
  { top, evaluations }: BanditSettings,
): string[] {
  const ended = isOpen
    ? `until \`evaluations\` is ${evaluations} or the time was over`
    : `until the first ${top} were told apart`;
  const followed = [`${orders} orders, ${ended}`];
  if (cut === 0) return followed;
  const share = Math.round((100 * steps) / (steps + cut));
  return [
    ...followed,
    `orders were followed for ${share} % of their length; those cut off count 0, so values are biased`,
  ];
}

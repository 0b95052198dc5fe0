/** Draws samples of a game until a rule says that it is enough: the same values for any number of sets that are asked about at the same time. */

import type { SolveStatus } from "../../linear/solver.ts";
import { worseStatus } from "../../linear/status.ts";
import type { EstimateRun } from "../../method/estimator.ts";
import type { Game } from "../games/game.ts";
import type { Drawn, StoppingRule } from "./stopping.ts";

/** What a set is worth, by measure; undefined when drawing is over. */
export type Ask = (present: Uint8Array) => Promise<Float64Array | undefined>;

/** How samples are drawn. A sample is a pure function of its number. */
export interface Sampler<Unit> {
  /** Sets that a sample asks about at most. */
  readonly cost: number;
  /** Undefined when the game's answers ended before the sample was whole. */
  draw(unit: number, ask: Ask): Promise<Unit | undefined>;
}

/** What samples are put together in. */
export interface Tally<Unit> extends Drawn {
  add(unit: Unit): void;
}

/** How drawing went. */
export interface Drawing {
  /** Sets that the samples asked about, and `before`. */
  readonly sets: number;
  /** The worst of all that was asked. */
  readonly status: SolveStatus;
  readonly because: string;
}

interface Whole<Unit> {
  readonly value: Unit;
  readonly asked: number;
  readonly status: SolveStatus;
}

/** Draws samples 0, 1, … into a tally, in this order. `before` sets have been asked about already. */
export async function drawInto<Unit>(
  game: Game,
  sampler: Sampler<Unit>,
  tally: Tally<Unit>,
  rules: readonly StoppingRule[],
  run: EstimateRun,
  before = 0,
): Promise<Drawing> {
  const begun: Promise<Whole<Unit> | undefined>[] = [];
  let over = false;
  const draw = async (unit: number): Promise<Whole<Unit> | undefined> => {
    let asked = 0;
    let status: SolveStatus = "converged";
    const value = await sampler.draw(unit, async (present) => {
      await run.yieldToEventLoop();
      if (over || !rules.every((rule) => rule.begins?.() ?? true)) return undefined;
      const found = await game.value(present);
      asked++;
      status = worseStatus(status, found.status);
      return found.values;
    });
    return value === undefined ? undefined : { value, asked, status };
  };
  const out = { sets: before, status: "converged" as SolveStatus };
  let spent = before;
  const stops = whenToLook(tally, rules);
  const ended = (because: string): Drawing => ({ ...out, because });
  try {
    for (let next = 0; ; ) {
      const reached = stops();
      if (reached !== undefined) return ended(reached);
      const forbids = () =>
        rules.find(({ most = Number.POSITIVE_INFINITY }) => spent + (begun.length + 1) * sampler.cost > most);
      for (; begun.length < game.width && forbids() === undefined; next++) {
        begun.push(draw(next));
        begun.at(-1)?.catch(() => {});
      }
      const unit = begun.shift();
      if (unit === undefined) return ended(forbids()?.because ?? "");
      const whole = await unit;
      if (whole === undefined) return ended(rules.find((rule) => rule.begins?.() === false)?.because ?? "");
      tally.add(whole.value);
      out.sets += whole.asked;
      // A sample that asks about nothing costs as well, or drawing would never end.
      spent += Math.max(1, whole.asked);
      out.status = worseStatus(out.status, whole.status);
      run.onProgress?.({ phase: "samples", step: tally.units, fraction: fractionOf(rules, out.sets) });
    }
  } finally {
    over = true;
    await Promise.allSettled(begun);
  }
}

/** Looks whether it is enough when there is a tenth more than the last time: looking costs as much as a sample. */
function whenToLook(tally: Drawn, rules: readonly StoppingRule[]): () => string | undefined {
  let looked = 0;
  return () => {
    if (tally.units === 0 || tally.units < 1.1 * looked) return undefined;
    looked = tally.units;
    return rules.find(({ enough }) => enough?.(tally))?.because;
  };
}

function fractionOf(rules: readonly StoppingRule[], sets: number): number {
  const most = Math.min(...rules.map(({ most }) => most ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(most) ? Math.min(1, sets / most) : 0;
}

/** Estimators that look at one target at a time, or take one player away at a time. */

import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { PreparedEstimator } from "../method/estimator.ts";
import { type Measure, measuredBy } from "../method/measure.ts";
import type { Players } from "../method/players.ts";
import type { Pairs } from "../model/model.ts";
import type { Target } from "../objective/target.ts";
import type { TrainedModel } from "../training/trained-model.ts";

/** What players contributed to one target. */
export interface Contribution {
  readonly scores: Float64Array;
  readonly statuses: readonly SolveStatus[];
  readonly residual: number;
  /** Of estimators that draw; one a player. */
  readonly standardErrors?: Float64Array | undefined;
  /** What a reader of them has to know. */
  readonly notes?: readonly string[] | undefined;
}

/** An estimator that looks at one target with slopes at a time. */
export function byTarget(
  run: RunContext,
  contribution: (target: Target, players: Players) => Promise<Contribution>,
  close: () => void = () => {},
): PreparedEstimator {
  return {
    async estimate(measures, players) {
      const found: Contribution[] = [];
      for (const measure of measures) {
        await run.yieldToEventLoop();
        found.push(await contribution(targetOf(measure), players));
      }
      const residual = found.reduce((most, one) => Math.max(most, one.residual), 0);
      const told = (m: number) => (note: string) => (measures.length > 1 ? `${measures[m].label}: ${note}` : note);
      const notes = found.flatMap(({ notes: own = [] }, m) => own.map(told(m)));
      return {
        values: joined(found.map(({ scores }) => scores)),
        statuses: found.length === 1 ? found[0].statuses : found.flatMap(({ statuses }) => statuses),
        residual,
        evaluations: measures.length,
        ...(found[0]?.standardErrors
          ? { standardErrors: joined(found.flatMap((one) => one.standardErrors ?? [])) }
          : {}),
        ...(notes.length > 0 ? { notes } : {}),
      };
    },
    close,
  };
}

/** One array of all; the array itself where it is the only one. */
function joined(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0];
  const out = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The target of a measure; throws `unsupported` where it has no slopes. */
export function targetOf({ label, target }: Measure): Target {
  if (target !== undefined) return target;
  throw new LetheError(
    "unsupported",
    `${label} has no slopes: this estimator needs a score, a margin, a fit or a rank`,
    "use a method that trains again without the player",
  );
}

/** What single rows contributed to one target; all of them ended alike. */
export interface RowContribution extends Omit<Contribution, "statuses"> {
  readonly status: SolveStatus;
}

/** First order: what a player contributed is the sum over its rows. */
export function sumOverRows(
  influence: (target: Target, rows: Rows) => Promise<RowContribution>,
): (target: Target, players: Players) => Promise<Contribution> {
  return async (target, players) => {
    const all = players.single ?? rowsOfAll(players);
    const { scores, status, ...rest } = await influence(target, all);
    if (players.single) return { scores, statuses: new Array<SolveStatus>(players.count).fill(status), ...rest };
    const of = byRow(all, scores);
    const sums = Float64Array.from({ length: players.count }, (_, k) => {
      let sum = 0;
      for (const row of players.rows(k)) sum += of[row];
      return sum;
    });
    return { scores: sums, statuses: new Array<SolveStatus>(players.count).fill(status), ...rest };
  };
}

/** Numbers of some rows, at the rows' own places. */
function byRow(rows: Rows, values: Float64Array): Float64Array {
  const out = new Float64Array(rows.length === 0 ? 0 : rows[rows.length - 1] + 1);
  for (let k = 0; k < rows.length; k++) out[rows[k]] = values[k];
  return out;
}

/** The rows of all players, ascending, each once. */
export function rowsOfAll(players: Players): Rows {
  let past = 0;
  for (let k = 0; k < players.count; k++) for (const row of players.rows(k)) past = Math.max(past, row + 1);
  const named = new Uint8Array(past);
  for (let k = 0; k < players.count; k++) for (const row of players.rows(k)) named[row] = 1;
  const rows = new Uint32Array(past);
  let count = 0;
  for (let row = 0; row < past; row++) if (named[row] === 1) rows[count++] = row;
  return rows.slice(0, count);
}

/** A model without a player: what it scores, and how the numerics ended. */
export interface Without {
  scores(pairs: Pairs): Promise<Float64Array>;
  readonly status: SolveStatus;
  readonly residual: number;
  /** Where it is known: how far a measure of the exact model may be from what these scores make of it. NaN: not determined. */
  readonly within?: (measure: Measure) => number;
}

/** An estimator that takes each player away once, and measures everything then; with intervals where every model says how far the exact one is. */
export function byRemoval(
  model: TrainedModel,
  run: RunContext,
  without: (rows: Rows) => Promise<Without>,
  close: () => void = () => {},
): PreparedEstimator {
  return {
    async estimate(measures, players) {
      const before = await measuredBy(measures, (pairs) => model.scores(pairs), run);
      const values = new Float64Array(measures.length * players.count);
      const statuses = new Array<SolveStatus>(values.length).fill("converged");
      const margins = new Float64Array(values.length);
      let [residual, bounded] = [0, false];
      for (let k = 0; k < players.count; k++) {
        const rows = players.rows(k);
        // A player without rows was never there.
        if (rows.length === 0) continue;
        const after = await without(rows);
        const left = await measuredBy(measures, after.scores, run);
        for (let m = 0; m < measures.length; m++) {
          values[m * players.count + k] = before[m] - left[m];
          statuses[m * players.count + k] = after.status;
          if (after.within === undefined) continue;
          margins[m * players.count + k] = after.within(measures[m]);
          bounded = true;
        }
        residual = Math.max(residual, after.residual);
        run.onProgress?.({ phase: "players", step: k + 1, fraction: (k + 1) / players.count });
        await run.yieldToEventLoop();
      }
      const found = { values, statuses, residual, evaluations: players.count };
      return bounded ? { ...found, intervals: around(values, margins) } : found;
    },
    close,
  };
}

/** Lower and upper end of each. */
function around(values: Float64Array, margins: Float64Array): Float64Array {
  return Float64Array.from(
    { length: 2 * values.length },
    (_, n) => values[n >> 1] + (n % 2 === 0 ? -1 : 1) * margins[n >> 1],
  );
}

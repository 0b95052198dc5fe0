/** Players by the direction of their gradients alone. */

import type { Rows } from "../../data/interactions.ts";
import type { Players } from "../../method/players.ts";
import { dot, norm, scaleInPlace } from "../../numeric/vector.ts";
import { targetGradient } from "../../objective/derivatives.ts";
import type { Objective } from "../../objective/objective.ts";
import { reachedRowsAlong } from "../../objective/reached-rows.ts";
import { gradientsOfRows } from "../../objective/row-gradients.ts";
import type { ObjectiveSession } from "../../objective/session.ts";
import type { Target } from "../../objective/target.ts";
import { finishYielding, type YieldToEventLoop } from "../../run.ts";
import { addPlayerGradient } from "./player-gradients.ts";
import { over } from "./relative-influence.ts";

/** Rows' gradients at a point, graph and input held. */
export interface GradientsAt extends Pick<ObjectiveSession, "rowGradients"> {
  rowsAlong(rows: Rows, direction: Float64Array): Promise<Float64Array>;
}

/** Those of an objective at parameters. */
export function gradientsAt(
  objective: Objective,
  params: Float64Array,
  yieldToEventLoop: YieldToEventLoop,
): GradientsAt {
  return {
    rowsAlong: (rows, x) => finishYielding(reachedRowsAlong(objective, params, rows, x), yieldToEventLoop),
    rowGradients: (rows) => gradientsOfRows(objective, params, rows, yieldToEventLoop),
  };
}

/** A target's gradient as a vector of this length; of length 0 where it is 0. */
export function directionOf(objective: Objective, params: Float64Array, target: Target, length: number): Float64Array {
  const { gradient } = targetGradient(objective, params, target);
  scaleInPlace(gradient, over(length, norm(gradient)));
  return gradient;
}

/** −⟨x, g⟩/‖g‖ of every player, g = Σ∇ℓ of its rows; 0 where g is 0. */
export type DirectionsAlong = (players: Players, x: Float64Array) => Promise<Float64Array>;

/** Rows whose gradients are held together. */
const together = 1024;

/** At a point: the size of a row's gradient is kept once it was asked for. */
export function directionsAt(at: GradientsAt): DirectionsAlong {
  const sizes = new Map<number, number>();
  const ofRows = async (rows: Rows, x: Float64Array) => {
    const along = await at.rowsAlong(rows, x);
    await fillSizes(
      at,
      rows.filter((row, k) => along[k] !== 0 && !sizes.has(row)),
      sizes,
    );
    return along.map((value, k) => (value === 0 ? 0 : over(-value, sizes.get(rows[k]) ?? 0)));
  };
  return async (players, x) => {
    if (players.single !== undefined) return ofRows(players.single, x);
    const out = new Float64Array(players.count);
    for (let k = 0; k < players.count; k++) {
      const rows = players.rows(k);
      out[k] = rows.length === 1 ? (await ofRows(rows, x))[0] : await ofTogether(at, players, k, x);
    }
    return out;
  };
}

async function ofTogether(at: GradientsAt, players: Players, k: number, x: Float64Array): Promise<number> {
  const gradient = new Float64Array(x.length);
  await addPlayerGradient(at, players, k, gradient);
  return over(-dot(gradient, x), norm(gradient));
}

async function fillSizes({ rowGradients }: GradientsAt, rows: Rows, sizes: Map<number, number>): Promise<void> {
  for (let at = 0; at < rows.length; at += together) {
    const some = rows.subarray(at, at + together);
    const { start, values } = await rowGradients(some);
    some.forEach((row, k) => {
      sizes.set(row, norm(values.subarray(start[k], start[k + 1])));
    });
  }
}

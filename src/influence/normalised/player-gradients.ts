/** The gradient of what a player brought: the sum of its rows' own terms. */

import type { Players } from "../../method/players.ts";
import type { ObjectiveSession } from "../../objective/session.ts";

/** Rows whose gradients are held together. */
const together = 1024;

/** Adds ∇ℓ of a player's rows, graph and input held, with the interaction L2 that they carry, to `out`. */
export async function addPlayerGradient(
  session: Pick<ObjectiveSession, "rowGradients">,
  players: Players,
  k: number,
  out: Float64Array,
): Promise<void> {
  const rows = players.rows(k);
  for (let at = 0; at < rows.length; at += together) {
    const { places, values } = await session.rowGradients(rows.subarray(at, at + together));
    for (let e = 0; e < places.length; e++) out[places[e]] += values[e];
  }
}

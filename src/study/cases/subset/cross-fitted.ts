/** What players are worth to rows that their model has not seen: part by part held out, and valued by the others. */

import { complement, type Rows } from "../../../data/interactions.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { SolveStatus } from "../../../linear/solver.ts";
import { worseStatus } from "../../../linear/status.ts";
import type { Players } from "../../../method/players.ts";
import { keyedUniform } from "../../../numeric/random.ts";
import { refit } from "../../../training/refit.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import type { HeldRows } from "../../choosing/measures.ts";
import { orderOf, type Scoring, type Suspicion, scoredPlayers, suspicionOf } from "../clean/suspicion.ts";

// Keeps these draws apart from others that are keyed by a pair.
const purpose = 0x666f6c64;

/**
 * The mean over folds of a player's influence on the fit of the fold, by the model that was trained without it. Folds are drawn by outside ids: pairs that
 * repeat stand together. A row has a value of all folds but its own. The own fit needs no held-out rows, and is asked about once.
 */
export async function crossFitted(
  model: TrainedModel,
  scoring: Scoring,
  { folds, seed }: { readonly folds: number; readonly seed: number },
  run: RunContext,
): Promise<Suspicion> {
  const none = { users: new Uint32Array(0), items: new Uint32Array(0), ratings: new Float64Array(0) };
  if (scoring.measure === "own-fit") return suspicionOf(model, scoring, none, run);
  const players = scoredPlayers(model, scoring);
  const sums = new Float64Array(players.count);
  const counts = new Float64Array(players.count);
  let status: SolveStatus = "converged";
  const notes = new Set<string>();
  const quiet = { ...run, onProgress: undefined };
  const parts = foldsOf(model, folds, seed);
  for (const [n, rows] of parts.entries()) {
    const without = await refit(model, rows, model.seed, quiet);
    const found = await suspicionOf(without, scoring, heldIn(model, rows), quiet);
    const placeOf = placesIn(model, scoring, complement(rows, model.interactions.size));
    for (let k = 0; k < found.players.count; k++) {
      const place = placeOf(without, found.players, k);
      sums[place] += found.values[k];
      counts[place]++;
    }
    status = worseStatus(status, worseStatus(found.status, endOf(without)));
    for (const note of found.notes) notes.add(note);
    run.onProgress?.({ phase: "folds", step: n + 1, fraction: (n + 1) / parts.length });
  }
  const values = sums.map((sum, k) => (counts[k] === 0 ? Number.NaN : sum / counts[k]));
  return { players, values, order: orderOf(model, players, values, scoring.tail), status, notes: [...notes] };
}

/** Rows by fold; a fold without any is left out. */
function foldsOf({ interactions: { users, items, size }, keys }: TrainedModel, folds: number, seed: number): Rows[] {
  const foldOf = Uint32Array.from({ length: size }, (_, row) =>
    Math.floor(folds * keyedUniform(seed, keys.users[users[row]], keys.items[items[row]], purpose)),
  );
  const all = Uint32Array.from({ length: size }, (_, row) => row);
  return Array.from({ length: folds }, (_, fold) => all.filter((row) => foldOf[row] === fold)).filter(
    (rows) => rows.length > 0,
  );
}

function heldIn({ interactions: { users, items, ratings } }: TrainedModel, rows: Rows): HeldRows {
  return {
    users: rows.map((row) => users[row]),
    items: rows.map((row) => items[row]),
    ratings: Float64Array.from(rows, (row) => ratings[row]),
  };
}

/** The place among all players of player k of a model on some of the rows. */
function placesIn(model: TrainedModel, { players }: Scoring, kept: Rows) {
  if (players === "interactions") return (_: TrainedModel, some: Players, k: number) => kept[some.rows(k)[0]];
  const { byUser, userCount } = model.interactions;
  const places = new Uint32Array(userCount);
  let next = 0;
  for (let u = 0; u < userCount; u++) if (byUser.start[u + 1] > byUser.start[u]) places[u] = next++;
  return ({ interactions }: TrainedModel, some: Players, k: number) => places[interactions.users[some.rows(k)[0]]];
}

/** How a training ended, where ending well is what it goes on for. */
export function endOf({ smooth, trainer }: TrainedModel): SolveStatus {
  const status = smooth?.status ?? "converged";
  return trainer.toOptimum || status === "breakdown" ? status : "converged";
}

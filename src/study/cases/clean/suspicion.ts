/** How suspicious players are, by any method that values them. */

import { LetheError } from "../../../errors.ts";
import { type PushedItems, pushedItems } from "../../../influence/cleaning/pushed-items.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { SolveStatus } from "../../../linear/solver.ts";
import { type Estimate, type Estimator, worstOf } from "../../../method/estimator.ts";
import { type GivenSettings, makeNamed } from "../../../method/method.ts";
import { halfSolutions, ratings } from "../../../method/needs.ts";
import { ownOf } from "../../../method/own.ts";
import { fitOfPairs } from "../../../method/own-fit.ts";
import { interactionPlayers, type Players, userPlayers } from "../../../method/players.ts";
import type { Smooth, TrainedModel } from "../../../training/trained-model.ts";
import { keysOfPlayers } from "../../../valuation/players/player-keys.ts";
import type { HeldRows } from "../../choosing/measures.ts";
import { asksEveryPlayer, usualEstimator } from "../../choosing/methods.ts";
import { valuing } from "../../choosing/valuing.ts";

/** What suspicion may rest on. */
export const suspicionMeasures = ["own-fit", "fit", "push"] as const;

/** One of them. */
export type SuspicionMeasure = (typeof suspicionMeasures)[number];

/** How players are scored. */
export interface Scoring {
  readonly players: "interactions" | "users";
  readonly method: string;
  readonly settings?: GivenSettings | undefined;
  /** What players are valued for; of "push" there is one method, which tells how far each is behind an item that is pushed. */
  readonly measure: SuspicionMeasure;
  readonly tail: "high" | "low";
}

/** Players, what the method tells of each, and all of them in order: the most suspicious first, those of whom nothing is known last. */
export interface Suspicion {
  readonly players: Players;
  readonly values: Float64Array;
  readonly order: Uint32Array;
  readonly status: SolveStatus;
  readonly notes: readonly string[];
  /** Where that was asked: which items are pushed, and how. */
  readonly pushed?: PushedItems | undefined;
}

/** The method where nobody chose: the cheapest that the model has what it needs for. Throws `unsupported` where that would train once a player. */
export function usualScoring(model: TrainedModel): string {
  const name = usualEstimator(model);
  if (!asksEveryPlayer(name)) return name;
  throw new LetheError(
    "unsupported",
    `of ${model.kind} only training again without each player tells how suspicious it is`,
    `name a \`method\` all the same: ${name} trains once a player`,
    "method",
  );
}

/** Scores all players that have rows. `held` are the rows whose fit is asked about, where that is the measure. */
export async function suspicionOf(
  model: TrainedModel,
  scoring: Scoring,
  held: HeldRows,
  run: RunContext,
): Promise<Suspicion> {
  if (scoring.measure === "push") return behindPushes(model, scoring, run);
  const estimator: Estimator = makeNamed(valuing, scoring.method, model, scoring.settings);
  const players = scoredPlayers(model, scoring);
  const prepared = await estimator.prepare(model, run);
  try {
    const found =
      scoring.measure === "own-fit"
        ? await ownOf(prepared, model, players, run)
        : await prepared.estimate([fitOfPairs(model.unit, held, held.ratings)], players);
    refuseSets(scoring.method, found);
    const { values, notes = [] } = found;
    return { players, values, order: orderOf(model, players, values, scoring.tail), status: worstOf(found), notes };
  } finally {
    prepared.close();
  }
}

/** Of a player the row that is most of all a part of a push. */
async function behindPushes(model: TrainedModel, scoring: Scoring, run: RunContext): Promise<Suspicion> {
  const why = ratings.unmet(model) ?? halfSolutions.unmet(model);
  if (why !== undefined)
    throw new LetheError(
      "unsupported",
      `\`measure\`: push needs ratings and closed forms; ${why}`,
      "ask for another measure, or train mf with squared loss",
      "measure",
    );
  const pushed = await pushedItems(model.smooth as Smooth, run);
  const players = scoredPlayers(model, scoring);
  const values = Float64Array.from({ length: players.count }, (_, k) =>
    players.rows(k).reduce((most, row) => Math.max(most, pushed.rows[row]), 0),
  );
  const order = orderOf(model, players, values, scoring.tail);
  return { players, values, order, status: "converged", notes: [], pushed };
}

/** All users that have rows, or all rows. */
export function scoredPlayers({ interactions }: TrainedModel, { players }: Pick<Scoring, "players">): Players {
  const { byUser, size, userCount } = interactions;
  if (players === "interactions") return interactionPlayers(Uint32Array.from({ length: size }, (_, row) => row));
  const all = Uint32Array.from({ length: userCount }, (_, user) => user);
  return userPlayers(
    interactions,
    all.filter((user) => byUser.start[user + 1] > byUser.start[user]),
  );
}

function refuseSets(method: string, { sets }: Estimate): void {
  if (sets === undefined) return;
  throw new LetheError(
    "bad-input",
    `\`method\`: ${method} values sets of players, and each is to be scored by itself`,
    "choose a method that values single players",
    "method",
  );
}

/** Players in the order of their values, of equals by outside ids; those without a value last. */
export function orderOf(
  model: TrainedModel,
  players: Players,
  values: Float64Array,
  tail: Scoring["tail"],
): Uint32Array {
  const sign = tail === "high" ? 1 : -1;
  const scores = values.map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : sign * value));
  const keyOf = keysOfPlayers(model, players);
  return Uint32Array.from(values.keys()).sort((a, b) => {
    if (scores[a] !== scores[b]) return scores[b] - scores[a];
    const [one, other] = [keyOf(a), keyOf(b)];
    return one[0] - other[0] || one[1] - other[1] || a - b;
  });
}

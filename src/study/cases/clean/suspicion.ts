/** How suspicious players are, by any method that values them. */

import { LetheError } from "../../../errors.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { SolveStatus } from "../../../linear/solver.ts";
import { type Estimate, type Estimator, worstOf } from "../../../method/estimator.ts";
import { type GivenSettings, makeNamed } from "../../../method/method.ts";
import { ownOf } from "../../../method/own.ts";
import { fitOfPairs } from "../../../method/own-fit.ts";
import { interactionPlayers, type Players, userPlayers } from "../../../method/players.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { keysOfPlayers } from "../../../valuation/players/player-keys.ts";
import type { HeldRows } from "../../choosing/measures.ts";
import { asksEveryPlayer, usualEstimator } from "../../choosing/methods.ts";
import { valuing } from "../../choosing/valuing.ts";

/** How players are scored. */
export interface Scoring {
  readonly players: "interactions" | "users";
  readonly method: string;
  readonly settings?: GivenSettings | undefined;
  readonly measure: "own-fit" | "fit";
  readonly tail: "high" | "low";
}

/** Players, what the method tells of each, and all of them in order: the most suspicious first, those of whom nothing is known last. */
export interface Suspicion {
  readonly players: Players;
  readonly values: Float64Array;
  readonly order: Uint32Array;
  readonly status: SolveStatus;
  readonly notes: readonly string[];
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
  const estimator: Estimator = makeNamed(valuing, scoring.method, model, scoring.settings);
  const players = playersOf(model, scoring);
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

function playersOf({ interactions }: TrainedModel, { players }: Scoring): Players {
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

/** Of equals by outside ids. */
function orderOf(model: TrainedModel, players: Players, values: Float64Array, tail: Scoring["tail"]): Uint32Array {
  const sign = tail === "high" ? 1 : -1;
  const scores = values.map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : sign * value));
  const keyOf = keysOfPlayers(model, players);
  return Uint32Array.from(values.keys()).sort((a, b) => {
    if (scores[a] !== scores[b]) return scores[b] - scores[a];
    const [one, other] = [keyOf(a), keyOf(b)];
    return one[0] - other[0] || one[1] - other[1] || a - b;
  });
}

/** The game of a history: what a model says of a user of whose rows it reads some only. */

import type { Rows } from "../../data/interactions.ts";
import type { EstimateRun } from "../../method/estimator.ts";
import { type Measure, measuredBy } from "../../method/measure.ts";
import type { Need } from "../../method/method.ts";
import type { Players } from "../../method/players.ts";
import type { Pairs } from "../../model/model.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import type { Game } from "../games/game.ts";
import { thoseWithRows } from "../players/players-with-rows.ts";

/** Scores that read what a user has chosen, and nothing else of the user. */
export const historyInside: Need = {
  name: "scores from what a user has chosen alone",
  unmet({ smooth, kind }) {
    if (smooth === undefined) return `${kind} has no parameters of its own`;
    const { data, tensors } = smooth.objective.model;
    if (tensors.some(({ rowsOf }) => rowsOf === "user")) return `${kind} has a row of parameters for every user`;
    return data === undefined ? `${kind} reads no interactions` : undefined;
  },
};

/** A game whose players are the parts of a history, and which of all players they are. */
export interface HistoryGame extends Game {
  readonly of: Uint32Array;
}

/**
 * A set of players is worth what the measures are of the model as it is, where it reads the users whose scores are asked for without the rows
 * of all other players. Players without such a row change nothing and are not among those of the game.
 */
export async function historyGame(
  model: TrainedModel,
  measures: readonly Measure[],
  players: Players,
  run: EstimateRun,
): Promise<HistoryGame> {
  const read = await rowsRead(model, measures, run);
  const of = (await thoseWithRows(model, players, run)).filter((k) => players.rows(k).some((row) => read.has(row)));
  const value = async (present: Uint8Array) => {
    const gone = new Set<number>();
    of.forEach((k, place) => {
      if (present[place] === 0) for (const row of players.rows(k)) gone.add(row);
    });
    const scores = scoresFrom(model, Uint32Array.from([...read].filter((row) => !gone.has(row))));
    return { values: await measuredBy(measures, scores, run), status: "converged" } as const;
  };
  return { players: of.length, measures: measures.length, width: 1, of, value };
}

/** The rows of all users whose scores the measures ask for, ascending. */
async function rowsRead(model: TrainedModel, measures: readonly Measure[], run: EstimateRun): Promise<Set<number>> {
  const users = new Set<number>();
  const watched = async (pairs: Pairs) => {
    for (const user of pairs.users) users.add(user);
    return model.scores(pairs);
  };
  for (const measure of measures) await measure.of(watched, run);
  const { start, rows } = model.interactions.byUser;
  return new Set(
    Array.from(users, (user) => [...rows.subarray(start[user], start[user + 1])])
      .flat()
      .sort((a, b) => a - b),
  );
}

/** The model as it is served, with the same parameters, on these rows alone. */
function scoresFrom({ smooth, interactions, keys }: TrainedModel, rows: Rows): (pairs: Pairs) => Float64Array {
  const { objective, params } = smooth as Smooth;
  const { kind, model } = objective.settings;
  const settings = kind.serving?.(model) ?? model;
  const built = kind.build(settings, interactions.select(rows), undefined, keys, objective.matrices);
  return (pairs) => built.at(params, pairs).scores;
}

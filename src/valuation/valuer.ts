/** Valuers as estimators: a game of a trained model is opened, played and closed. */

import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import type { Measure } from "../method/measure.ts";
import { fitOf } from "../method/own-fit.ts";
import type { Players } from "../method/players.ts";
import { trainInTurn } from "../method/trainings.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { type Game, requirePlayers, trainingGame } from "./games/game.ts";
import { requireFewSets } from "./games/sets.ts";
import { chosenPlayers, placesOf, spread, thoseWithRows } from "./players/players-with-rows.ts";

/** Values of a game: measures × players, or × sets. */
export type Valuing = (game: Game, run: EstimateRun) => Promise<Estimate>;

/** How a valuer answers. */
export interface Answers {
  /** What players are worth to measures. */
  readonly estimate: Valuing;
  /** What each is worth to the fit of its own rows: the game has one measure a player, in the players' order, and there is one value a player. */
  readonly own?: Valuing;
  /** Of values of sets: how many players a set has at most. */
  readonly order?: number;
  /** What a player without rows is to itself; default 0. */
  readonly nobody?: number;
}

/** A valuer. Throws `bad-input` where there are no players. */
export function valuer({ estimate, own, order, nobody }: Answers): Estimator {
  return {
    prepare: async (model, run) => ({
      estimate: (measures, players) => played(model, players, () => measures, estimate, { run, order }),
      ...(own && {
        own: (players: Players) => played(model, players, (those) => fits(model, those), own, { run, rows: 1, nobody }),
      }),
      close: () => {},
    }),
  };
}

interface Playing {
  readonly run: EstimateRun;
  readonly order?: number | undefined;
  /** Rows of values, where they are not one a measure. */
  readonly rows?: number;
  readonly nobody?: number | undefined;
}

async function played(
  model: TrainedModel,
  players: Players,
  measuresOf: (those: Players) => readonly Measure[],
  valuing: Valuing,
  { run, order, rows, nobody }: Playing,
): Promise<Estimate> {
  requirePlayers(players);
  if (order !== undefined) requireFewSets(players.count, order);
  const playing = await thoseWithRows(model, players, run);
  const those = chosenPlayers(players, playing);
  const measures = measuresOf(those);
  const places = placesOf(players.count, playing, order);
  if (playing.length === 0) return spread(nothing, places, rows ?? measures.length, nobody);
  const trainings = await (run.openTrainings ?? trainInTurn)(model, measures, run);
  try {
    const found = await valuing(trainingGame(those, measures.length, trainings), run);
    return spread(found, places, rows ?? measures.length, nobody);
  } finally {
    await trainings.close();
  }
}

/** Nobody has rows. */
const nothing: Estimate = { values: new Float64Array(), statuses: [], residual: 0, evaluations: 0 };

function fits(model: TrainedModel, players: Players): readonly Measure[] {
  return Array.from({ length: players.count }, (_, k) => fitOf(model, players.rows(k)));
}

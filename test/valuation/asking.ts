/** How laws ask valuers of the catalogue: about games that are known, and about models. */

import type { Estimate, EstimateRun } from "../../src/method/estimator.ts";
import {
  type GivenSettings,
  interactionPlayers,
  type Measure,
  makeNamed,
  metric,
  type OpenTrainings,
  type Players,
} from "../../src/method/index.ts";
import type { Measured } from "../../src/method/trainings.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { valuers } from "../../src/valuation/index.ts";
import { run } from "../support/run.ts";
import { allRows, interactionsFrom } from "../support/small.ts";

/** What a set of players is worth. */
export type Worth = (present: Uint8Array) => number;

/** How a known game is played. */
export interface Play {
  readonly settings?: GivenSettings;
  /** Sets that are asked about at the same time. */
  readonly width?: number;
  readonly secondsLeft?: () => number;
  /** How the training of a set ends. */
  readonly status?: (present: Uint8Array) => Measured["status"];
  /** Told every set that is asked about. */
  readonly onSet?: (present: Uint8Array) => void;
}

/** Player k is the one rating of user k. */
function peopleWithOneRating(players: number): TrainedModel {
  const interactions = interactionsFrom(
    Array.from({ length: players }, (_, k) => [k, 0, 1] as const),
    players,
    1,
  );
  return { interactions, keys: indexKeys(interactions), unit: "rating" } as unknown as TrainedModel;
}

/** Trainings that only look up what the set is worth, later ones sooner. */
function lookUp(worth: (present: Uint8Array, measure: number) => number, players: number, play: Play): OpenTrainings {
  return async (_, measures) => {
    let waiting = 0;
    return {
      width: play.width ?? 1,
      async without(rows) {
        const present = new Uint8Array(players).fill(1);
        for (const row of rows) present[row] = 0;
        play.onSet?.(present);
        if (play.width !== undefined) for (let turn = 7 - (waiting++ % 7); turn > 0; turn--) await undefined;
        const values = Float64Array.from(measures, (one, m) =>
          worth(present, one.target === undefined ? m : one.target.pairs.users[0]),
        );
        return { values, status: play.status?.(present) ?? "converged" };
      },
      trained: () => waiting,
      close: async () => {},
    };
  };
}

function contextOf(worth: (present: Uint8Array, measure: number) => number, players: number, play: Play): EstimateRun {
  return { ...run, openTrainings: lookUp(worth, players, play), secondsLeft: play.secondsLeft };
}

/** What the players of games are worth by the valuer of a name, a measure a game. */
export function valuesOf(name: string, players: number, worths: readonly Worth[], play: Play = {}): Promise<Estimate> {
  const measures = worths.map((_, m) => metric(`game ${m}`, "units", async () => Number.NaN));
  const model = peopleWithOneRating(players);
  const context = contextOf((present, m) => worths[m](present), players, play);
  return valuesBy(name, model, measures, interactionPlayers(allRows(model.interactions)), play.settings, context);
}

/** What players are worth to themselves by the valuer of a name: `worth(present, k)` is what the set is worth to player k. */
export async function ownValuesOf(
  name: string,
  players: number,
  worth: (present: Uint8Array, k: number) => number,
  play: Play = {},
): Promise<Estimate> {
  const model = peopleWithOneRating(players);
  const prepared = await makeNamed(valuers, name, model, play.settings).prepare(model, contextOf(worth, players, play));
  if (prepared.own === undefined) throw new Error(`${name} says nothing of own rows`);
  return prepared.own(interactionPlayers(allRows(model.interactions)));
}

/** What players of a model are worth by the valuer of a name. */
export async function valuesBy(
  name: string,
  model: TrainedModel,
  measures: readonly Measure[],
  players: Players,
  settings: GivenSettings = {},
  context: EstimateRun = run,
): Promise<Estimate> {
  const prepared = await makeNamed(valuers, name, model, settings).prepare(model, context);
  try {
    return await prepared.estimate(measures, players);
  } finally {
    prepared.close();
  }
}

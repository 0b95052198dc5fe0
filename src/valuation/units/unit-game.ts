/** The game of a model's units: what the measures are of scores that some units make. */

import { LetheError } from "../../errors.ts";
import type { EstimateRun } from "../../method/estimator.ts";
import { type Measure, measuredBy } from "../../method/measure.ts";
import type { Players } from "../../method/players.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import type { Game } from "../games/game.ts";
import type { Units } from "./readers.ts";
import { unitNames } from "./units.ts";

/** A set of units is worth what the measures are of the scores that they make. */
export function unitGame(
  scoresWith: Units["scoresWith"],
  players: number,
  measures: readonly Measure[],
  run: EstimateRun,
): Game {
  return {
    ...{ players, measures: measures.length, width: 1 },
    async value(present) {
      await run.yieldToEventLoop();
      return { values: await measuredBy(measures, scoresWith(present), run), status: "converged" };
    },
  };
}

/** Throws `bad-input` for players that are not all units of the model. */
export function requireUnits(method: string, model: TrainedModel, { kind, count }: Players): void {
  const { length } = unitNames(model);
  if (kind === "units" && count === length) return;
  throw new LetheError(
    "bad-input",
    `${method} values the ${length} units of ${model.kind}, and was asked about ${count} ${kind}`,
    `ask about units: unitPlayers(${length}); another valuer is for ${kind === "units" ? "rows" : kind}`,
  );
}

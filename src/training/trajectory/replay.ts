/** Walks along a training again, from any place of it to any later one. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Objective } from "../../objective/objective.ts";
import { batchesIn, type EpochBatches } from "../batches/batches-in.ts";
import { type MovedStretches, movedBy } from "../batches/moved.ts";
import { type OptimizerState, optimizerStateOf, type Remembered } from "../batches/optimizer-state.ts";
import type { Recipe } from "../batches/recipe.ts";
import { stepOf } from "../batches/step.ts";
import type { VisitStep } from "./traced-step.ts";

/** Between two steps of a training. */
export interface Place {
  /** Steps that are done. */
  step: number;
  readonly state: OptimizerState;
}

/** A training that can be walked along. */
export interface Replay {
  readonly steps: number;
  start(): Place;
  /** Where an optimizer was remembered after so many steps. */
  at(step: number, from: Remembered): Place;
  /** Makes the steps up to `to`; `visit` is told each before it is made. */
  go(place: Place, to: number, visit: VisitStep): Promise<void>;
}

/** Bytes of batches and negatives that a walk back may hold, so that it does not draw them again. */
const heldBytes = 2 ** 26;

/** How many epochs a walk back holds: two at least, because it crosses from one to the other and again. */
function epochsHeld({ units, negatives }: Objective): number {
  return Math.max(2, Math.floor(heldBytes / (4 * (units.length + negatives.length))));
}

/** The replay of a training from its start; `back` holds epochs for a walk back. */
export function replayOf(
  objective: Objective,
  recipe: Recipe,
  seed: number,
  start: Float64Array,
  run: RunContext,
  back = false,
): Replay {
  const perEpoch = Math.ceil(objective.units.length / recipe.batch);
  const most = back ? epochsHeld(objective) : 1;
  let held: readonly Epoch[] = [];
  const epochAt = async (epoch: number) => {
    const known = held.find((one) => one.epoch === epoch);
    if (known) return known;
    const batches = await batchesIn(objective, recipe, seed, epoch, run);
    const same = held.find((one) => one.batches.objective === batches.objective);
    const opened = { epoch, batches, moved: same?.moved ?? movedBy(batches.objective) };
    held = [opened, ...held].slice(0, most);
    return opened;
  };
  return {
    steps: perEpoch * recipe.epochs,
    start: () => ({ step: 0, state: optimizerStateOf(objective, recipe, start) }),
    at: (step, from) => ({ step, state: optimizerStateOf(objective, recipe, from) }),
    async go(place, to, visit) {
      while (place.step < to) {
        const epoch = await epochAt(Math.floor(place.step / perEpoch));
        await walk(epoch, place, { to, perEpoch, visit, run });
      }
    },
  };
}

interface Epoch {
  readonly epoch: number;
  readonly batches: EpochBatches;
  readonly moved: MovedStretches;
}

interface Along {
  readonly to: number;
  readonly perEpoch: number;
  readonly visit: VisitStep;
  readonly run: RunContext;
}

/** The steps of one epoch that lie before `to`. */
async function walk(
  { epoch, batches: { objective, learningRate, batches }, moved }: Epoch,
  place: Place,
  { to, perEpoch, visit, run }: Along,
): Promise<void> {
  const { state } = place;
  const make = stepOf(objective, state, moved);
  const end = Math.min(to, (epoch + 1) * perEpoch);
  while (place.step < end) {
    await run.yieldToEventLoop();
    const units = batches[place.step - epoch * perEpoch];
    moved.gather(units);
    const { step } = place;
    await visit({ epoch, step, learningRate, units, params: state.params, objective, divisor: units.length, moved });
    make(units, learningRate);
    place.step++;
  }
}

/** The training of a model once more, step by step: it is deterministic, so a trajectory is replayed and never stored. */

import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Objective } from "../../objective/objective.ts";
import { remembered } from "../batches/optimizer-state.ts";
import type { Recipe } from "../batches/recipe.ts";
import type { Smooth, TrainedModel } from "../trained-model.ts";
import { type Place, replayOf } from "./replay.ts";
import type { TracedStep, VisitStep } from "./traced-step.ts";

/** How a model came to its parameters. */
export interface Trajectory {
  /** The model's own, with the negatives of the first epoch. */
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly epochs: number;
  readonly steps: number;
  /** Visits every step from the first to the last. Memory: that of training. Throws `bad-model` where the end is not the model's parameters. */
  forwards(visit: VisitStep): Promise<void>;
  /** Visits every step from the last to the first. Cost: two trainings; memory: √steps times the parameters, and what √steps steps move. Throws as `forwards`. */
  backwards(visit: VisitStep): Promise<void>;
}

/** Why a model's training cannot be retraced; undefined where it can. */
export function untraceable({ smooth, trainer, origin, kind, shards }: TrainedModel): string | undefined {
  if (smooth === undefined) return `${shards ? "a model in shards" : kind} has no parameters of its own`;
  if (origin === "imported") return "this model was imported, and nobody knows how it was trained";
  if (origin === "forgotten") return "this model has forgotten rows since, so that its training does not end here";
  const { recipe } = trainer;
  if (recipe === undefined) return `this model was trained by ${trainer.name}, which makes no steps of batches`;
  if (recipe.optimizer === "newton" || recipe.polish)
    return "the training of this model ended with Newton's method, which is no step of a batch";
  return undefined;
}

/** The trajectory of a model that was trained by batches; throws `unsupported` for others. Nothing is computed yet. */
export function trajectoryOf(model: TrainedModel, run: RunContext): Trajectory {
  const why = untraceable(model);
  if (why !== undefined) throw new LetheError("unsupported", `a trajectory: ${why}`, howToTrace);
  const { objective, params } = model.smooth as Smooth;
  const { trainer, seed } = model;
  const recipe = trainer.recipe as Recipe;
  const start = trainer.start?.(objective, seed) as Float64Array;
  const replayTo = (back: boolean) => replayOf(objective, recipe, seed, start, run, back);
  const { steps } = replayTo(false);
  const checkEnd = (place: Place) => checkSame(place.state.params, params);
  return {
    ...{ objective, recipe, epochs: recipe.epochs, steps },
    async forwards(visit) {
      const replay = replayTo(false);
      const place = replay.start();
      await replay.go(place, steps, visit);
      checkEnd(place);
    },
    async backwards(visit) {
      const replay = replayTo(true);
      const every = Math.max(1, Math.ceil(Math.sqrt(steps)));
      const place = replay.start();
      const snapshots = [];
      for (let step = 0; step < steps; step += every) {
        snapshots.push(remembered(place.state));
        await replay.go(place, Math.min(steps, step + every), () => {});
      }
      checkEnd(place);
      const room = new Float64Array(params.length);
      for (let n = snapshots.length - 1; n >= 0; n--) {
        const from = replay.at(n * every, snapshots[n]);
        const segment: { readonly step: TracedStep; readonly before: Float64Array }[] = [];
        await replay.go(from, Math.min(steps, (n + 1) * every), (step) => {
          segment.push({ step: { ...step }, before: movedNumbers(step, room) });
        });
        for (const { step, before } of segment.reverse()) {
          takeBack(step, before);
          await visit(step);
        }
      }
    },
  };
}

/** What makes a training one that can be retraced. */
export const howToTrace = "train it by batches, with `optimizer` sgd or adam and without `polish`";

/** The numbers that a step is about to move; `room` is a vector of parameters to gather them in. */
function movedNumbers({ moved, params }: TracedStep, room: Float64Array): Float64Array {
  let size = 0;
  moved.forEach((from, to) => {
    for (let k = from; k < to; k++) room[size++] = params[k];
  });
  return room.slice(0, size);
}

/** Puts the numbers back that a step has moved, and turns to its batch. */
function takeBack({ moved, params, units }: TracedStep, before: Float64Array): void {
  moved.gather(units);
  let at = 0;
  moved.forEach((from, to) => {
    for (let k = from; k < to; k++) params[k] = before[at++];
  });
}

function checkSame(end: Float64Array, params: Float64Array): void {
  if (end.every((x, k) => Object.is(x, params[k]) || x === params[k])) return;
  throw new LetheError(
    "bad-model",
    "the training of this model, run again, does not end at its parameters: it began elsewhere, or on another version",
    "train it again with this version, without a start of its own",
  );
}

/** Training slice by slice: the parameters before each slice are kept, so that forgetting goes back to the first slice that was hit. */

import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { NameKeys } from "../../model/model.ts";
import { keyedUniform, randomOf } from "../../numeric/random.ts";
import { dataWithout } from "../refit.ts";
import type { Slicing, TrainedModel, Trainer, TrainingData, TrainRun } from "../trained-model.ts";
import { keepsUsers, type Sharding } from "./sharding.ts";

/**
 * A trainer that takes the rows in slices (Bourtoule et al. 2021, §IV): stage r trains on slices 1 … r, from the parameters after stage r − 1, for
 * all of the inner trainer's epochs and with its optimizer state anew. What goes to a slice together is what goes to a shard together. With one
 * slice it is the inner trainer. Throws `unsupported` where that trainer forgets where it began.
 */
export function sliced(inner: Trainer, sharding: Sharding): Trainer {
  const { slices = 1 } = sharding;
  if (slices === 1) return inner;
  if (inner.takesStart !== true)
    throw new LetheError(
      "unsupported",
      `\`slices\` ${slices}: ${inner.name} goes to its optimum from any start, and has no epochs to cut`,
      "leave `slices` out, or choose a `model` and a `loss` that are trained by batches",
    );
  const slicing: Slicing = { slices, inner, sliceOf: (keys) => sliceKeyed(keys, sharding) };
  const self: Trainer = { ...inner, slicing, train: (data, seed, run) => trainSlices(self, data, seed, run, []) };
  return self;
}

/** The slice of a pair, by outside ids. */
function sliceKeyed({ users, items }: NameKeys, sharding: Sharding): (user: number, item: number) => number {
  const { slices = 1, seed } = sharding;
  const stream = randomOf(seed, "slices").integer(2 ** 53);
  const together = keepsUsers(sharding);
  return (user, item) => Math.floor(slices * keyedUniform(stream, users[user], together ? 0 : items[item], 0));
}

/** Goes on behind the checkpoints that are there, each of which has seen the slices before its own. */
async function trainSlices(
  trainer: Trainer,
  data: TrainingData,
  seed: number,
  run: TrainRun,
  earlier: readonly Float64Array[],
): Promise<TrainedModel> {
  const { slices, inner, sliceOf } = trainer.slicing as Slicing;
  const { users, items } = data.interactions;
  const of = sliceOf(data.keys);
  const slice = users.map((user, row) => of(user, items[row]));
  const rows = Uint32Array.from(slice.keys());
  const checkpoints = [...earlier];
  for (let r = earlier.length; r < slices - 1; r++) {
    const seen = data.interactions.select(rows.filter((row) => slice[row] <= r));
    // Negatives are drawn as if later slices did not exist: what a checkpoint has not seen cannot be in it.
    const stage = await inner.train({ interactions: seen, keys: data.keys }, seed, startingAt(run, checkpoints[r - 1]));
    checkpoints.push(parametersOf(stage));
  }
  const last = await inner.train(data, seed, startingAt(run, checkpoints[slices - 2]));
  return withCheckpoints({ ...last, trainer }, checkpoints);
}

function startingAt(run: TrainRun, start: Float64Array | undefined): TrainRun {
  return { ...run, onProgress: undefined, start };
}

function parametersOf({ smooth, kind }: TrainedModel): Float64Array {
  if (smooth) return smooth.params;
  throw new LetheError("internal", `${kind} was trained by batches and has no parameters`);
}

/** The model with the parameters before each slice but the first, to which training without some rows can go back. */
export function withCheckpoints(model: TrainedModel, checkpoints: readonly Float64Array[]): TrainedModel {
  const self: TrainedModel = {
    ...model,
    checkpoints,
    refitMembers: (withoutRows, run) => restarted(self, withoutRows, run),
  };
  return self;
}

/** Training again from the checkpoint before the first slice that held one of the rows. */
function restarted(model: TrainedModel, withoutRows: Rows, run: TrainRun): Promise<TrainedModel> {
  const { trainer, interactions, keys, checkpoints = [], seed } = model;
  const of = (trainer.slicing as Slicing).sliceOf(keys);
  const first = withoutRows.reduce(
    (least, row) => Math.min(least, of(interactions.users[row], interactions.items[row])),
    checkpoints.length,
  );
  return trainSlices(trainer, dataWithout(model, withoutRows), seed, run, checkpoints.slice(0, first));
}

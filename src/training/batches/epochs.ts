/** Training epoch by epoch: batches, validation, early stopping, and what to do when numbers run away. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Objective } from "../../objective/objective.ts";
import type { Progress } from "../../run.ts";
import type { Batch } from "./batch-log.ts";
import { batchesIn } from "./batches-in.ts";
import {
  type BestEpoch,
  type Checkpoint,
  checkpointOf,
  checkResumable,
  type EpochEntry,
  type Validation,
} from "./checkpoint.ts";
import { type OptimizerState, optimizerStateOf } from "./optimizer-state.ts";
import type { Recipe } from "./recipe.ts";
import { type Step, stepOf } from "./step.ts";

/** Who watches the epochs, and where they begin. */
export interface EpochOptions {
  readonly seed: number;
  /** Called after every epoch; the result is then the best epoch's parameters. It must not change them. */
  readonly validate?: ((params: Float64Array) => Validation | Promise<Validation>) | undefined;
  readonly onEpoch?: ((checkpoint: Checkpoint) => void | Promise<void>) | undefined;
  /** Called before every step. */
  readonly onBatch?: ((batch: Batch) => void) | undefined;
  /** Goes on where this was made, to the same bytes. */
  readonly resume?: Checkpoint | undefined;
}

/** Where the epochs ended. */
export interface Epochs {
  readonly params: Float64Array;
  readonly log: readonly EpochEntry[];
  /** Epochs that these parameters are the result of. */
  readonly epochs: number;
  /** What broke off training, in words; undefined where nothing did. */
  readonly breakdown: string | undefined;
}

/** A loss so many times that of the first epoch is taken for divergence. */
const mostGrowth = 10;

/** Runs the recipe's epochs from `start`. */
export async function runEpochs(
  objective: Objective,
  recipe: Recipe,
  start: Float64Array,
  run: RunContext,
  options: EpochOptions,
): Promise<Epochs> {
  const { resume, validate, onEpoch } = options;
  if (resume) checkResumable(objective, recipe, resume);
  const memory = optimizerStateOf(objective, recipe, resume ?? start);
  const walk: Walk = { objective, recipe, memory, options, run };
  const log: EpochEntry[] = resume ? [...resume.log] : [];
  let best = resume?.best;
  let breakdown: string | undefined;
  while (log.length < recipe.epochs && !outOfPatience(recipe, log, best)) {
    const before = memory.params.slice();
    const entry = await runEpoch(walk, log.length);
    breakdown = runawayOf(entry, log[0], memory.params);
    if (breakdown !== undefined) {
      memory.params.set(before);
      break;
    }
    const validation = await validate?.(memory.params);
    log.push({ ...entry, validation });
    best = better(best, validation, entry.epoch, memory.params);
    await onEpoch?.(checkpointOf(memory, log, best));
    await run.yieldToEventLoop();
  }
  return {
    params: best?.params.slice() ?? memory.params,
    log,
    epochs: best ? best.epoch + 1 : log.length,
    breakdown,
  };
}

function outOfPatience({ patience }: Recipe, log: readonly EpochEntry[], best: BestEpoch | undefined): boolean {
  return patience > 0 && best !== undefined && log.length - 1 - best.epoch >= patience;
}

function better(
  best: BestEpoch | undefined,
  validation: Validation | undefined,
  epoch: number,
  params: Float64Array,
): BestEpoch | undefined {
  if (validation === undefined || Number.isNaN(validation.value)) return best;
  if (best !== undefined && !(validation.value > best.value)) return best;
  return { epoch, value: validation.value, params: params.slice() };
}

/** Says how an epoch has run away, if it has. */
function runawayOf(
  { epoch, loss }: EpochEntry,
  first: EpochEntry | undefined,
  params: Float64Array,
): string | undefined {
  const where = `training ran away in epoch ${epoch + 1}`;
  if (!Number.isFinite(loss)) return `${where}: the loss is ${loss}`;
  if (first !== undefined && loss > mostGrowth * Math.abs(first.loss))
    return `${where}: the loss is ${loss}, in the first epoch it was ${first.loss}`;
  return params.every(Number.isFinite) ? undefined : `${where}: a parameter is not finite`;
}

interface Walk {
  readonly objective: Objective;
  readonly recipe: Recipe;
  readonly memory: OptimizerState;
  readonly options: EpochOptions;
  readonly run: RunContext;
  /** Of the last epoch, for the next one where that is on the same objective. */
  held?: { readonly objective: Objective; readonly step: Step };
}

/** Runs one epoch, or as much of it as has finite losses. */
async function runEpoch(walk: Walk, epoch: number): Promise<EpochEntry> {
  const { recipe, memory, options, run } = walk;
  const { objective, learningRate, batches, size } = await batchesIn(walk.objective, recipe, options.seed, epoch, run);
  if (walk.held?.objective !== objective) walk.held = { objective, step: stepOf(objective, memory) };
  const { step } = walk.held;
  let [sum, done] = [0, 0];
  for (const units of batches) {
    if (!Number.isFinite(sum)) break;
    await run.yieldToEventLoop();
    options.onBatch?.({ epoch, step: memory.steps.all, units, learningRate, params: memory.params });
    sum += step(units, learningRate);
    done += units.length;
    run.onRows?.((objective.interactions.size * units.length) / size);
    run.onProgress?.(progressIn(recipe, epoch, done, size, sum));
  }
  return { epoch, loss: size === 0 ? 0 : sum / size, learningRate, validation: undefined };
}

function progressIn({ epochs }: Recipe, epoch: number, done: number, units: number, sum: number): Progress {
  const fraction = Math.min(0.99, (epoch + done / units) / epochs);
  return { phase: "epoch", step: epoch + 1, fraction, objective: (sum / done) * units };
}

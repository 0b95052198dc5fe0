/** Trained again without some rows, and measured: what methods that train on subsets share. */

import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { refit } from "../training/refit.ts";
import { type Removal, removalFrom } from "../training/removal.ts";
import { smoothModel, type TrainedModel } from "../training/trained-model.ts";
import { type Measure, measuredBy } from "./measure.ts";

/** What a model without some rows is worth. */
export interface Measured {
  /** One a measure. */
  readonly values: Float64Array;
  readonly status: SolveStatus;
}

/** Models without some rows, measured. */
export interface Trainings {
  /** How many may be in work at the same time. */
  readonly width: number;
  /** The measures of the model trained without these rows (ascending). The same rows give the same bytes, in any order of asking. */
  without(rows: Rows): Promise<Measured>;
  /** How many were trained for this, rather than found somewhere. */
  trained(): number;
  close(): Promise<void>;
}

/** Which seed trainings have; default the model's own. */
export interface TrainingsOptions {
  readonly seed?: number | undefined;
}

/** Opens trainings of a model without some of its rows. */
export type OpenTrainings = (
  model: TrainedModel,
  measures: readonly Measure[],
  run: RunContext,
  options?: TrainingsOptions,
) => Promise<Trainings>;

/** Beyond this share of the rows a training starts from scratch: the optimum near the whole need not be the one that training would find. */
const nearShare = 0.1;

/**
 * One training after another in this thread. Near the full set of an optimum by warm minimisation, else from scratch by the
 * model's own trainer; where the optimum is unique both are the same.
 */
export async function trainInTurn(
  model: TrainedModel,
  measures: readonly Measure[],
  run: RunContext,
  { seed = model.seed }: TrainingsOptions = {},
): Promise<Trainings> {
  // Whoever asks for many trainings says how far they are.
  const quiet = { ...run, onProgress: undefined };
  let near: Promise<Removal> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;
  const train = async (rows: Rows): Promise<{ readonly model: TrainedModel; readonly status: SolveStatus }> => {
    if (rows.length === model.interactions.size) return { model: untrained(model), status: "converged" };
    if (seed === model.seed && rows.length <= nearShare * model.interactions.size) {
      near ??= removalFrom(model, quiet);
      return (await near).without(rows);
    }
    const left = await refit(model, rows, seed, quiet);
    const status = left.smooth?.status ?? "converged";
    return { model: left, status: left.trainer.toOptimum || status === "breakdown" ? status : "converged" };
  };
  const measured = async (rows: Rows): Promise<Measured> => {
    await run.yieldToEventLoop();
    count++;
    const { model: left, status } = await train(rows);
    return { values: await measuredBy(measures, (pairs) => left.scores(pairs), run), status };
  };
  return {
    width: 1,
    without(rows) {
      // One at a time: kernels are shared.
      const next = last.then(() => measured(rows));
      last = next.catch(() => {});
      return next;
    },
    trained: () => count,
    async close() {
      await last;
      (await near?.catch(() => undefined))?.close();
    },
  };
}

/** The model that has seen nothing: at the minimum of its L2. Throws `unsupported` for a model without parameters. */
function untrained({ smooth, trainer, seed, kind, interactions }: TrainedModel): TrainedModel {
  if (smooth === undefined)
    throw new LetheError(
      "unsupported",
      `${kind} without any interaction has no scores`,
      "leave some interactions outside of all players",
    );
  const { objective } = smooth;
  const all = Uint32Array.from({ length: interactions.size }, (_, row) => row);
  const params = new Float64Array(smooth.params.length);
  return smoothModel({
    ...{ objective: objective.without(all), params, trainer, seed },
    ...{ status: "converged", value: 0, gradientNorm: 0 },
  });
}

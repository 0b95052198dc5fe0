/** How the laws ask estimators of the catalogue: by name, each time freshly prepared. */

import type { Rows } from "../../src/data/interactions.ts";
import { estimators } from "../../src/influence/index.ts";
import type { RunContext } from "../../src/kernel/run-context.ts";
import { type Estimate, type PreparedEstimator, worstOf } from "../../src/method/estimator.ts";
import {
  type GivenSettings,
  interactionPlayers,
  type Measure,
  makeNamed,
  measureOf,
  type Players,
} from "../../src/method/index.ts";
import type { Target } from "../../src/objective/target.ts";
import type { TrainedModel } from "../../src/training/index.ts";
import { run } from "../support/run.ts";
import type { Influences } from "../support/trained.ts";

/** Who asks, and with what. */
export interface Asking {
  readonly settings?: GivenSettings;
  readonly context?: RunContext;
}

/** Prepares the estimator of a name, lets it work, and closes it. */
export async function prepared<Result>(
  name: string,
  model: TrainedModel,
  work: (estimator: PreparedEstimator) => Promise<Result>,
  { settings, context = run }: Asking = {},
): Promise<Result> {
  const estimator = await makeNamed(estimators, name, model, settings).prepare(model, context);
  try {
    return await work(estimator);
  } finally {
    estimator.close();
  }
}

/** What players contributed to measures. */
export function estimateBy(
  name: string,
  model: TrainedModel,
  measures: readonly Measure[],
  players: Players,
  asking: Asking = {},
): Promise<Estimate> {
  return prepared(name, model, (estimator) => estimator.estimate(measures, players), asking);
}

/** What an estimator that is open finds of single rows. */
export async function rowsBy(
  estimator: PreparedEstimator,
  { unit }: TrainedModel,
  target: Target,
  rows: Rows,
): Promise<Influences> {
  const found = await estimator.estimate([measureOf(target, unit)], interactionPlayers(rows));
  return { scores: found.values, status: worstOf(found), residual: found.residual };
}

/** Influence of single rows on a target. */
export function ask(
  name: string,
  model: TrainedModel,
  target: Target,
  rows: Rows,
  asking: Asking = {},
): Promise<Influences> {
  return prepared(name, model, (estimator) => rowsBy(estimator, model, target, rows), asking);
}

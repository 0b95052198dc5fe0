/** λ from the data: the one with which factors tell most of rows that they were not fitted to. */

import type { Interactions } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { NameKeys } from "../../model/model.ts";
import { walkDown } from "../../numeric/walk.ts";
import { type FactorizationSettings, factorization, type Regularizer } from "../../objective/factorization.ts";
import { alternate } from "./alternating.ts";
import type { Descent, Standing } from "./descent.ts";
import { type Fold, foldError, foldsOf, meanOfErrors } from "./held-out.ts";
import { edgeFrom, leftWithoutFactors, type OtherSettings, startAt, worked } from "./noise-edge.ts";
import { modelOf } from "./trained.ts";

/** λ as it follows from the data. */
export interface FoundL2 {
  /** To two digits. */
  readonly l2: number;
  /** σ₁ of the residuals after mean and biases: from here on all factors vanish. 0 where nothing is left to explain. */
  readonly vanishing: number;
}

/** The largest share of the λ at which all factors vanish. */
const mostShare = 0.9;
/** A smaller share is for data without noise, and makes a problem that no trainer solves. */
const leastShare = 1e-4;
/** What is better by less than the gain is no better: among such λ the largest is the easiest to train with. */
const steps = { ratio: 1.5, gain: 5e-4 };
/** Sweeps go on while so many lower J by more than this share of it. */
const settled = { sweeps: 5, gain: 1e-3, most: 8 };
/** As many errors as a search usually takes. */
const usualTries = 6;

/**
 * Walks down the error on rows that are held out, over λ in steps of 1.5 from the edge of noise, and takes the lowest point of the parabola through the
 * last three, for all rows instead of those that were not held out. A λ of at most 0.9·σ₁ of the residuals without factors keeps one
 * factor at least; where there are too few rows to hold any out, it is the edge.
 */
export async function l2OfFactors(
  settings: OtherSettings,
  interactions: Interactions,
  keys: NameKeys,
  run: RunContext,
): Promise<FoundL2> {
  const { sigma: vanishing, edge: largest } = await leftWithoutFactors(settings, interactions, run);
  if (vanishing === 0) return { l2: 1, vanishing };
  const bounds = { least: leastShare * vanishing, most: mostShare * vanishing };
  const within = (l2: number) => Math.min(bounds.most, Math.max(bounds.least, l2));
  const edge = within(await edgeFrom(within(largest), settings, interactions, keys.items, run));
  const folds = await foldsOf(interactions, keys, run.yieldToEventLoop);
  const errorAt = reporting(run, (l2: number) => meanError({ ...settings, l2 }, folds, keys, run));
  const lowest = folds.length === 0 ? edge : await walkDown(errorAt, edge, { ...bounds, ...steps });
  const more = folds.length === 0 ? 1 : interactions.size / folds[0].train.size;
  return { l2: Number(within(onMoreRows(lowest, settings.regularizer, more)).toPrecision(2)), vanishing };
}

/** λ for so many times as many rows: noise grows with the root of their number, and with it the λ of a table; what every row carries is divided by them. */
export function onMoreRows(l2: number, regularizer: Regularizer, more: number): number {
  return regularizer === "table" ? l2 * Math.sqrt(more) : l2 / Math.sqrt(more);
}

function reporting({ onProgress }: RunContext, errorAt: (l2: number) => Promise<number>) {
  let step = 0;
  return async (l2: number) => {
    onProgress?.({ phase: "finding λ", step: step + 1, fraction: step / (step + usualTries) });
    step++;
    return errorAt(l2);
  };
}

/** The error of a roughly fitted model on rows that are held out, over the folds. */
export async function meanError(
  settings: FactorizationSettings,
  folds: readonly Fold[],
  keys: NameKeys,
  run: RunContext,
): Promise<number> {
  const errors: number[] = [];
  for (const fold of folds) {
    const model = await fitted(settings, fold, keys, run);
    errors.push(await foldError(model, fold, keys, settings, run.yieldToEventLoop));
  }
  return meanOfErrors(errors);
}

/** Fitted from a start that is the same for every λ but for its unit, and not to the last digit. */
async function fitted(settings: FactorizationSettings, { train }: Fold, keys: NameKeys, run: RunContext) {
  const objective = factorization(settings, train);
  const { params } = await worked(objective, startAt(objective, keys.items), run, alternateToSettle);
  return modelOf({ objective, params });
}

async function alternateToSettle(descent: Descent): Promise<Standing> {
  let now = await alternate(descent, settled.sweeps);
  for (let times = 1; times < settled.most; times++) {
    const before = now.value;
    now = await alternate(descent, settled.sweeps);
    if (!(now.value < (1 - settled.gain) * before)) break;
  }
  return now;
}

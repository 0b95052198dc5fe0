/** The path of falling λ, judged by rows that are held out: how many factors the global optimum has at each place, and how well it predicts. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { NameKeys } from "../../model/model.ts";
import { type Factorization, factorization, type Regularizer, withChanged } from "../../objective/factorization.ts";
import { type Fold, foldError, meanOfErrors } from "./held-out.ts";
import type { OtherSettings } from "./noise-edge.ts";
import { type Birthplace, bear, birthplaceOf } from "./path/born.ts";
import type { DescentOptions } from "./reoptimise.ts";
import { modelOf } from "./trained.ts";

/** A place on the path: a λ on the rows that are not held out. */
export interface Place {
  readonly regularizer: Regularizer;
  readonly l2: number;
  /** Of folds the largest. */
  readonly rank: number;
  /** On the held-out rows: RMSE, and of implicit feedback 1 − NDCG@10. */
  readonly error: number;
}

/** Neighbours have λ apart by this factor; the path ends where so many in a row did not lower the lowest error by this share of it. */
const steps = { ratio: 0.9, gain: 5e-4, patience: 2 };
/** A smaller share of the λ at which all factors vanish is for data without noise. */
const leastShare = 1e-4;
const digits = 3;

/** A fold, and where its path is. */
interface Walker {
  readonly fold: Fold;
  readonly objective: Factorization;
  readonly at: Birthplace;
}

/**
 * Goes down the path of all folds in step, from where the first factor lives to where the error has ceased to fall, or where fewer factors than the
 * settings say would leave no room. Places are told as they come.
 */
export async function* placesOf(
  settings: OtherSettings,
  folds: readonly Fold[],
  keys: NameKeys,
  run: RunContext,
): AsyncGenerator<Place> {
  const quiet = { ...run, onProgress: undefined, kernels: run.kernels.factors };
  let walkers = await Promise.all(folds.map((fold) => beginning(settings, fold, quiet)));
  const vanishing = Math.max(...walkers.map(({ at }) => at.l2));
  let [lowest, since] = [Number.POSITIVE_INFINITY, 0];
  for (let step = 1; since < steps.patience; step++) {
    const l2 = Number((vanishing * steps.ratio ** step).toPrecision(digits));
    if (!(l2 > leastShare * vanishing)) return;
    walkers = await inTurn(walkers, (walker) => walked(walker, l2, quiet));
    const rank = Math.max(...walkers.map(({ at }) => at.live));
    if (rank >= settings.factors) return;
    const error = meanOfErrors(await inTurn(walkers, (walker) => errorOf(walker, keys, run)));
    if (rank > 0) yield { regularizer: settings.regularizer, l2, rank, error };
    since = error < (1 - steps.gain) * lowest || rank === 0 ? 0 : since + 1;
    lowest = Math.min(lowest, error);
  }
}

async function beginning(settings: OtherSettings, fold: Fold, options: DescentOptions): Promise<Walker> {
  const objective = factorization({ ...settings, l2: 1 }, fold.train);
  return { fold, objective, at: await birthplaceOf(objective, options) };
}

async function walked({ fold, objective, at }: Walker, l2: number, options: DescentOptions): Promise<Walker> {
  return { fold, objective, at: await bear(withChanged(objective, { l2 }), at, options, () => {}) };
}

function errorOf({ fold, objective, at }: Walker, keys: NameKeys, run: RunContext): Promise<number> {
  const there = withChanged(objective, { factors: Math.max(1, at.live) });
  const model = modelOf({ objective: there, params: at.params });
  return foldError(model, fold, keys, objective.settings, run.yieldToEventLoop);
}

async function inTurn<From, To>(some: readonly From[], work: (one: From) => Promise<To>): Promise<To[]> {
  const done: To[] = [];
  for (const one of some) done.push(await work(one));
  return done;
}

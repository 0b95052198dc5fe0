/** Whether the ratings of a user tell about each other, as those of a person do: who may be made up. */

import type { RunContext } from "../../kernel/run-context.ts";
import { median } from "../../numeric/statistics.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { residualOf } from "../../objective/row-gradient.ts";
import { modelOf } from "../../training/factors/trained.ts";
import { alongRow, ownRowAt, regressor } from "../fast/blocks.ts";
import { ownByLeverage } from "../own-leverage.ts";

/** How much each user looks like one of two kinds that are made up, from 0 to 1. */
export interface MadeUp {
  /** Ratings that tell nothing about each other: drawn item by item. */
  readonly drawn: Float64Array;
  /** Ratings that tell far more about each other than anybody's: chosen against the model, or the same profile many times. */
  readonly chosen: Float64Array;
}

/** By how much a person's gain is usually above that of drawn ratings, in standard errors: the slope of the logarithm of the odds. */
const usualGain = 1.5;
/** Beside the standard error, in squared errors of the model: a few ratings that agree by chance are no proof. */
const leastError = 0.025;
/** Robust deviations above the median beyond which nobody's gain is by chance. */
const beyond = 5;

/**
 * The gain of a row is e₀² − e₋², e₀ its error without anything of its user and e₋ its error by the user's other rows alone (by leverage, the items held fixed). Of ratings
 * that are drawn item by item its mean is at most 0, because what others say of it is noise.
 */
export async function madeUpOf(
  objective: Factorization,
  params: Float64Array,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<MadeUp> {
  const gains = await gainsOf(objective, params, run);
  const { byUser, userCount } = objective.interactions;
  const present = Uint32Array.from({ length: userCount }, (_, u) => u).filter(
    (u) => byUser.start[u + 1] > byUser.start[u],
  );
  const of = (u: number) => momentsOf(gains, byUser.rows.subarray(byUser.start[u], byUser.start[u + 1]));
  const moments = Array.from(present, of);
  const means = moments.map(({ mean }) => mean);
  const middle = median(means);
  const spread = 1.4826 * median(means.map((mean) => Math.abs(mean - middle)));
  const drawn = new Float64Array(userCount);
  const chosen = new Float64Array(userCount);
  moments.forEach(({ mean, error }, k) => {
    drawn[present[k]] = 1 / (1 + Math.exp((usualGain * mean) / (error + leastError)));
    if (spread > 0) chosen[present[k]] = 1 / (1 + Math.exp(2 * (beyond - (mean - middle) / spread)));
  });
  return { drawn, chosen };
}

/** Gains of all rows, over the model's mean squared error; NaN where a row holds its user's block up. */
async function gainsOf(
  objective: Factorization,
  params: Float64Array,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<Float64Array> {
  const { users, items, size } = objective.interactions;
  const { biases } = objective.shape;
  const rows = Uint32Array.from({ length: size }, (_, row) => row);
  const through = await ownByLeverage(objective, params, "user", rows, run);
  const model = modelOf({ objective, params });
  const x = new Float64Array(objective.shape.factors + (biases ? 1 : 0));
  let squares = 0;
  const gains = through.map((moved, row) => {
    regressor(objective, params, "user", items[row], biases, x, 0);
    const at = ownRowAt(objective, "user", users[row]);
    const error = residualOf(objective, model, row);
    squares += error * error;
    const own = alongRow(params.subarray(at, at + x.length), x, 0, biases);
    return (error + own) ** 2 - (error + moved) ** 2;
  });
  const unit = squares / size || 1;
  return gains.map((gain) => gain / unit);
}

/** The mean of a user's gains, and its standard error. */
function momentsOf(gains: Float64Array, rows: Uint32Array) {
  const known = Float64Array.from(rows, (row) => gains[row]).filter((gain) => !Number.isNaN(gain));
  const n = known.length;
  if (n === 0) return { mean: 0, error: 0 };
  const mean = known.reduce((sum, gain) => sum + gain, 0) / n;
  const squares = known.reduce((sum, gain) => sum + (gain - mean) ** 2, 0);
  return { mean, error: n > 1 ? Math.sqrt(squares / (n - 1) / n) : 0 };
}

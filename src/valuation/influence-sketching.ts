/** Influence sketching: how far a row moves a linear regression of all ratings, in a random subspace. */

import type { Interactions, Rows } from "../data/interactions.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { choleskyFailureStatus } from "../linear/status.ts";
import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import { method, type Need } from "../method/method.ts";
import type { Players } from "../method/players.ts";
import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../numeric/dense.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { requirePlayers } from "./games/game.ts";
import { projectionOf, residualsOf, type SketchSettings, type Whitened, whitened } from "./regression/sketch.ts";

/** Numbers that a regression can explain. */
const differentRatings: Need = {
  name: "ratings that differ",
  unmet: ({ interactions: { ratings } }) =>
    ratings.some((rating) => rating !== ratings[0])
      ? undefined
      : "all interactions say the same, and a regression has nothing to explain",
};

/** What a regression says of every row. */
export interface Regression {
  readonly interactions: Interactions;
  readonly subspace: Whitened;
  readonly residuals: Float64Array;
  /** Σ leverages, and the residuals' variance Σ r²/(n − Σ leverages). */
  readonly freedom: number;
  readonly variance: number;
}

/**
 * Cook's distance of rows in ridge regression on one-hot users and items, X projected by a random Ω (Wojnowicz et al. 2016; Cook 1977): with
 * A = (XΩ)ᵀXΩ + λI, ‖θ − θ without the rows‖²_A/(d·s²), of one row r²h/((1 − h)²·d·s²). It is about the regression, not the model, and the same for every
 * measure. Cost: O(n·m + p·m²), then O(m) a row.
 */
export const influenceSketching = method({
  name: "influence-sketching",
  summary:
    "how far a player moves a linear regression of the ratings: Cook's distance in a random subspace, for all rows at once",
  source: "Wojnowicz et al. (2016); Cook (1977); survey, §4.1",
  needs: [differentRatings],
  settings: {
    size: {
      summary: "dimensions of the subspace; as many as users and items are exact",
      standard: 128,
      least: 1,
      whole: true,
    },
    projection: {
      summary: "random directions at right angles, or independent normal ones",
      standard: "orthogonal",
      choices: ["orthogonal", "gaussian"],
    },
    value: { summary: "Cook's distance, or the leverage", standard: "cook", choices: ["cook", "leverage"] },
    l2: { summary: "λ of the regression", standard: 1, above: 0 },
    seed: { summary: "of the subspace", standard: 1, least: 0, whole: true },
  },
  cost: "closed form",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(nm + pm²)", further: "0", space: "O(n + pm)", storage: "O(n)" },
    traits: ["assumes linear model", "estimates leave-one-out", "group influence", "hyperparameter sensitive"],
  },
  make({ value, projection, ...settings }): Estimator {
    return {
      async prepare(model, run) {
        const sketch = { ...settings, projection: projection as SketchSettings["projection"] };
        const { regression, status, residual } = await regressionOf(model, sketch, run);
        const estimate = async (measures: number, players: Players): Promise<Estimate> => {
          const found = await valuesOf(regression, players, value, run);
          const values = new Float64Array(measures * players.count);
          for (let m = 0; m < measures; m++) values.set(found, m * players.count);
          const statuses = Array.from(values, (x): SolveStatus => (Number.isNaN(x) ? choleskyFailureStatus : status));
          return { values, statuses, residual, evaluations: 1, notes: [note] };
        };
        return {
          estimate: ({ length }, players) => estimate(length, players),
          own: (players) => estimate(1, players),
          close: () => {},
        };
      },
    };
  },
});

const note = "values are about a linear regression of the ratings: the same for every measure, and never negative";

async function regressionOf({ interactions, keys }: TrainedModel, settings: SketchSettings, run: EstimateRun) {
  const omega = await projectionOf(interactions, keys, settings, run);
  const subspace = await whitened(interactions, omega, settings.l2, run);
  const { residuals, status, residual } = await residualsOf(interactions, settings.l2, run);
  if (subspace === undefined) return { regression: undefined, status: choleskyFailureStatus, residual };
  const { users, items, size, userCount } = interactions;
  let [freedom, squares] = [0, 0];
  for (let k = 0; k < size; k++) {
    if (k % 4096 === 0) await run.yieldToEventLoop();
    const z = featuresAt(subspace, users[k], userCount + items[k]);
    for (const x of z) freedom += x * x;
    squares += residuals[k] ** 2;
  }
  const regression: Regression = { interactions, subspace, residuals, freedom, variance: squares / (size - freedom) };
  return { regression, status, residual };
}

/** The two features of a row, summed. */
function featuresAt({ size, features }: Whitened, user: number, item: number): Float64Array {
  const out = features.slice(user * size, (user + 1) * size);
  for (let c = 0; c < size; c++) out[c] += features[item * size + c];
  return out;
}

async function valuesOf(
  regression: Regression | undefined,
  players: Players,
  value: string,
  run: EstimateRun,
): Promise<Float64Array> {
  requirePlayers(players);
  const out = new Float64Array(players.count);
  if (regression === undefined) return out.fill(Number.NaN);
  for (let k = 0; k < players.count; k++) {
    if (k % 256 === 0 || players.single === undefined) await run.yieldToEventLoop();
    out[k] = value === "leverage" ? leverageOf(regression, players.rows(k)) : distanceOf(regression, players.rows(k));
  }
  return out;
}

function rowFeatures({ interactions, subspace }: Regression, row: number): Float64Array {
  return featuresAt(subspace, interactions.users[row], interactions.userCount + interactions.items[row]);
}

/** Σ of the rows' leverages. */
export function leverageOf(regression: Regression, rows: Rows): number {
  let sum = 0;
  for (const row of rows) for (const x of rowFeatures(regression, row)) sum += x * x;
  return sum;
}

/** Cook's distance of rows that leave together: with z the features where A is I, (I − ZᵀZ)·δ = Zᵀr and the distance is ‖δ‖²/(d·s²). */
export function distanceOf(regression: Regression, rows: Rows): number {
  const { residuals, freedom, variance } = regression;
  if (rows.length === 0) return 0;
  const scale = freedom * variance;
  if (rows.length === 1) {
    const leverage = leverageOf(regression, rows);
    return (residuals[rows[0]] ** 2 * leverage) / ((1 - leverage) ** 2 * scale);
  }
  const moved = movedBy(regression, rows);
  return moved === undefined ? Number.NaN : moved.reduce((sum, x) => sum + x * x, 0) / scale;
}

function movedBy(regression: Regression, rows: Rows): Float64Array | undefined {
  const { size } = regression.subspace;
  const left = new Float64Array(size * size);
  const pull = new Float64Array(size);
  for (let c = 0; c < size; c++) left[c * size + c] = 1;
  for (const row of rows) {
    const z = rowFeatures(regression, row);
    for (let a = 0; a < size; a++) {
      pull[a] += z[a] * regression.residuals[row];
      for (let b = 0; b <= a; b++) left[a * size + b] -= z[a] * z[b];
    }
  }
  if (!choleskyInPlace(left, size)) return undefined;
  forwardSubstitute(left, size, pull);
  backSubstitute(left, size, pull);
  return pull;
}

/** What the benches of the frontier share: MovieLens-1M with every tenth row held out, objectives by regularizer, and clocks. */

import type { Interactions } from "../../src/data/index.ts";
import { rmse } from "../../src/evaluation/rating.ts";
import { scores } from "../../src/model/factor-model.ts";
import { type Factorization, factorization, type Regularizer } from "../../src/objective/factorization.ts";
import { modelOf } from "../../src/training/factors/trained.ts";

/** Rows that are fitted to, and rows that are not. */
export interface Split {
  readonly kept: Interactions;
  readonly test: Interactions;
}

/** ‖∇J‖ at which an optimum counts as reached. */
export const tolerance = 1e-8;

/** λ_b of each. */
export const biasPenalty: Readonly<Record<Regularizer, number>> = { table: 5, interaction: 0.02 };

/** Every tenth row is held out. */
export function splitOf(all: Interactions): Split {
  const rows = Uint32Array.from({ length: all.size }, (_, k) => k);
  return { kept: all.select(rows.filter((k) => k % 10 !== 0)), test: all.select(rows.filter((k) => k % 10 === 0)) };
}

/** Squared loss with biases and a learned mean. */
export function objectiveOf(
  regularizer: Regularizer,
  kept: Interactions,
  factors: number,
  l2: number,
  l2Bias = biasPenalty[regularizer],
): Factorization {
  return factorization({ factors, biases: true, mean: { kind: "learned" }, l2, l2Bias, regularizer }, kept);
}

/** RMSE on rows. */
export function errorOn(test: Interactions, objective: Factorization, params: Float64Array): number {
  return rmse(scores(modelOf({ objective, params }), test.users, test.items), test.ratings);
}

/** Seconds since a moment: on the wall, and of all processors. */
export interface Spent {
  readonly seconds: number;
  readonly processor: number;
}

/** Begins to count. */
export function clock(): () => Spent {
  const begun = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - begun) / 1000, processor: (user + system) / 1e6 };
  };
}

/** Both together. */
export function sum(a: Spent, b: Spent): Spent {
  return { seconds: a.seconds + b.seconds, processor: a.processor + b.processor };
}

/** More factors than any optimum here has. */
export const room = 400;

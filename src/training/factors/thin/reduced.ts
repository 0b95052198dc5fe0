/** J as a function of the smaller side alone: every row of the larger side stands at its optimum, which costs little where it has few ratings. */

import type { YieldToEventLoop } from "../../../run.ts";
import { type RowOptimum, rowOptimum } from "./row-optimum.ts";
import type { ThinRows } from "./rows.ts";
import { singlesAt } from "./singles.ts";
import { inSpans } from "./spans.ts";

/** J without the users; a reduced vector is the items' table, then the mean when it is learned. */
export interface Reduced {
  readonly rows: ThinRows;
  readonly yieldToEventLoop: YieldToEventLoop;
  /** Length of a reduced vector. */
  readonly size: number;
  /** Returns J and overwrites `gradient`. */
  evaluate(point: Float64Array, gradient: Float64Array): Promise<number>;
  /** Calls back for every user that has several pairs, solved at the point. */
  solved(point: Float64Array, each: (user: number, optimum: RowOptimum) => void): Promise<void>;
  /** The users' table at their optima. */
  expand(point: Float64Array): Promise<Float64Array>;
  meanAt(point: Float64Array): number;
}

/** Opens the reduced objective. `onRows` is told of the ratings that an evaluation reads. */
export function reducedObjective(
  rows: ThinRows,
  yieldToEventLoop: YieldToEventLoop,
  onRows: (rows: number) => void = () => {},
): Reduced {
  const { problem, stride, start, others, several } = rows;
  const { factors: d, biases, learnedMean, itemCount, userCount } = problem.shape;
  const size = itemCount * stride + (learnedMean ? 1 : 0);
  const optimum = rowOptimum(rows);
  const { own, pulls } = optimum;
  const meanAt = (point: Float64Array) => (learnedMean ? point[size - 1] : problem.fixedMean);
  const read = several.reduce((sum, u) => sum + start[u + 1] - start[u], 0);

  /** Takes pull·(∂score/∂item) of a user's pairs off the gradient; returns the sum of the pulls. */
  function pull(u: number, gradient: Float64Array): number {
    let sum = 0;
    for (let k = start[u]; k < start[u + 1]; k++) {
      const at = others[k] * stride;
      const e = pulls[k];
      for (let f = 0; f < d; f++) gradient[at + f] -= e * own[f];
      if (biases) gradient[at + d] -= e;
      sum += e;
    }
    return sum;
  }

  async function evaluate(point: Float64Array, gradient: Float64Array): Promise<number> {
    const mean = meanAt(point);
    let value = rows.constant + addPenalties(rows, point, gradient);
    let pulled = 0;
    const known = singlesAt(rows, point, mean);
    for (let i = 0; i < itemCount; i++) {
      if (rows.singles.count[i] === 0) continue;
      known.look(i);
      value += known.value;
      for (let f = 0; f < d; f++) gradient[i * stride + f] -= known.slope * point[i * stride + f];
      if (biases) gradient[i * stride + d] -= known.pull;
      pulled += known.pull;
    }
    await inSpans(several.length, yieldToEventLoop, (k) => {
      value += optimum.solve(several[k], mean, point);
      pulled += pull(several[k], gradient);
    });
    if (learnedMean) gradient[size - 1] = -pulled;
    onRows(read);
    return value;
  }

  return {
    rows,
    yieldToEventLoop,
    size,
    meanAt,
    evaluate,
    async solved(point, each) {
      const mean = meanAt(point);
      await inSpans(several.length, yieldToEventLoop, (k) => {
        optimum.solve(several[k], mean, point);
        each(several[k], optimum);
      });
    },
    async expand(point) {
      const mean = meanAt(point);
      const table = new Float64Array(userCount * stride);
      await inSpans(userCount, yieldToEventLoop, (u) => {
        if (start[u + 1] === start[u]) return;
        optimum.solve(u, mean, point);
        table.set(own, u * stride);
      });
      return table;
    },
  };
}

/** Overwrites the gradient with that of the items' penalties; returns them. */
function addPenalties({ problem, stride }: ThinRows, point: Float64Array, gradient: Float64Array): number {
  const { shape, itemScale, factorPenalty, biasPenalty } = problem;
  let twice = 0;
  for (let i = 0; i < shape.itemCount; i++)
    for (let f = 0; f < stride; f++) {
      const x = point[i * stride + f];
      const weighted = itemScale[i] * (f < shape.factors ? factorPenalty : biasPenalty) * x;
      gradient[i * stride + f] = weighted;
      twice += weighted * x;
    }
  return twice / 2;
}

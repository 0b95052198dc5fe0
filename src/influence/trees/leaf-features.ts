/** Features of rows by their leaves: one a leaf of any tree, 1/√(examples in the leaf) for those inside, so that inner products are a kernel of leaves. */

import type { Leaves } from "../../boosting/leaves.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Replay } from "./replay-leaves.ts";

/** Φ, whose rows are examples or pairs and whose columns are leaves. */
export interface LeafFeatures {
  readonly columns: number;
  /** Φx. */
  times(x: Float64Array): Promise<Float64Array>;
  /** Φᵀr. */
  transposed(r: Float64Array): Promise<Float64Array>;
}

/** Where each tree's columns begin, and how much each counts. */
interface Columns {
  readonly starts: readonly number[];
  readonly scales: Float64Array;
}

/** The features of the examples, and of others in the same columns. */
export function leafFeaturesOf({ ensemble, leaves }: Replay, run: RunContext) {
  const columns = columnsOf(
    ensemble.booster.trees.map(({ values }) => values.length),
    leaves,
  );
  return {
    ofExamples: featuresIn(columns, leaves, ensemble.examples.labels.length, run),
    of: (others: readonly Leaves[], count: number) => featuresIn(columns, others, count, run),
  };
}

/** A leaf without examples counts nothing. */
function columnsOf(sizes: readonly number[], leaves: readonly Leaves[]): Columns {
  const starts: number[] = [];
  let count = 0;
  for (const size of sizes) {
    starts.push(count);
    count += size;
  }
  const scales = new Float64Array(count);
  leaves.forEach((leaf, t) => {
    for (let k = 0; k < leaf.length; k++) scales[starts[t] + leaf[k]]++;
  });
  return { starts, scales: scales.map((examples) => (examples > 0 ? 1 / Math.sqrt(examples) : 0)) };
}

function featuresIn(
  { starts, scales }: Columns,
  leaves: readonly Leaves[],
  count: number,
  { yieldToEventLoop }: RunContext,
): LeafFeatures {
  return {
    columns: scales.length,
    async times(x) {
      const scaled = x.map((value, column) => value * scales[column]);
      const out = new Float64Array(count);
      for (const [t, leaf] of leaves.entries()) {
        await yieldToEventLoop();
        const own = scaled.subarray(starts[t]);
        for (let k = 0; k < count; k++) out[k] += own[leaf[k]];
      }
      return out;
    },
    async transposed(r) {
      const out = new Float64Array(scales.length);
      for (const [t, leaf] of leaves.entries()) {
        await yieldToEventLoop();
        const own = out.subarray(starts[t]);
        for (let k = 0; k < count; k++) own[leaf[k]] += r[k];
      }
      return out.map((sum, column) => sum * scales[column]);
    },
  };
}

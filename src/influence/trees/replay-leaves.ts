/** The training of an ensemble of trees again, tree after tree, in the splits that it has: what all methods of trees share. */

import type { TreeEnsemble } from "../../boosting/ensemble.ts";
import { type Leaves, leavesOf } from "../../boosting/leaves.ts";
import { refitLeaves } from "../../boosting/refit-leaves.ts";
import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { largest } from "../../numeric/vector.ts";
import { finishYielding } from "../../run.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** An ensemble, and the leaves of its examples. */
export interface Replay {
  readonly ensemble: TreeEnsemble;
  /** Of each tree the leaf of every example. */
  readonly leaves: readonly Leaves[];
  /** The largest gap between a leaf's value and that of its examples, relative to the largest value. */
  readonly residual: number;
}

/** Rounding of sums in another order; more is another training. */
const accuracy = 1e-6;

/** Replays the training of a model that has trees. Throws `unsupported` where the values of its leaves are not those of its examples. */
export async function replayOf({ trees, kind }: TrainedModel, run: RunContext): Promise<Replay> {
  const ensemble = trees as TreeEnsemble;
  const { booster, examples } = ensemble;
  const leaves = await finishYielding(leavesOf(booster.trees, examples.features), run.yieldToEventLoop);
  const all = Uint32Array.from(examples.owners.keys());
  const again = await finishYielding(refitLeaves(ensemble, leaves, all, "frozen"), run.yieldToEventLoop);
  let [gap, size] = [0, 0];
  booster.trees.forEach(({ values }, t) => {
    gap = Math.max(gap, largest(values.map((value, l) => value - again.trees[t].values[l])));
    size = Math.max(size, largest(values));
  });
  if (gap <= accuracy * size) return { ensemble, leaves, residual: size > 0 ? gap / size : 0 };
  throw new LetheError(
    "unsupported",
    `the leaves of this ${kind} are not those of its examples: they differ by ${gap} of ${size}`,
    "train the model again on its interactions",
  );
}

/** The examples of all interactions but these, ascending. */
export function examplesWithout({ owners }: TreeEnsemble["examples"], rows: Rows): Uint32Array {
  const gone = new Set(rows);
  return Uint32Array.from(owners.keys()).filter((example) => !gone.has(owners[example]));
}

/** Values of single rows from those of examples. */
export function valuesOfRows({ owners }: TreeEnsemble["examples"], values: Float64Array, rows: Rows): Float64Array {
  const sums = new Float64Array(rows.length);
  const placeOf = new Map(Array.from(rows, (row, place) => [row, place]));
  owners.forEach((row, example) => {
    const place = placeOf.get(row);
    if (place !== undefined) sums[place] += values[example];
  });
  return sums;
}

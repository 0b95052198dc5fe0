/** Units that are put out of action by changing the parameters that read them. */

import type { Pairs } from "../../model/model.ts";
import type { TensorPlace } from "../../model/tensors.ts";
import type { Objective } from "../../objective/objective.ts";

/** What an absent unit says: nothing, or what it says on average over the training data. */
export type Ablation = "zero" | "mean";

/** A model whose units can be absent. */
export interface Units {
  readonly names: readonly string[];
  /** Scores where `present[k]` says whether unit k does what it was trained to do. */
  scoresWith(present: Uint8Array): (pairs: Pairs) => Float64Array;
}

/** A unit with the weights that read it, and for each of them the bias of the sum that it goes into. */
export interface Reading {
  readonly name: string;
  readonly weights: Uint32Array;
  readonly biases: Uint32Array;
}

/** Units from who reads them: without a unit its weights are 0, and its mean times each weight is added to the bias there. */
export function unitsBeforeReaders(
  { serving }: Objective,
  params: Float64Array,
  readings: readonly Reading[],
  means: ArrayLike<number>,
): Units {
  return {
    names: readings.map(({ name }) => name),
    scoresWith(present) {
      const changed = params.slice();
      for (const [k, { weights, biases }] of readings.entries()) {
        if (present[k] === 1) continue;
        weights.forEach((place, n) => {
          changed[biases[n]] += means[k] * params[place];
          changed[place] = 0;
        });
      }
      return (pairs) => serving.at(changed, pairs).scores;
    },
  };
}

/** Units that a dense layer reads: unit j by row j of its weights (units × outputs), output c with bias c. */
export function readByLayer(
  names: readonly string[],
  weights: TensorPlace,
  bias: TensorPlace,
  firstRow = 0,
): Reading[] {
  const outputs = weights.shape[1] ?? 1;
  return names.map((name, j) => ({
    name,
    weights: Uint32Array.from({ length: outputs }, (_, c) => weights.at + (firstRow + j) * outputs + c),
    biases: Uint32Array.from({ length: outputs }, (_, c) => bias.at + c),
  }));
}

/** The tensor of a name. */
export function tensorNamed({ tensors }: Pick<Objective, "tensors">, name: string): TensorPlace | undefined {
  return tensors.find((tensor) => tensor.name === name);
}

/** Numbered names. */
export function numbered(what: string, count: number): string[] {
  return Array.from({ length: count }, (_, k) => `${what} ${k + 1}`);
}

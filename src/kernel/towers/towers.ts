/** Towers of dense layers over the rows of pairs, for networks; `reference.ts` is the definition. */

/** A dense layer f(x·W + b), by where W (inputs × outputs, row-major) and b begin in a parameter vector. */
export interface TowerLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weightsAt: number;
  readonly biasAt: number;
}

/** What each layer applies to its sums: max(0, z), or ½(z + √(z² + 4)). */
export type ActivationName = "relu" | "squareplus";

/** Layers over [row of the user; row of the item], summed by the output's weights; all by places in a parameter vector. */
export interface Tower {
  /** Where the tables of users and of items begin, and their columns. */
  readonly usersAt: number;
  readonly itemsAt: number;
  readonly embedding: number;
  /** From the 2·embedding inputs on; without layers these are the features. */
  readonly layers: readonly TowerLayer[];
  readonly activation: ActivationName;
  /** Where the weights of the features, the last layer's outputs, begin. */
  readonly outputAt: number;
}

/** Rows of the tables by pairs: pair n is (users[n], items[n]). */
export interface RowPairs {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
}

/** Rows of numbers inside a larger table: the row of pair n begins at `n·stride + at`. */
export interface RowPlace {
  readonly at: number;
  readonly stride: number;
}

/**
 * A tower at parameters, on pairs: a number a pair, with its derivatives. All `add` methods add to `out`. A direction may change once
 * its curvature is added, not between `addJvp` and that.
 */
export interface TowerPass {
  /** One a pair. */
  addScores(out: Float64Array): void;
  /** How every score moves when the parameters move along `direction`; one a pair. */
  addJvp(direction: Float64Array, out: Float64Array): void;
  /** Σ weights[n]·∇score n, as long as the parameters. */
  addVjp(weights: Float64Array, out: Float64Array): void;
  /** Σ weights[n]·∇²score n·direction, on the pieces where a ReLU is linear. */
  addCurvature(weights: Float64Array, direction: Float64Array, out: Float64Array): void;
  /** Writes what the output weighs, `featuresOf` numbers a pair. */
  putFeatures(out: Float64Array, place: RowPlace): void;
}

/** The number of features. */
export function featuresOf({ layers, embedding }: Tower): number {
  return layers.at(-1)?.outputs ?? 2 * embedding;
}

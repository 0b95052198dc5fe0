/** A gradient-boosted ensemble of regression trees: what it is made of, and what it has learned from. */

/** A regression tree. Node 0 is the root; a child k ≥ 0 is a node, a child k < 0 is leaf ~k. A tree without nodes is the single leaf 0. */
export interface Tree {
  /** The feature that each node asks about. */
  readonly feature: Uint32Array;
  /** A row goes left where its feature is at most this. */
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** One a leaf, with the learning rate in it: what the leaf adds to a score. */
  readonly values: Float64Array;
}

/** Trees that were grown one after another, each on what those before it left. */
export interface Booster {
  /** Of an example with label y at score F: ½(F − y)², or the negative log-likelihood of y (0 or 1) under the logit F. */
  readonly loss: "squared" | "logistic";
  /** The score before any tree. */
  readonly base: number;
  readonly trees: readonly Tree[];
  readonly learningRate: number;
  /** Leaf value = −learningRate·Σg/(Σh + l2) over the leaf's examples. */
  readonly l2: number;
}

/** Rows of features, row-major, `width` each. */
export interface FeatureRows {
  readonly count: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Examples that a booster learns from. */
export interface TreeExamples {
  readonly features: FeatureRows;
  readonly labels: Float64Array;
  /** The interaction that each example belongs to: without it, the example is not there. */
  readonly owners: Uint32Array;
}

/** A trained booster, what it learned from, and the features of any pair. */
export interface TreeEnsemble {
  readonly booster: Booster;
  readonly featureNames: readonly string[];
  readonly examples: TreeExamples;
  /** Features as they were at training: those that are made of interactions keep what training saw. */
  featuresOf(users: Uint32Array, items: Uint32Array): FeatureRows;
}

/** The leaf that row `row` of some features falls into. */
export function leafOf({ feature, threshold, left, right }: Tree, { width, values }: FeatureRows, row: number): number {
  if (feature.length === 0) return 0;
  let node = 0;
  while (node >= 0) node = values[row * width + feature[node]] <= threshold[node] ? left[node] : right[node];
  return ~node;
}

/** The score of every row of features. */
export function boosted({ base, trees }: Booster, rows: FeatureRows): Float64Array {
  return Float64Array.from({ length: rows.count }, (_, row) =>
    trees.reduce((score, tree) => score + tree.values[leafOf(tree, rows, row)], base),
  );
}

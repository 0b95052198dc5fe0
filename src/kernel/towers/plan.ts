/** How a tower lies in the memory of WebAssembly: widths filled up to whole tiles, and places of its parts; all in doubles. */

import { tileSize } from "../assembly/matrices/layout.ts";
import { featuresOf, type Tower, type TowerLayer } from "./towers.ts";

/** Places of one layer. */
export interface LayerPlan {
  /** Columns of its input and its output in a row of activations. */
  readonly input: number;
  readonly output: number;
  /** In a set of weights: as they are, in panels of columns, in panels of rows, and the biases. */
  readonly plain: number;
  readonly columnPanels: number;
  readonly rowPanels: number;
  readonly bias: number;
  /** In the sums of a task: W with `gradientStride` from row to row, and b. */
  readonly weightsGradient: number;
  readonly gradientStride: number;
  readonly biasGradient: number;
}

/** Places of a whole tower. */
export interface TowerPlan {
  readonly layers: readonly LayerPlan[];
  /** A row of activations: the outputs of all levels side by side. */
  readonly rowLength: number;
  /** Column of the features in it, and their number. */
  readonly features: number;
  readonly featureCount: number;
  /** A set of weights, and where the output's are in it. */
  readonly setLength: number;
  readonly output: number;
  /** The sums of a task, and where the output's are among them. */
  readonly gradientLength: number;
  readonly outputGradient: number;
  /** A row of slopes of the input, and one of a layer's output. */
  readonly inputSlopes: number;
  readonly slopes: number;
  /** Rows that go through all layers together. */
  readonly blockRows: number;
  /** Multiply-adds of a row going forward. */
  readonly products: number;
}

const line = 8;

// Few enough rows that what they leave stays in the first-level cache; more where the weights do not stay in the second anyhow.
const blocks = { few: 32, many: 128, largeWeights: 2 ** 16 };

/** The next multiple of `unit`. */
export function filled(length: number, unit: number): number {
  return Math.ceil(length / unit) * unit;
}

/** The length of rows for so many columns: that of long ones is an odd number of cache lines, so that columns spread over the cache. */
function rowLengthOf(columns: number): number {
  return columns < line * line ? columns : columns + ((3 * line - (columns % (2 * line))) % (2 * line));
}

/** Hands out one stretch after the other, on cache lines of their own. */
function stretches() {
  let next = 0;
  return {
    take(length: number): number {
      const at = next;
      next += filled(length, line);
      return at;
    },
    length: () => next,
  };
}

/** The plan of a tower, which depends on its widths alone. */
export function planOf(tower: Tower): TowerPlan {
  const widths = [2 * tower.embedding, ...tower.layers.map(({ outputs }) => outputs)].map((n) => filled(n, tileSize));
  const starts = widths.map((_, level) => widths.slice(0, level).reduce((sum, width) => sum + width, 0));
  const set = stretches();
  const gradient = stretches();
  const layers = tower.layers.map(({ inputs, outputs }, l) => ({
    input: starts[l],
    output: starts[l + 1],
    plain: set.take(inputs * outputs),
    columnPanels: set.take(inputs * widths[l + 1]),
    rowPanels: set.take(widths[l] * outputs),
    bias: set.take(widths[l + 1]),
    weightsGradient: gradient.take(widths[l] * widths[l + 1]),
    gradientStride: widths[l + 1],
    biasGradient: gradient.take(widths[l + 1]),
  }));
  const last = widths.length - 1;
  const output = set.take(widths[last]);
  const outputGradient = gradient.take(widths[last]);
  return {
    layers,
    rowLength: rowLengthOf(starts[last] + widths[last]),
    features: starts[last],
    featureCount: featuresOf(tower),
    setLength: set.length(),
    output,
    gradientLength: gradient.length() + line,
    outputGradient,
    inputSlopes: rowLengthOf(widths[0]),
    slopes: rowLengthOf(Math.max(...widths)),
    blockRows: Math.max(0, ...tower.layers.map(weightsOf)) > blocks.largeWeights ? blocks.many : blocks.few,
    products: tower.layers.reduce((sum, layer) => sum + weightsOf(layer), featuresOf(tower)),
  };
}

function weightsOf({ inputs, outputs }: TowerLayer): number {
  return inputs * outputs;
}

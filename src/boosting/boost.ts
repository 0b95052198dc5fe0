/** Gradient boosting (Friedman 2001): each tree is grown on the slopes of the loss at the sum of those before it. */

import { LetheError } from "../errors.ts";
import { sigmoid } from "../numeric/logistic.ts";
import type { RunOptions, YieldToEventLoop } from "../run.ts";
import { type Binned, binOf, bordersOf, columnOf, orderOf } from "./bins.ts";
import type { Booster, Tree, TreeExamples } from "./ensemble.ts";
import { grow } from "./grow.ts";
import type { Slopes } from "./histogram.ts";
import type { BoostingSettings } from "./settings.ts";

/** What boosting runs with. */
export interface BoostingRun extends Pick<RunOptions, "onProgress" | "onRows"> {
  readonly yieldToEventLoop?: YieldToEventLoop | undefined;
}

/**
 * A booster of the examples. The same examples in any order give the same booster, to the byte. Throws `bad-input` where there are no examples,
 * a feature or label is no number, or a logistic loss has labels of one kind only.
 */
export async function trainBooster(
  { features, labels }: Pick<TreeExamples, "features" | "labels">,
  settings: BoostingSettings,
  run: BoostingRun = {},
): Promise<Booster> {
  const { loss, learningRate, l2, rounds } = settings;
  const { yieldToEventLoop = async () => {}, onProgress, onRows } = run;
  checkNumbers(features.values, labels);
  const borders: Float64Array[] = [];
  const columns: Uint8Array[] = [];
  for (let feature = 0; feature < features.width; feature++) {
    const values = columnOf(features, feature);
    borders.push(bordersOf(values, settings.bins));
    columns.push(Uint8Array.from(values, (value) => binOf(value, borders[feature])));
    await yieldToEventLoop();
  }
  const order = orderOf(columns, labels);
  await yieldToEventLoop();
  const binned: Binned = {
    count: order.length,
    columns: columns.map((column) => Uint8Array.from(order, (row) => column[row])),
    borders,
  };
  const sorted = Float64Array.from(order, (row) => labels[row]);
  const base = baseOf(sorted, loss);
  const scores = new Float64Array(sorted.length).fill(base);
  const trees: Tree[] = [];
  for (let round = 0; round < rounds; round++) {
    onProgress?.({ phase: "boosting", step: round + 1, fraction: round / rounds });
    const { tree, rowsOfLeaf } = await grow(binned, slopesAt(scores, sorted, loss), settings, yieldToEventLoop);
    rowsOfLeaf.forEach((rows, leaf) => {
      for (const row of rows) scores[row] += tree.values[leaf];
    });
    trees.push(tree);
    onRows?.(sorted.length);
  }
  return { loss, base, trees, learningRate, l2 };
}

/** Slopes of the loss at scores. */
export function slopesAt(scores: Float64Array, labels: Float64Array, loss: Booster["loss"]): Slopes {
  if (loss === "squared")
    return { first: scores.map((score, k) => score - labels[k]), second: new Float64Array(scores.length).fill(1) };
  const chance = scores.map(sigmoid);
  return { first: chance.map((p, k) => p - labels[k]), second: chance.map((p) => p * (1 - p)) };
}

/** The best score that is the same for all: the mean, or its log odds. */
function baseOf(labels: Float64Array, loss: Booster["loss"]): number {
  const mean = labels.toSorted().reduce((sum, label) => sum + label, 0) / labels.length;
  if (loss === "squared") return mean;
  if (mean > 0 && mean < 1) return Math.log(mean / (1 - mean));
  throw new LetheError(
    "bad-input",
    `every example has the label ${mean}: a logistic loss needs both kinds`,
    "draw 1 negative or more an interaction, among items that people did not choose",
  );
}

function checkNumbers(values: Float64Array, labels: Float64Array): void {
  if (labels.length === 0) throw new LetheError("bad-input", "there are no examples to grow trees on");
  if (![values, labels].every((some) => some.every(Number.isFinite)))
    throw new LetheError("bad-input", "features and labels have to be finite numbers");
}

/** Gradient boosting (Friedman 2001): each tree is grown on the slopes of the loss at the sum of those before it. */

import { LetheError } from "../errors.ts";
import type { RunOptions, YieldToEventLoop } from "../run.ts";
import { type Binned, binOf, bordersOf, columnOf, orderOf } from "./bins.ts";
import type { Booster, Tree, TreeExamples } from "./ensemble.ts";
import { grow } from "./grow.ts";
import type { Slopes } from "./histogram.ts";
import { bestConstant, lossSlopes } from "./loss-slopes.ts";
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
  const { order, binned } = await inOrder({ features, labels }, settings, yieldToEventLoop);
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

/** Examples in the order in which sums over them go, and their values in bins in this order. Throws as `trainBooster` does, for their features and labels. */
export async function inOrder(
  { features, labels }: Pick<TreeExamples, "features" | "labels">,
  { bins }: Pick<BoostingSettings, "bins">,
  yieldToEventLoop: YieldToEventLoop,
): Promise<{ readonly order: Uint32Array; readonly binned: Binned }> {
  checkNumbers(features.values, labels);
  const borders: Float64Array[] = [];
  const columns: Uint8Array[] = [];
  for (let feature = 0; feature < features.width; feature++) {
    const values = columnOf(features, feature);
    borders.push(bordersOf(values, bins));
    columns.push(Uint8Array.from(values, (value) => binOf(value, borders[feature])));
    await yieldToEventLoop();
  }
  const order = orderOf(columns, labels);
  await yieldToEventLoop();
  const moved = columns.map((column) => Uint8Array.from(order, (row) => column[row]));
  return { order, binned: { count: order.length, columns: moved, borders } };
}

/** Slopes of the loss at scores. */
export function slopesAt(scores: Float64Array, labels: Float64Array, loss: Booster["loss"]): Slopes {
  const { mean, second } = lossSlopes[loss];
  const means = scores.map(mean);
  return { first: means.map((one, k) => one - labels[k]), second: means.map(second) };
}

/** The best score that is the same for all: the mean, or its log odds. Throws `bad-input` where the loss is logistic and all labels are alike. */
export function baseOf(labels: Float64Array, loss: Booster["loss"]): number {
  const base = bestConstant(labels, loss);
  if (Number.isFinite(base)) return base;
  throw new LetheError(
    "bad-input",
    `every example has the label ${labels[0]}: a logistic loss needs both kinds`,
    "draw 1 negative or more an interaction, among items that people did not choose",
  );
}

function checkNumbers(values: Float64Array, labels: Float64Array): void {
  if (labels.length === 0) throw new LetheError("bad-input", "there are no examples to grow trees on");
  if (![values, labels].every((some) => some.every(Number.isFinite)))
    throw new LetheError("bad-input", "features and labels have to be finite numbers");
}

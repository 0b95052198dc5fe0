/** Growing one regression tree: the leaf that gains most is split first. */

import type { YieldToEventLoop } from "../run.ts";
import type { Binned } from "./bins.ts";
import type { Tree } from "./ensemble.ts";
import { bestSplit, type Histogram, histogramOf, type Slopes, type Split, subtract } from "./histogram.ts";
import type { BoostingSettings } from "./settings.ts";

/** A leaf so far; a node once it has children. */
interface Grown {
  readonly rows: Uint32Array;
  readonly depth: number;
  readonly sums: Histogram;
  /** The best question for it, where one gains anything. */
  readonly split: Split | undefined;
  children?: readonly [Grown, Grown];
}

/** A tree, and the rows that each of its leaves has. */
export interface GrownTree {
  readonly tree: Tree;
  readonly rowsOfLeaf: readonly Uint32Array[];
}

/** A tree on the slopes of the examples, leaf by leaf, as far as the settings let it grow. */
export async function grow(
  binned: Binned,
  slopes: Slopes,
  settings: BoostingSettings,
  yieldToEventLoop: YieldToEventLoop,
): Promise<GrownTree> {
  const grown = (rows: Uint32Array, depth: number, sums: Histogram): Grown => {
    const mayGrow = settings.depth === 0 || depth < settings.depth;
    return { rows, depth, sums, split: mayGrow ? bestSplit(sums, binned, settings) : undefined };
  };
  const all = Uint32Array.from({ length: binned.count }, (_, row) => row);
  const root = grown(all, 0, await histogramOf(binned, slopes, all, yieldToEventLoop));
  const leaves: Grown[] = [root];
  while (leaves.length < settings.leaves) {
    const parent = leaves.reduce((best, leaf) => (gainOf(leaf) > gainOf(best) ? leaf : best));
    if (parent.split === undefined) break;
    const halves = halvesOf(parent.rows, binned.columns[parent.split.feature], parent.split.bin);
    const small = halves[0].length <= halves[1].length ? 0 : 1;
    const ofSmall = await histogramOf(binned, slopes, halves[small], yieldToEventLoop);
    const ofOther = subtract(parent.sums, ofSmall);
    const sums = small === 0 ? [ofSmall, ofOther] : [ofOther, ofSmall];
    const child = (side: 0 | 1) => grown(halves[side], parent.depth + 1, sums[side]);
    parent.children = [child(0), child(1)];
    leaves.splice(leaves.indexOf(parent), 1, ...parent.children);
  }
  return flat(root, binned, slopes, settings);
}

function gainOf({ split }: Grown): number {
  return split?.gain ?? 0;
}

/** Rows left and right of a question, each in their order. */
function halvesOf(rows: Uint32Array, column: Uint8Array, bin: number): readonly [Uint32Array, Uint32Array] {
  const [left, right] = [new Uint32Array(rows.length), new Uint32Array(rows.length)];
  let [lefts, rights] = [0, 0];
  for (let k = 0; k < rows.length; k++)
    if (column[rows[k]] <= bin) left[lefts++] = rows[k];
    else right[rights++] = rows[k];
  return [left.slice(0, lefts), right.slice(0, rights)];
}

/** Nodes and leaves, numbered from left to right, parents first. */
function flat(root: Grown, { borders }: Binned, slopes: Slopes, settings: BoostingSettings): GrownTree {
  const nodes: { feature: number; threshold: number; left: number; right: number }[] = [];
  const rowsOfLeaf: Uint32Array[] = [];
  const place = ({ children, split, rows }: Grown): number => {
    if (children === undefined || split === undefined) return ~(rowsOfLeaf.push(rows) - 1);
    const { feature, bin } = split;
    const node = { feature, threshold: borders[feature][bin], left: 0, right: 0 };
    const at = nodes.push(node) - 1;
    node.left = place(children[0]);
    node.right = place(children[1]);
    return at;
  };
  place(root);
  return {
    tree: treeOf(
      nodes,
      Float64Array.from(rowsOfLeaf, (rows) => leafValue(rows, slopes, settings)),
    ),
    rowsOfLeaf,
  };
}

function treeOf(
  nodes: readonly { feature: number; threshold: number; left: number; right: number }[],
  values: Float64Array,
): Tree {
  return {
    feature: Uint32Array.from(nodes, ({ feature }) => feature),
    threshold: Float64Array.from(nodes, ({ threshold }) => threshold),
    left: Int32Array.from(nodes, ({ left }) => left),
    right: Int32Array.from(nodes, ({ right }) => right),
    values,
  };
}

/** −learningRate·Σg/(Σh + l2). */
function leafValue(rows: Uint32Array, { first, second }: Slopes, { l2, learningRate }: BoostingSettings): number {
  let [g, h] = [0, l2];
  for (const row of rows) {
    g += first[row];
    h += second[row];
  }
  return h > 0 ? (-learningRate * g) / h : 0;
}

/** A slab of rows of a tower, and its description as the kernels in WebAssembly read it. */

import { tileSize } from "../assembly/matrices/layout.ts";
import * as layout from "../assembly/towers/layout.ts";
import { filled, type TowerPlan } from "./plan.ts";
import type { RowPairs, Tower } from "./towers.ts";

/** Pairs `from` to `from + count` of a pass, few enough to be in memory together. Known by identity. */
export interface Slab {
  readonly tower: Tower;
  readonly plan: TowerPlan;
  readonly params: Float64Array;
  readonly pairs: RowPairs;
  readonly from: number;
  readonly count: number;
}

// Tasks of a call, by the problem alone, since the bytes of a result depend on them: so many, of so many rows at least, with own sums.
const mostTasks = 8;
const rowsOfTask = 256;
const gradientDoubles = 2 ** 25;

/** Rows in memory: whole tiles. */
export function rowsOf({ count }: Slab): number {
  return filled(count, tileSize);
}

/** Rows of a task: whole blocks. */
function grainOf(slab: Slab): number {
  const most = Math.floor(gradientDoubles / slab.plan.gradientLength);
  const tasks = Math.max(1, Math.min(mostTasks, most, Math.floor(slab.count / rowsOfTask)));
  return filled(Math.ceil(slab.count / tasks), slab.plan.blockRows);
}

/** Tasks of a call. */
export function tasksOf(slab: Slab): number {
  return Math.ceil(slab.count / grainOf(slab));
}

/** Bytes of the description. */
export function descriptionBytes({ layers }: TowerPlan): number {
  return layout.headerBytes + layers.length * layout.layerBytes;
}

/** Writes all of a slab's description but addresses. */
export function describe(slab: Slab, set: (field: number, value: number) => void): void {
  const { tower, plan } = slab;
  set(layout.layersField, plan.layers.length);
  set(layout.smoothField, tower.activation === "squareplus" ? 1 : 0);
  set(layout.rowsField, rowsOf(slab));
  set(layout.grainField, grainOf(slab));
  set(layout.blockRowsField, plan.blockRows);
  set(layout.rowBytesField, plan.rowLength * 8);
  set(layout.slopeBytesField, plan.inputSlopes * 8);
  set(layout.scratchRowBytesField, plan.slopes * 8);
  set(layout.gradientBytesField, plan.gradientLength * 8);
  set(layout.featuresField, plan.featureCount);
  set(layout.featuresAtField, plan.features * 8);
  set(layout.outputAtField, plan.output * 8);
  set(layout.outputGradientField, plan.outputGradient * 8);
  plan.layers.forEach((layer, l) => {
    const record = layout.headerBytes + l * layout.layerBytes;
    set(record + layout.inputsField, tower.layers[l].inputs);
    set(record + layout.outputsField, tower.layers[l].outputs);
    for (const [field, place] of [
      [layout.inputAtField, layer.input],
      [layout.outputAtLayerField, layer.output],
      [layout.plainField, layer.plain],
      [layout.columnPanelsField, layer.columnPanels],
      [layout.rowPanelsField, layer.rowPanels],
      [layout.biasField, layer.bias],
      [layout.weightsGradientField, layer.weightsGradient],
      [layout.biasGradientField, layer.biasGradient],
    ])
      set(record + field, place * 8);
  });
}

/** Writes which parts of a slab's description a direction moves, its inputs being at `at` of `values`. */
export function describeDirection(
  { tower, plan, count }: Slab,
  direction: Float64Array,
  values: Float64Array,
  at: number,
  set: (field: number, value: number) => void,
): void {
  let moves = false;
  for (let n = 0; n < count && !moves; n++) moves = anyMoves(values, at + n * plan.rowLength, 2 * tower.embedding);
  set(layout.inputMovesField, moves ? 1 : 0);
  tower.layers.forEach(({ inputs, outputs, weightsAt, biasAt }, l) => {
    const record = layout.headerBytes + l * layout.layerBytes;
    set(record + layout.weightsMoveField, anyMoves(direction, weightsAt, inputs * outputs) ? 1 : 0);
    set(record + layout.biasMovesField, anyMoves(direction, biasAt, outputs) ? 1 : 0);
  });
}

function anyMoves(values: Float64Array, from: number, count: number): boolean {
  for (let k = from; k < from + count; k++) if (values[k] !== 0) return true;
  return false;
}

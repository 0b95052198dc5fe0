/** The one slab of rows of a tower that is in the memory of WebAssembly, and what is done to it there. */

import * as layout from "../assembly/towers/layout.ts";
import { openAreas } from "../matrices/areas.ts";
import type { LoadedKernels } from "../runtime/load.ts";
import { gatherRows, scatterRows } from "./rows.ts";
import { describe, describeDirection, descriptionBytes, rowsOf, type Slab, tasksOf } from "./slab.ts";
import type { RowPlace } from "./towers.ts";

/** What is done to a slab. One that is not in memory takes the place of the one that is, its forward pass done anew. */
export interface TowerMemory {
  addScores(slab: Slab, out: Float64Array): void;
  /** Also keeps the tangents, for one `addCurvature` along the same direction. */
  addJvp(slab: Slab, direction: Float64Array, out: Float64Array): void;
  addVjp(slab: Slab, weights: Float64Array, out: Float64Array): void;
  addCurvature(slab: Slab, weights: Float64Array, direction: Float64Array, out: Float64Array): void;
  putFeatures(slab: Slab, out: Float64Array, place: RowPlace): void;
}

/** An empty memory of a module. */
export function openTowerMemory(kernels: LoadedKernels): TowerMemory {
  const areas = openAreas(kernels.memory);
  let held: Slab | undefined;
  let moved: { readonly slab: Slab; readonly direction: Float64Array } | undefined;
  let description = 0;

  function set(field: number, value: number): void {
    kernels.memory.words()[(description + field) / 4] = value;
  }

  /** Reserves so many doubles, and sets the field to their address; returns the place of the first. */
  function place(field: number, purpose: string, doubles: number): number {
    const address = areas.take(purpose, doubles * 8);
    set(field, address);
    return address / 8;
  }

  function run(operation: number, slab: Slab, passes: number): void {
    const { plan } = slab;
    const nanoseconds = rowsOf(slab) * (plan.products * 0.1 + plan.rowLength * 0.4) * passes;
    kernels.run(operation, description, tasksOf(slab), nanoseconds);
  }

  function hold(slab: Slab): void {
    if (held === slab) return;
    held = undefined;
    moved = undefined;
    const { plan } = slab;
    const rows = rowsOf(slab);
    description = areas.take("a tower", descriptionBytes(plan));
    describe(slab, set);
    place(layout.scoresField, "scores", rows);
    place(layout.scoreTangentsField, "tangents of scores", rows);
    place(layout.weightsField, "weights of scores", rows);
    const scratch = kernels.threads * layout.scratchBlocks * plan.blockRows * plan.slopes;
    place(layout.scratchField, "slopes of a tower", scratch);
    gather(slab, slab.params, place(layout.activationsField, "activations of a tower", rows * plan.rowLength));
    putWeights(slab, slab.params, place(layout.parametersField, "weights of a tower", plan.setLength));
    run(layout.opForward, slab, 1);
    held = slab;
  }

  /** The inputs in `vector`, and zeros in the rows that fill up. */
  function gather(slab: Slab, vector: Float64Array, at: number): void {
    const { tower, plan, pairs, from, count } = slab;
    const values = kernels.memory.floats();
    values.fill(0, at + count * plan.rowLength, at + rowsOf(slab) * plan.rowLength);
    gatherRows(tower, pairs, vector, { values, at, stride: plan.rowLength, from, count });
  }

  /** The weights in `vector`, and their panels. */
  function putWeights({ tower, plan }: Slab, vector: Float64Array, at: number): void {
    const floats = kernels.memory.floats();
    plan.layers.forEach(({ plain, bias, gradientStride }, l) => {
      const { inputs, outputs, weightsAt, biasAt } = tower.layers[l];
      floats.set(vector.subarray(weightsAt, weightsAt + inputs * outputs), at + plain);
      floats.fill(0, at + bias, at + bias + gradientStride);
      floats.set(vector.subarray(biasAt, biasAt + outputs), at + bias);
    });
    floats.fill(0, at + plan.output, at + plan.setLength);
    floats.set(vector.subarray(tower.outputAt, tower.outputAt + plan.featureCount), at + plan.output);
    set(layout.packedField, at * 8);
    kernels.run(layout.opPack, description, plan.layers.length, plan.setLength);
  }

  function move(slab: Slab, direction: Float64Array): void {
    hold(slab);
    moved = undefined;
    const { plan } = slab;
    const at = place(layout.tangentsField, "tangents of a tower", rowsOf(slab) * plan.rowLength);
    gather(slab, direction, at);
    describeDirection(slab, direction, kernels.memory.floats(), at, set);
    putWeights(slab, direction, place(layout.directionField, "a direction of a tower", plan.setLength));
    run(layout.opTangent, slab, 2);
  }

  function reverse(operation: number, passes: number, slab: Slab, weights: Float64Array, out: Float64Array): void {
    const { tower, plan, pairs, from, count } = slab;
    const rows = rowsOf(slab);
    const at = place(layout.inputSlopesField, "slopes of the input of a tower", rows * plan.inputSlopes);
    const sums = place(layout.gradientsField, "gradients of a tower", tasksOf(slab) * plan.gradientLength);
    const values = kernels.memory.floats();
    const weightsAt = kernels.memory.words()[(description + layout.weightsField) / 4] / 8;
    values.fill(0, weightsAt + count, weightsAt + rows);
    values.set(weights.subarray(from, from + count), weightsAt);
    run(operation, slab, passes);
    for (let task = 0; task < tasksOf(slab); task++) addGradient(slab, values, sums + task * plan.gradientLength, out);
    scatterRows(tower, pairs, { values, at, stride: plan.inputSlopes, from, count }, out);
  }

  function addColumn(field: number, { from, count }: Slab, out: Float64Array): void {
    const values = kernels.memory.floats();
    const at = kernels.memory.words()[(description + field) / 4] / 8;
    for (let n = 0; n < count; n++) out[from + n] += values[at + n];
  }

  return {
    addScores(slab, out) {
      hold(slab);
      addColumn(layout.scoresField, slab, out);
    },
    addJvp(slab, direction, out) {
      move(slab, direction);
      moved = { slab, direction };
      addColumn(layout.scoreTangentsField, slab, out);
    },
    addVjp(slab, weights, out) {
      hold(slab);
      reverse(layout.opReverse, 2, slab, weights, out);
    },
    addCurvature(slab, weights, direction, out) {
      if (moved?.slab !== slab || moved.direction !== direction) move(slab, direction);
      moved = undefined;
      reverse(layout.opReverseTangent, 5, slab, weights, out);
    },
    putFeatures(slab, out, { at, stride }) {
      hold(slab);
      const { plan, from, count } = slab;
      const values = kernels.memory.floats();
      const first = kernels.memory.words()[(description + layout.activationsField) / 4] / 8 + plan.features;
      for (let n = 0; n < count; n++) {
        const row = first + n * plan.rowLength;
        out.set(values.subarray(row, row + plan.featureCount), (from + n) * stride + at);
      }
    },
  };
}

/** Adds the sums of one task, which begin at `at`. */
function addGradient({ tower, plan }: Slab, values: Float64Array, at: number, out: Float64Array): void {
  plan.layers.forEach(({ weightsGradient, gradientStride, biasGradient }, l) => {
    const { inputs, outputs, weightsAt, biasAt } = tower.layers[l];
    for (let i = 0; i < inputs; i++)
      addRow(values, at + weightsGradient + i * gradientStride, outputs, out, weightsAt + i * outputs);
    addRow(values, at + biasGradient, outputs, out, biasAt);
  });
  addRow(values, at + plan.outputGradient, plan.featureCount, out, tower.outputAt);
}

function addRow(values: Float64Array, from: number, count: number, out: Float64Array, to: number): void {
  for (let k = 0; k < count; k++) out[to + k] += values[from + k];
}

/** The passes up a tower: a task's rows, a block of them at a time through all layers. */

import { dot, dotTwo } from "../vectors";
import { activate, move } from "./activations";
import {
  activationsField, biasField, biasMovesField, blockRowsField, columnPanelsField, directionField, featuresAtField, featuresField,
  grainField, headerBytes, inputAtField, inputMovesField, inputsField, layerBytes, layersField, outputAtField, outputAtLayerField,
  outputsField, packedField, parametersField, plainField, rowBytesField, rowPanelsField, rowsField, scoresField,
  scoreTangentsField, smoothField, tangentsField, weightsMoveField,
} from "./layout";
import { multiplyPacked, packLines, whole } from "./products";

@inline
export function layerOf(s: usize, l: i32): usize {
  return s + headerBytes + (<usize>l) * layerBytes;
}

/** Packs the weights of one layer both ways. */
export function pack(s: usize, l: i32): void {
  const layer = layerOf(s, l);
  const set = load<usize>(s, packedField);
  const inputs = load<i32>(layer, inputsField);
  const outputs = load<i32>(layer, outputsField);
  const plain = set + load<usize>(layer, plainField);
  const rowBytes = (<usize>outputs) << 3;
  packLines(plain, 8, rowBytes, outputs, inputs, set + load<usize>(layer, columnPanelsField));
  packLines(plain, rowBytes, 8, inputs, outputs, set + load<usize>(layer, rowPanelsField));
}

@inline
export function firstRow(s: usize, task: i32): i32 {
  return task * load<i32>(s, grainField);
}

@inline
export function lastRow(s: usize, task: i32): i32 {
  return min<i32>(load<i32>(s, rowsField), (task + 1) * load<i32>(s, grainField));
}

/** Activations and scores. */
export function forward(s: usize, task: i32): void {
  const last = lastRow(s, task);
  const block = load<i32>(s, blockRowsField);
  for (let row = firstRow(s, task); row < last; row += block) forwardBlock(s, row, min<i32>(block, last - row));
}

function forwardBlock(s: usize, row: i32, rows: i32): void {
  const rowBytes = load<usize>(s, rowBytesField);
  const block = load<usize>(s, activationsField) + rowBytes * (<usize>row);
  const set = load<usize>(s, parametersField);
  const smooth = load<i32>(s, smoothField) != 0;
  for (let l = 0; l < load<i32>(s, layersField); l++) {
    const layer = layerOf(s, l);
    const columns = whole(load<i32>(layer, outputsField));
    const out = block + load<usize>(layer, outputAtLayerField);
    multiplyPacked(
      block + load<usize>(layer, inputAtField), rowBytes, load<i32>(layer, inputsField),
      set + load<usize>(layer, columnPanelsField), out, rowBytes, rows, columns, false,
    );
    activate(out, rowBytes, set + load<usize>(layer, biasField), columns, rows, smooth);
  }
  const count = load<i32>(s, featuresField);
  const output = set + load<usize>(s, outputAtField);
  let features = block + load<usize>(s, featuresAtField);
  let to = load<usize>(s, scoresField) + ((<usize>row) << 3);
  for (; rows > 0; rows--) {
    store<f64>(to, dot(features, output, count));
    features += rowBytes;
    to += 8;
  }
}

/** Tangents of activations and scores. */
export function tangent(s: usize, task: i32): void {
  const last = lastRow(s, task);
  const block = load<i32>(s, blockRowsField);
  for (let row = firstRow(s, task); row < last; row += block) tangentBlock(s, row, min<i32>(block, last - row));
}

function tangentBlock(s: usize, row: i32, rows: i32): void {
  const rowBytes = load<usize>(s, rowBytesField);
  const skipped = rowBytes * (<usize>row);
  const block = load<usize>(s, activationsField) + skipped;
  const moving = load<usize>(s, tangentsField) + skipped;
  const set = load<usize>(s, parametersField);
  const way = load<usize>(s, directionField);
  const smooth = load<i32>(s, smoothField) != 0;
  // Most of a direction is often 0: that of one parameter leaves all levels below it where they are.
  let moved = load<i32>(s, inputMovesField) != 0;
  for (let l = 0; l < load<i32>(s, layersField); l++) {
    const layer = layerOf(s, l);
    const inputs = load<i32>(layer, inputsField);
    const columns = whole(load<i32>(layer, outputsField));
    const from = load<usize>(layer, inputAtField);
    const to = load<usize>(layer, outputAtLayerField);
    const panels = load<usize>(layer, columnPanelsField);
    const bias = way + load<usize>(layer, biasField);
    const turned = load<i32>(layer, weightsMoveField) != 0;
    if (moved) multiplyPacked(moving + from, rowBytes, inputs, set + panels, moving + to, rowBytes, rows, columns, false);
    if (turned) multiplyPacked(block + from, rowBytes, inputs, way + panels, moving + to, rowBytes, rows, columns, moved);
    moved = moved || turned;
    if (!moved) clear(moving + to, rowBytes, columns, rows);
    move(moving + to, block + to, rowBytes, bias, columns, rows, smooth);
    moved = moved || load<i32>(layer, biasMovesField) != 0;
  }
  tangentScores(s, row, rows, block, moving);
}

function clear(to: usize, rowBytes: usize, columns: i32, rows: i32): void {
  for (; rows > 0; rows--) {
    memory.fill(to, 0, (<usize>columns) << 3);
    to += rowBytes;
  }
}

function tangentScores(s: usize, row: i32, rows: i32, block: usize, moving: usize): void {
  const rowBytes = load<usize>(s, rowBytesField);
  const count = load<i32>(s, featuresField);
  const at = load<usize>(s, featuresAtField);
  const output = load<usize>(s, parametersField) + load<usize>(s, outputAtField);
  const outputMoving = load<usize>(s, directionField) + load<usize>(s, outputAtField);
  let to = load<usize>(s, scoreTangentsField) + ((<usize>row) << 3);
  block += at;
  moving += at;
  for (; rows > 0; rows--) {
    store<f64>(to, dotTwo(moving, output, block, outputMoving, count));
    block += rowBytes;
    moving += rowBytes;
    to += 8;
  }
}

/** The passes down a tower: a task's rows, a block of them at a time, with sums of their own for the parameters. */

import { axpy } from "../vectors";
import { back, backMoving } from "./activations";
import { firstRow, lastRow, layerOf } from "./forward";
import {
  activationsField, biasGradientField, blockRowsField, directionField, featuresAtField, featuresField,
  gradientBytesField, gradientsField, inputAtField, inputsField, inputSlopesField, layersField, outputAtField,
  outputAtLayerField, outputGradientField, outputsField, parametersField, rowBytesField, rowPanelsField, scratchBlocks,
  scratchField, scratchRowBytesField, slopeBytesField, smoothField, tangentsField, weightsField, weightsGradientField,
} from "./layout";
import { addOuter, multiplyPacked, whole } from "./products";

/** Empties the task's sums and returns them. */
function emptyGradient(s: usize, task: i32): usize {
  const bytes = load<usize>(s, gradientBytesField);
  const sums = load<usize>(s, gradientsField) + bytes * (<usize>task);
  memory.fill(sums, 0, bytes);
  return sums;
}

/** A thread's first block of slopes; the next ones are `slopeBlock` behind it. */
@inline
function slopesOf(s: usize, thread: i32): usize {
  return load<usize>(s, scratchField) + slopeBlock(s) * (<usize>(thread * scratchBlocks));
}

@inline
function slopeBlock(s: usize): usize {
  return load<usize>(s, scratchRowBytesField) * load<usize>(s, blockRowsField);
}

/** Sums for the parameters, and slopes of the input. */
export function reverse(s: usize, task: i32, thread: i32): void {
  const last = lastRow(s, task);
  const sums = emptyGradient(s, task);
  const block = load<i32>(s, blockRowsField);
  for (let row = firstRow(s, task); row < last; row += block) reverseBlock(s, row, min<i32>(block, last - row), sums, thread);
}

function reverseBlock(s: usize, row: i32, rows: i32, sums: usize, thread: i32): void {
  const rowBytes = load<usize>(s, rowBytesField);
  const block = load<usize>(s, activationsField) + rowBytes * (<usize>row);
  const set = load<usize>(s, parametersField);
  const smooth = load<i32>(s, smoothField) != 0;
  const inputSlopes = load<usize>(s, inputSlopesField) + load<usize>(s, slopeBytesField) * (<usize>row);
  const layers = load<i32>(s, layersField);
  let slopes = layers > 0 ? slopesOf(s, thread) : inputSlopes;
  let other = slopes + slopeBlock(s);
  const bytes = layers > 0 ? load<usize>(s, scratchRowBytesField) : load<usize>(s, slopeBytesField);
  addFeatures(s, row, rows, block, sums);
  spread(s, row, rows, set, slopes, bytes);
  for (let l = layers - 1; l >= 0; l--) {
    const layer = layerOf(s, l);
    const inputs = load<i32>(layer, inputsField);
    const outputs = load<i32>(layer, outputsField);
    const toBytes = l > 0 ? bytes : load<usize>(s, slopeBytesField);
    const to = l > 0 ? other : inputSlopes;
    const bias = sums + load<usize>(layer, biasGradientField);
    back(slopes, bytes, block + load<usize>(layer, outputAtLayerField), rowBytes, bias, whole(outputs), rows, smooth);
    const weights = sums + load<usize>(layer, weightsGradientField);
    addOuter(block + load<usize>(layer, inputAtField), rowBytes, inputs, slopes, bytes, outputs, rows, weights);
    multiplyPacked(slopes, bytes, outputs, set + load<usize>(layer, rowPanelsField), to, toBytes, rows, whole(inputs), false);
    other = slopes;
    slopes = to;
  }
}

/** Adds the rows' features, or their tangents, by the rows' weights. */
function addFeatures(s: usize, row: i32, rows: i32, block: usize, sums: usize): void {
  const rowBytes = load<usize>(s, rowBytesField);
  const count = load<i32>(s, featuresField);
  const to = sums + load<usize>(s, outputGradientField);
  let weight = load<usize>(s, weightsField) + ((<usize>row) << 3);
  let features = block + load<usize>(s, featuresAtField);
  for (; rows > 0; rows--) {
    axpy(load<f64>(weight), features, to, count);
    features += rowBytes;
    weight += 8;
  }
}

/** Slopes of the features: each row's weight times the output's weights, zeros in the columns that fill up. */
function spread(s: usize, row: i32, rows: i32, set: usize, slopes: usize, bytes: usize): void {
  const wide = (<usize>whole(load<i32>(s, featuresField))) << 3;
  const output = set + load<usize>(s, outputAtField);
  let weight = load<usize>(s, weightsField) + ((<usize>row) << 3);
  for (; rows > 0; rows--) {
    const w = v128.load64_splat(weight);
    for (let k: usize = 0; k < wide; k += 16) v128.store(slopes + k, v128.mul<f64>(w, v128.load(output + k)));
    slopes += bytes;
    weight += 8;
  }
}

/** How what `reverse` leaves moves along the direction of the last `tangent`. */
export function reverseTangent(s: usize, task: i32, thread: i32): void {
  const last = lastRow(s, task);
  const sums = emptyGradient(s, task);
  const block = load<i32>(s, blockRowsField);
  for (let row = firstRow(s, task); row < last; row += block) reverseTangentBlock(s, row, min<i32>(block, last - row), sums, thread);
}

function reverseTangentBlock(s: usize, row: i32, rows: i32, sums: usize, thread: i32): void {
  const skipped = load<usize>(s, rowBytesField) * (<usize>row);
  const block = load<usize>(s, activationsField) + skipped;
  const moving = load<usize>(s, tangentsField) + skipped;
  const slopeBytes = load<usize>(s, slopeBytesField);
  const inputSlopes = load<usize>(s, inputSlopesField) + slopeBytes * (<usize>row);
  const layers = load<i32>(s, layersField);
  const bytes = layers > 0 ? load<usize>(s, scratchRowBytesField) : slopeBytes;
  let slopes = slopesOf(s, thread);
  let other = slopes + slopeBlock(s);
  let slopeTangents = layers > 0 ? other + slopeBlock(s) : inputSlopes;
  let otherTangents = other + slopeBlock(s) * 2;
  addFeatures(s, row, rows, moving, sums);
  if (layers > 0) spread(s, row, rows, load<usize>(s, parametersField), slopes, bytes);
  spread(s, row, rows, load<usize>(s, directionField), slopeTangents, bytes);
  for (let l = layers - 1; l >= 0; l--) {
    const layer = layerOf(s, l);
    addMovingLayer(s, layer, rows, block, moving, slopes, slopeTangents, sums);
    if (l == 0) {
      moveSlopes(s, layer, rows, slopes, slopeTangents, inputSlopes, slopeBytes);
      return;
    }
    const panels = load<usize>(s, parametersField) + load<usize>(layer, rowPanelsField);
    const outputs = load<i32>(layer, outputsField);
    multiplyPacked(slopes, bytes, outputs, panels, other, bytes, rows, whole(load<i32>(layer, inputsField)), false);
    moveSlopes(s, layer, rows, slopes, slopeTangents, otherTangents, bytes);
    const free = slopes;
    slopes = other;
    other = free;
    const freeTangents = slopeTangents;
    slopeTangents = otherTangents;
    otherTangents = freeTangents;
  }
}

/** Brings slopes and their tangents from a layer's activations to its sums, and adds what the latter are to its parameters. */
function addMovingLayer(
  s: usize, layer: usize, rows: i32, block: usize, moving: usize, slopes: usize, slopeTangents: usize, sums: usize,
): void {
  const rowBytes = load<usize>(s, rowBytesField);
  const bytes = load<usize>(s, scratchRowBytesField);
  const inputs = load<i32>(layer, inputsField);
  const outputs = load<i32>(layer, outputsField);
  const from = load<usize>(layer, inputAtField);
  const to = load<usize>(layer, outputAtLayerField);
  const bias = sums + load<usize>(layer, biasGradientField);
  const weights = sums + load<usize>(layer, weightsGradientField);
  const smooth = load<i32>(s, smoothField) != 0;
  backMoving(slopes, slopeTangents, bytes, block + to, moving + to, rowBytes, bias, whole(outputs), rows, smooth);
  addOuter(moving + from, rowBytes, inputs, slopes, bytes, outputs, rows, weights);
  addOuter(block + from, rowBytes, inputs, slopeTangents, bytes, outputs, rows, weights);
}

/** The tangents of the slopes of a layer's input. */
function moveSlopes(s: usize, layer: usize, rows: i32, slopes: usize, slopeTangents: usize, to: usize, toBytes: usize): void {
  const bytes = load<usize>(s, scratchRowBytesField);
  const outputs = load<i32>(layer, outputsField);
  const columns = whole(load<i32>(layer, inputsField));
  const panels = load<usize>(layer, rowPanelsField);
  multiplyPacked(slopeTangents, bytes, outputs, load<usize>(s, parametersField) + panels, to, toBytes, rows, columns, false);
  multiplyPacked(slopes, bytes, outputs, load<usize>(s, directionField) + panels, to, toBytes, rows, columns, true);
}

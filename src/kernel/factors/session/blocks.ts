/** The compiled kernels on the blocks of one side's rows: build, invert, solve, apply. */

import { LetheError } from "../../../errors.ts";
import * as layout from "../../assembly/layout.ts";
import type { Side } from "../../kernels.ts";
import { runRows, sumOf } from "./runs.ts";
import { begin, blocksOf, type HeldProblem, type ItemSide, outputOf, putInput } from "./state.ts";

/** Stores inverse blocks of a side, or of the listed rows; returns how many should be there and are not. */
export function factorise(held: HeldProblem, side: Side, rows?: Uint32Array): number {
  return blockPass(held, layout.opFactorise, side, rows);
}

/** Solves every row of a side, and stores its inverse block; returns the same count. */
export function solve(held: HeldProblem, side: Side): number {
  held.residualsHold = false;
  const failed = blockPass(held, layout.opSolve, side);
  held.pairs?.moved(side);
  return failed;
}

/** Multiplies a side's table by its stored inverse blocks. */
export function applyInverse(held: HeldProblem, side: Side, vector: Float64Array, out: Float64Array): void {
  const { buffers, stride } = held;
  begin(held);
  const rows = chooseSide(held, side);
  if (rows === 0) return;
  putInput(held, vector, rows * stride);
  const address = outputOf(held);
  runRows(held, layout.opApplyInverse, rows, rows * stride ** 2 * 0.4);
  buffers.fetch(out, rows * stride, address);
}

function blockPass(held: HeldProblem, operation: number, side: Side, list?: Uint32Array): number {
  const { buffers, stride, problem, kernels } = held;
  begin(held);
  const rows = chooseSide(held, side);
  chooseRatings(held, side);
  const count = list === undefined ? rows : list.length;
  if (count === 0) return 0;
  const address = list === undefined ? 0 : putList(held, list, rows);
  buffers.set(layout.listField, address);
  buffers.set(layout.sideCountField, count);
  const ratings = problem.ratings.length * (count / rows);
  try {
    const work = ratings * stride * (3 + 0.06 * stride) + count * (300 + stride ** 3 * 0.06);
    const tasks = runRows(held, operation, count, work);
    return sumOf(held, tasks, layout.partialMean);
  } finally {
    if (address !== 0) kernels.memory.free(address);
  }
}

/** Tells the kernels which side the next block operation is about; returns its number of rows. */
function chooseSide(held: HeldProblem, side: Side): number {
  const { buffers, problem, itemsAt } = held;
  const items = side === "item";
  const rows = items ? problem.shape.itemCount : problem.shape.userCount;
  const point = buffers.get(layout.pointField);
  buffers.set(layout.sideBlocksField, blocksOf(held, side));
  buffers.set(layout.sideTableField, items ? point + itemsAt * 8 : point);
  buffers.set(layout.sideOtherTableField, items ? point : point + itemsAt * 8);
  buffers.set(layout.sideScaleField, buffers.get(items ? layout.itemScaleField : layout.userScaleField));
  buffers.set(layout.sideCountField, rows);
  buffers.set(layout.listField, 0);
  return rows;
}

/** Tells the kernels where the side's ratings are. */
function chooseRatings(held: HeldProblem, side: Side): void {
  const { buffers, pairs } = held;
  if (side === "item") held.itemSide ??= takeItemSide(held);
  const items = side === "item" ? held.itemSide : undefined;
  buffers.set(layout.sideMatrixField, pairs?.own(side === "item" ? "user" : "item") ?? 0);
  buffers.set(layout.sideStartField, items?.start ?? buffers.get(layout.userStartField));
  buffers.set(layout.sideOthersField, items?.others ?? buffers.get(layout.userOthersField));
  buffers.set(layout.sideRatingsField, items?.ratings ?? buffers.get(layout.ratingsField));
  buffers.set(layout.sideWeightsField, items?.weights ?? buffers.get(layout.weightsField));
}

function takeItemSide({ buffers, problem }: HeldProblem): ItemSide {
  const { byItem, itemRatings, itemWeights } = problem;
  const purpose = "ratings by item";
  return {
    start: buffers.takeWords(byItem.start, purpose),
    others: buffers.takeWords(byItem.others, purpose),
    ratings: buffers.takeFloats(itemRatings, purpose),
    weights: itemWeights === undefined ? 0 : buffers.takeFloats(itemWeights, purpose),
  };
}

/** Copies a list of rows in; returns its address, to be freed. */
function putList({ kernels }: HeldProblem, list: Uint32Array, rows: number): number {
  const wrong = list.find((row) => row >= rows);
  if (wrong !== undefined) throw new LetheError("internal", `row ${wrong} of a side that has ${rows}`);
  const address = kernels.memory.allocate(list.byteLength, "a list of rows");
  kernels.memory.words().set(list, address / 4);
  return address;
}

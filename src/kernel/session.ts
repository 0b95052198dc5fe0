/** A problem in the shared memory, and the calls of the compiled kernels on it. */

import { LetheError } from "../errors.ts";
import * as layout from "./assembly/layout.ts";
import { openBuffers } from "./buffers.ts";
import { checkProblem } from "./checks.ts";
import {
  type Curvature,
  chunkBorders,
  chunkCount,
  type FactorProblem,
  type FactorSession,
  parameterCountOf,
  type Side,
  strideOf,
} from "./kernels.ts";
import type { KernelMemory } from "./memory.ts";
import { openPairs, type Pairs } from "./pairs.ts";
import type { Pool } from "./pool.ts";
import { blockBytesOf, chunksFor, longestRow, scratchBytes, tableBytesOf } from "./sizes.ts";

/** What the sessions of a set of kernels share. */
export interface Host {
  readonly memory: KernelMemory;
  readonly pool: Pool;
  readonly threads: number;
  /** Nanoseconds of estimated work below which a call stays on one thread. */
  readonly serialBelow: number;
}

// Tasks of an operation whose rows are independent of each other.
const blockTasks = 64;

/** Copies a problem to the shared memory. Throws what `checkProblem` throws, and `unsupported` when it does not fit. */
export function openSession(problem: FactorProblem, host: Host): FactorSession {
  checkProblem(problem);
  const { pool } = host;
  const { shape, byUser, byItem, constant = 0 } = problem;
  const { userCount, itemCount } = shape;
  const stride = strideOf(shape);
  const parameterCount = parameterCountOf(shape);
  const itemsAt = userCount * stride;
  const meanAt = parameterCount - 1;
  const reducedCount = parameterCount - itemsAt;
  const ratingCount = problem.ratings.length;
  const tableBytes = tableBytesOf(itemCount, stride);
  const blockBytes = blockBytesOf(stride);
  const chunks = chunksFor(ratingCount, stride, tableBytes, host.serialBelow);
  const buffers = openBuffers(host.memory);
  const { get, set, setFloat, lazily } = buffers;
  let closed = false;
  let residualsHold = false;
  let itemSide: { start: number; others: number; ratings: number; weights: number } | undefined;
  let pairs: Pairs | undefined;

  const input = () => lazily(layout.inputField, parameterCount * 8, "vectors");
  const output = () => lazily(layout.outputField, parameterCount * 8, "vectors");
  const userBlocks = () => lazily(layout.userBlocksField, userCount * blockBytes, "the users' inverse blocks");
  const itemBlocks = () => lazily(layout.itemBlocksField, itemCount * blockBytes, "the items' inverse blocks");

  function begin(): void {
    if (closed) throw new LetheError("internal", "the kernel session is closed");
    const mean = shape.learnedMean ? buffers.floatAt(get(layout.pointField) + meanAt * 8) : problem.fixedMean;
    setFloat(layout.meanField, mean);
  }

  function putInput(vector: Float64Array, length: number): void {
    if (vector.length < length)
      throw new LetheError("internal", `a vector of ${vector.length} where the kernels need ${length}`);
    buffers.put(vector, length, input());
  }

  /** Nanoseconds of a pass over the ratings that does `perFactor` multiplications and additions a factor. */
  function passWork(perFactor: number): number {
    return ratingCount * (4 + 0.2 * perFactor * stride);
  }

  function run(operation: number, tasks: number, nanoseconds: number, worthwhile = host.serialBelow): void {
    pool.run(operation, buffers.session, tasks, tasks > 1 && nanoseconds >= worthwhile && pool.helped());
  }

  /** The sum of a number that every task left, in the order of the tasks. */
  function sum(tasks: number, field: number): number {
    const at = get(layout.partialsField) + field;
    let total = 0;
    for (let task = 0; task < tasks; task++) total += buffers.floatAt(at + task * layout.partialBytes);
    return total;
  }

  /** A pass over the chunks with private item tables, what has to be done then, and the sum of these into the output. */
  function passAndReduce(
    operation: number,
    perFactor: number,
    penalised: "point" | "input" | "nothing",
    places: { input: number; output: number },
    between: () => void = () => {},
  ): { value: number; mean: number } {
    lazily(layout.accumulatorsField, chunks * tableBytes, "private item tables");
    output();
    set(layout.penalisedField, { nothing: 0, point: 1, input: 2 }[penalised]);
    set(layout.inputItemsField, places.input * 8);
    set(layout.outputItemsField, places.output * 8);
    run(operation, chunks, passWork(perFactor));
    const value = sum(chunks, layout.partialValue);
    const mean = sum(chunks, layout.partialMean);
    between();
    // The other threads are still awake, so that less work is worth sharing.
    run(layout.opReduce, chunkCount, 0.25 * chunks * itemCount * stride, host.serialBelow / 5);
    return { value: value + sum(chunkCount, layout.partialValue), mean };
  }

  /** Copies the output out, with the mean's entry (the last one) when it is learned. */
  function fetchOutput(out: Float64Array, length: number, mean: number): void {
    buffers.fetch(out, length, output());
    if (shape.learnedMean) out[length - 1] = mean;
  }

  function keepResiduals(): void {
    lazily(layout.residualsField, ratingCount * 8, "residuals");
    if (residualsHold) return;
    run(layout.opResiduals, chunks, passWork(1));
    residualsHold = true;
  }

  function setPoint(params: Float64Array): void {
    begin();
    if (params.length < parameterCount)
      throw new LetheError("internal", `a vector of ${params.length} where the kernels need ${parameterCount}`);
    buffers.put(params, parameterCount, get(layout.pointField));
    residualsHold = false;
    pairs?.moved("user");
    pairs?.moved("item");
  }

  function getPoint(out: Float64Array): void {
    begin();
    buffers.fetch(out, parameterCount, get(layout.pointField));
  }

  function residuals(out: Float64Array): void {
    begin();
    keepResiduals();
    buffers.fetch(out, ratingCount, get(layout.residualsField));
  }

  /** J, from what the passes have of it. */
  function objectiveOf(value: number): number {
    return (pairs === undefined ? value : value + pairs.value()) + constant;
  }

  function evaluate(gradient: Float64Array): number {
    begin();
    pairs?.use({ users: pairs.own("item"), items: pairs.own("user") });
    const { value, mean } = passAndReduce(layout.opEvaluate, 3, "point", { input: 0, output: itemsAt });
    residualsHold = get(layout.residualsField) !== 0;
    fetchOutput(gradient, parameterCount, mean);
    return objectiveOf(value);
  }

  function hessianProduct(direction: Float64Array, out: Float64Array, curvature: Curvature): void {
    begin();
    putInput(direction, parameterCount);
    setFloat(layout.movedField, shape.learnedMean ? direction[meanAt] : 0);
    const full = curvature === "full";
    if (full) keepResiduals();
    pairs?.use({
      users: pairs.moving("item", input() + itemsAt * 8, full),
      userMoves: pairs.own("item"),
      items: pairs.moving("user", input(), full),
      itemMoves: pairs.own("user"),
    });
    const places = { input: itemsAt, output: itemsAt };
    const operation = full ? layout.opHessian : layout.opGaussNewton;
    const { mean } = passAndReduce(operation, full ? 6 : 4, "input", places);
    fetchOutput(out, parameterCount, mean);
  }

  /** Tells the kernels which side the next block operation is about; returns its number of rows. */
  function chooseSide(side: Side): number {
    const items = side === "item";
    const rows = items ? itemCount : userCount;
    const point = get(layout.pointField);
    set(layout.sideBlocksField, items ? itemBlocks() : userBlocks());
    set(layout.sideTableField, items ? point + itemsAt * 8 : point);
    set(layout.sideOtherTableField, items ? point : point + itemsAt * 8);
    set(layout.sideScaleField, get(items ? layout.itemScaleField : layout.userScaleField));
    set(layout.sideCountField, rows);
    set(layout.listField, 0);
    return rows;
  }

  function chooseRatings(side: Side): void {
    if (side === "item")
      itemSide ??= {
        start: buffers.takeWords(byItem.start, "ratings by item"),
        others: buffers.takeWords(byItem.others, "ratings by item"),
        ratings: buffers.takeFloats(problem.itemRatings, "ratings by item"),
        weights: problem.itemWeights === undefined ? 0 : buffers.takeFloats(problem.itemWeights, "ratings by item"),
      };
    const items = side === "item" ? itemSide : undefined;
    set(layout.sideMatrixField, pairs?.own(side === "item" ? "user" : "item") ?? 0);
    set(layout.sideStartField, items?.start ?? get(layout.userStartField));
    set(layout.sideOthersField, items?.others ?? get(layout.userOthersField));
    set(layout.sideRatingsField, items?.ratings ?? get(layout.ratingsField));
    set(layout.sideWeightsField, items?.weights ?? get(layout.weightsField));
  }

  /** Runs an operation whose rows are independent of each other; returns the number of its tasks. */
  function runRows(operation: number, count: number, nanoseconds: number): number {
    const grain = Math.ceil(count / blockTasks);
    set(layout.grainField, grain);
    const tasks = Math.ceil(count / grain);
    run(operation, tasks, nanoseconds);
    return tasks;
  }

  function blockPass(operation: number, side: Side, list?: Uint32Array): number {
    begin();
    const rows = chooseSide(side);
    chooseRatings(side);
    const count = list === undefined ? rows : list.length;
    if (count === 0) return 0;
    const address = list === undefined ? 0 : listed(list, rows);
    set(layout.listField, address);
    set(layout.sideCountField, count);
    const ratings = ratingCount * (count / rows);
    try {
      const work = ratings * stride * (3 + 0.06 * stride) + count * (300 + stride ** 3 * 0.06);
      const tasks = runRows(operation, count, work);
      return sum(tasks, layout.partialMean);
    } finally {
      if (address !== 0) host.memory.free(address);
    }
  }

  function listed(list: Uint32Array, rows: number): number {
    const wrong = list.find((row) => row >= rows);
    if (wrong !== undefined) throw new LetheError("internal", `row ${wrong} of a side that has ${rows}`);
    const address = host.memory.allocate(list.byteLength, "a list of rows");
    host.memory.words().set(list, address / 4);
    return address;
  }

  function solve(side: Side): number {
    residualsHold = false;
    const failed = blockPass(layout.opSolve, side);
    pairs?.moved(side);
    return failed;
  }

  function applyInverse(side: Side, vector: Float64Array, out: Float64Array): void {
    begin();
    const rows = chooseSide(side);
    if (rows === 0) return;
    putInput(vector, rows * stride);
    const address = output();
    runRows(layout.opApplyInverse, rows, rows * stride ** 2 * 0.4);
    buffers.fetch(out, rows * stride, address);
  }

  function relaxUsers(reducedGradient: Float64Array): number {
    begin();
    userBlocks();
    pairs?.use({ users: pairs.own("item") });
    const { value, mean } = passAndReduce(layout.opRelaxUsers, 4, "point", { input: 0, output: 0 }, () => {
      pairs?.moved("user");
      pairs?.use({ items: pairs.own("user") });
    });
    residualsHold = get(layout.residualsField) !== 0;
    fetchOutput(reducedGradient, reducedCount, mean);
    return objectiveOf(value);
  }

  /** Takes in a reduced vector for a product with the full curvature. */
  function putReduced(vector: Float64Array): void {
    putInput(vector, reducedCount);
    setFloat(layout.movedField, shape.learnedMean ? vector[reducedCount - 1] : 0);
    keepResiduals();
  }

  function schurProduct(vector: Float64Array, out: Float64Array): void {
    begin();
    userBlocks();
    putReduced(vector);
    const taken = pairs === undefined ? 0 : output() + reducedCount * 8;
    set(layout.takenField, taken);
    pairs?.use({ users: pairs.moving("item", input(), true) });
    const { mean } = passAndReduce(layout.opSchur, 6, "input", { input: 0, output: 0 }, () =>
      pairs?.use({ items: pairs.moving("user", taken, true), itemMoves: pairs.own("user") }),
    );
    fetchOutput(out, reducedCount, mean);
  }

  function userCoupling(vector: Float64Array, out: Float64Array): void {
    begin();
    putReduced(vector);
    pairs?.use({ users: pairs.moving("item", input(), true) });
    const address = output();
    run(layout.opUserCoupling, chunks, passWork(3));
    buffers.fetch(out, itemsAt, address);
  }

  function itemCoupling(vector: Float64Array, out: Float64Array): void {
    begin();
    putInput(vector, itemsAt);
    keepResiduals();
    pairs?.use({ items: pairs.moving("user", input(), true) });
    const { mean } = passAndReduce(layout.opItemCoupling, 3, "nothing", { input: 0, output: 0 });
    fetchOutput(out, reducedCount, mean);
  }

  function describe(): void {
    const { factors, biases } = shape;
    set(layout.userCountField, userCount);
    set(layout.itemCountField, itemCount);
    set(layout.factorsField, factors);
    set(layout.biasesField, biases ? 1 : 0);
    set(layout.strideField, stride);
    set(layout.userStartField, buffers.takeWords(byUser.start, "ratings by user"));
    set(layout.userOthersField, buffers.takeWords(byUser.others, "ratings by user"));
    set(layout.ratingsField, buffers.takeFloats(problem.ratings, "ratings by user"));
    if (problem.weights !== undefined) set(layout.weightsField, buffers.takeFloats(problem.weights, "ratings by user"));
    set(layout.userScaleField, buffers.takeFloats(problem.userScale, "scales"));
    set(layout.itemScaleField, buffers.takeFloats(problem.itemScale, "scales"));
    setFloat(layout.factorPenaltyField, problem.factorPenalty);
    setFloat(layout.biasPenaltyField, problem.biasPenalty);
    // One entry more, since an odd last factor is copied with its neighbour.
    lazily(layout.pointField, parameterCount * 8 + 8, "parameters");
    set(layout.accumulatorGapField, tableBytes);
    set(layout.blockBytesField, blockBytes);
    const scratch = scratchBytes(stride, longestRow(byUser));
    set(layout.scratchGapField, scratch);
    set(layout.scratchField, buffers.take(scratch * host.threads, "scratch"));
    set(layout.partialsField, buffers.take(blockTasks * layout.partialBytes, "sums"));
    describeChunks();
    const { zeroWeight = 0 } = problem;
    if (zeroWeight > 0) pairs = openPairs({ buffers, shape, zeroWeight, run });
  }

  function describeChunks(): void {
    const all = chunkBorders(byUser.start);
    const borders = Uint32Array.from({ length: chunks + 1 }, (_, c) => all[(c * chunkCount) / chunks]);
    const ranges = Uint32Array.from({ length: chunkCount + 1 }, (_, c) => Math.floor((itemCount * c) / chunkCount));
    set(layout.chunksField, chunks);
    set(layout.bordersField, buffers.takeWords(borders, "borders"));
    set(layout.rangesField, buffers.takeWords(ranges, "borders"));
  }

  function close(): void {
    closed = true;
    buffers.free();
  }

  try {
    describe();
  } catch (error) {
    close();
    throw error;
  }

  return {
    parameterCount,
    stride,
    reducedCount,
    setPoint,
    getPoint,
    residuals,
    evaluate,
    hessianProduct,
    factorise: (side, rows) => blockPass(layout.opFactorise, side, rows),
    solve,
    applyInverse,
    relaxUsers,
    schurProduct,
    userCoupling,
    itemCoupling,
    close,
  };
}

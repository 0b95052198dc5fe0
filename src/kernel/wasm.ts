/** The kernels in WebAssembly: what `reference.ts` defines, with SIMD and threads. */

import { readFileSync } from "node:fs";
import { LetheError } from "../errors.ts";
import * as layout from "./assembly/layout.ts";
import {
  type Curvature,
  chunkBorders,
  chunkCount,
  type FactorKernels,
  type FactorProblem,
  type FactorSession,
  type Grouped,
  parameterCountOf,
  type Side,
  strideOf,
} from "./kernels.ts";
import { type KernelMemory, openMemory, type SharedMemory } from "./memory.ts";
import { type KernelExports, openPool, type Pool } from "./pool.ts";

/** How to make the kernels; what comes after `threads` exists for the tests. */
export interface WasmOptions {
  /** Threads that share a call, 1 to 8. */
  readonly threads?: number | undefined;
  /** Nanoseconds of estimated work below which a call stays on one thread. */
  readonly serialBelow?: number | undefined;
  readonly workerUrl?: URL | undefined;
  readonly patience?: number | undefined;
  readonly maximumPages?: number | undefined;
}

/** Kernels with a view of the memory that they hold. */
export interface WasmKernels extends FactorKernels {
  readonly memory: Pick<KernelMemory, "size" | "used">;
  /** Whether the other threads have started; they do at the first call that is worth it. */
  ready(): boolean;
}

declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: SharedMemory } }) => { exports: unknown };
};

let compiled: object | undefined;

function moduleOnce(): object {
  if (compiled !== undefined) return compiled;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(new URL("./kernels.wasm", import.meta.url));
  } catch {
    throw new LetheError("internal", "kernels.wasm is missing beside the kernels", "run `npm run build:kernels`");
  }
  compiled = new WebAssembly.Module(bytes);
  return compiled;
}

/** Makes the WebAssembly kernels. Throws `bad-input` when threads is not 1 to 8. */
export function wasmKernels(options: WasmOptions = {}): WasmKernels {
  const threads = options.threads ?? 1;
  if (!Number.isInteger(threads) || threads < 1 || threads > 8)
    throw new LetheError("bad-input", `kernels share a call between 1 and 8 threads, not ${threads}`);
  const module = moduleOnce();
  const memory = openMemory(options.maximumPages);
  const instance = new WebAssembly.Instance(module, { env: { memory: memory.memory } });
  const exports = instance.exports as KernelExports;
  const pool = openPool({ ...options, threads, module, memory: memory.memory, exports });
  const host = { memory, pool, threads, serialBelow: options.serialBelow ?? 500_000 };
  return {
    name: "wasm",
    threads,
    memory,
    ready: () => pool.helped(),
    open: (problem) => openSession(problem, host),
    close: () => pool.close(),
  };
}

interface Host {
  readonly memory: KernelMemory;
  readonly pool: Pool;
  readonly threads: number;
  readonly serialBelow: number;
}

// More than this for the private item tables, and there are fewer chunks.
const accumulatorLimit = 2 ** 30;
// Tasks of an operation whose rows are independent of each other.
const blockTasks = 64;

function openSession(problem: FactorProblem, host: Host): FactorSession {
  const { memory, pool } = host;
  const { shape, byUser, byItem } = problem;
  const { userCount, itemCount, factors } = shape;
  const stride = strideOf(shape);
  const parameterCount = parameterCountOf(shape);
  const itemsAt = userCount * stride;
  const meanAt = parameterCount - 1;
  const reducedCount = parameterCount - itemsAt;
  const ratingCount = problem.ratings.length;
  const tiles = (stride + 1) >> 1;
  const blockBytes = 16 * tiles * (tiles + 1);
  const tableBytes = Math.ceil((itemCount * stride * 8) / 64) * 64 + 64;
  const chunks = chunksFor();
  const owned: number[] = [];
  let session = 0;
  let closed = false;
  let residualsHold = false;

  function take(bytes: number, purpose: string): number {
    const address = memory.allocate(bytes, purpose);
    owned.push(address);
    return address;
  }

  function takeFloats(values: Float64Array, purpose: string): number {
    const address = take(values.byteLength, purpose);
    memory.floats().set(values, address / 8);
    return address;
  }

  function takeWords(values: Uint32Array, purpose: string): number {
    const address = take(values.byteLength, purpose);
    memory.words().set(values, address / 4);
    return address;
  }

  function set(field: number, value: number): void {
    memory.words()[(session + field) / 4] = value;
  }

  function setFloat(field: number, value: number): void {
    memory.floats()[(session + field) / 8] = value;
  }

  function get(field: number): number {
    return memory.words()[(session + field) / 4];
  }

  /** The buffer of a field, made (with zeros) when it is first needed. */
  function buffer(field: number, bytes: number, purpose: string): number {
    const there = get(field);
    if (there !== 0) return there;
    const address = take(bytes, purpose);
    memory.floats().fill(0, address / 8, (address + bytes) / 8);
    set(field, address);
    return address;
  }

  const input = () => buffer(layout.inputField, parameterCount * 8, "vectors") / 8;
  const output = () => buffer(layout.outputField, parameterCount * 8, "vectors") / 8;
  const tables = () => buffer(layout.accumulatorsField, chunks * tableBytes, "private item tables");
  const kept = () => buffer(layout.residualsField, ratingCount * 8, "residuals") / 8;
  const blocksOf = (side: Side) =>
    side === "user"
      ? buffer(layout.userBlocksField, userCount * blockBytes, "inverse blocks of users")
      : itemSide().blocks();

  /** The ratings in item-major order and the items' blocks, for the calls that need them. */
  let itemBuffers: { start: number; others: number; ratings: number; blocks(): number } | undefined;
  function itemSide() {
    if (itemBuffers !== undefined) return itemBuffers;
    let stored = 0;
    itemBuffers = {
      start: takeWords(byItem.start, "ratings by item"),
      others: takeWords(byItem.others, "ratings by item"),
      ratings: takeFloats(problem.itemRatings, "ratings by item"),
      blocks: () => {
        if (stored === 0) {
          stored = take(itemCount * blockBytes, "inverse blocks of items");
          memory.floats().fill(0, stored / 8, (stored + itemCount * blockBytes) / 8);
        }
        return stored;
      },
    };
    return itemBuffers;
  }

  /** Nanoseconds of a pass over the ratings that does `perFactor` multiplications and additions a factor. */
  function passWork(perFactor: number): number {
    return ratingCount * (4 + 0.3 * perFactor * factors);
  }

  function chunksFor(): number {
    // A choice by the problem alone: the bytes of a result may not depend on the threads.
    if (ratingCount * (4 + 0.6 * factors) < host.serialBelow) return 1;
    let count = chunkCount;
    while (count > 1 && count * tableBytes > accumulatorLimit) count /= 2;
    return count;
  }

  function run(operation: number, tasks: number, nanoseconds: number): void {
    pool.run(operation, session, tasks, tasks > 1 && nanoseconds >= host.serialBelow && pool.helped());
  }

  function begin(): void {
    if (closed) throw new LetheError("internal", "the kernel session is closed");
    setFloat(
      layout.meanField,
      shape.learnedMean ? memory.floats()[get(layout.pointField) / 8 + meanAt] : problem.fixedMean,
    );
  }

  function sum(count: number, field: number): number {
    const floats = memory.floats();
    const at = get(layout.partialsField) / 8 + field / 8;
    let total = 0;
    for (let k = 0; k < count; k++) total += floats[at + (k * layout.partialBytes) / 8];
    return total;
  }

  /** A pass over the chunks with private item tables, and their sum into `outputItems` of the output. */
  function passAndReduce(
    operation: number,
    perFactor: number,
    penalised: 0 | 1 | 2,
    inputItems: number,
    outputItems: number,
  ): { value: number; mean: number } {
    tables();
    output();
    set(layout.penalisedField, penalised);
    set(layout.inputItemsField, inputItems * 8);
    set(layout.outputItemsField, outputItems * 8);
    run(operation, chunks, passWork(perFactor));
    const value = sum(chunks, layout.partialValue);
    const mean = sum(chunks, layout.partialMean);
    run(layout.opReduce, chunkCount, 2 * chunks * itemCount * stride);
    return { value: value + sum(chunkCount, layout.partialValue), mean };
  }

  function putInput(vector: Float64Array, length: number): void {
    const at = input();
    memory.floats().set(vector.length === length ? vector : vector.subarray(0, length), at);
  }

  function takeOutput(out: Float64Array, length: number): void {
    const at = output();
    out.set(memory.floats().subarray(at, at + length));
  }

  function setPoint(params: Float64Array): void {
    memory.floats().set(params, get(layout.pointField) / 8);
    residualsHold = false;
  }

  function getPoint(out: Float64Array): void {
    const at = get(layout.pointField) / 8;
    out.set(memory.floats().subarray(at, at + parameterCount));
  }

  function keepResiduals(): void {
    kept();
    if (residualsHold) return;
    run(layout.opResiduals, chunks, passWork(1));
    residualsHold = true;
  }

  function residuals(out: Float64Array): void {
    begin();
    keepResiduals();
    const at = kept();
    out.set(memory.floats().subarray(at, at + ratingCount));
  }

  function evaluate(gradient: Float64Array): number {
    begin();
    const { value, mean } = passAndReduce(layout.opEvaluate, 3, 1, 0, itemsAt);
    residualsHold = get(layout.residualsField) !== 0;
    takeOutput(gradient, parameterCount);
    if (shape.learnedMean) gradient[meanAt] = mean;
    return value;
  }

  function hessianProduct(direction: Float64Array, out: Float64Array, curvature: Curvature): void {
    begin();
    putInput(direction, parameterCount);
    setFloat(layout.movedField, shape.learnedMean ? direction[meanAt] : 0);
    if (curvature === "full") keepResiduals();
    const operation = curvature === "full" ? layout.opHessian : layout.opGaussNewton;
    const { mean } = passAndReduce(operation, curvature === "full" ? 6 : 4, 2, itemsAt, itemsAt);
    takeOutput(out, parameterCount);
    if (shape.learnedMean) out[meanAt] = mean;
  }

  function chooseSide(side: Side): { grouped: Grouped; rows: number } {
    set(layout.sideBlocksField, blocksOf(side));
    const point = get(layout.pointField);
    const items = side === "item";
    const rows = items ? itemCount : userCount;
    set(layout.sideTableField, items ? point + itemsAt * 8 : point);
    set(layout.sideOtherTableField, items ? point : point + itemsAt * 8);
    set(layout.sideCountField, rows);
    set(layout.listField, 0);
    set(layout.sideScaleField, get(items ? layout.itemScaleField : layout.userScaleField));
    return { grouped: items ? byItem : byUser, rows };
  }

  function blockPass(operation: number, side: Side, rows?: Uint32Array): number {
    begin();
    const chosen = chooseSide(side);
    set(layout.sideStartField, side === "item" ? itemSide().start : get(layout.userStartField));
    set(layout.sideOthersField, side === "item" ? itemSide().others : get(layout.userOthersField));
    set(layout.sideRatingsField, side === "item" ? itemSide().ratings : get(layout.ratingsField));
    const count = rows === undefined ? chosen.rows : rows.length;
    if (count === 0) return 0;
    const list = rows === undefined ? 0 : memory.allocate(rows.byteLength, "rows to factorise");
    if (rows !== undefined) memory.words().set(rows, list / 4);
    set(layout.listField, list);
    set(layout.sideCountField, count);
    const grain = Math.ceil(count / blockTasks);
    set(layout.grainField, grain);
    const tasks = Math.ceil(count / grain);
    const share = count / chosen.rows;
    run(operation, tasks, share * ratingCount * stride ** 2 * 0.07 + count * (300 + stride ** 3 * 0.08));
    if (list !== 0) memory.free(list);
    return sum(tasks, layout.partialMean);
  }

  function solve(side: Side): number {
    const failed = blockPass(layout.opSolve, side);
    residualsHold = false;
    return failed;
  }

  function applyInverse(side: Side, vector: Float64Array, out: Float64Array): void {
    begin();
    const { rows } = chooseSide(side);
    if (rows === 0) return;
    output();
    putInput(vector, rows * stride);
    const grain = Math.ceil(rows / blockTasks);
    set(layout.grainField, grain);
    run(layout.opApplyInverse, Math.ceil(rows / grain), rows * stride ** 2 * 0.4);
    takeOutput(out, rows * stride);
  }

  function relaxUsers(reducedGradient: Float64Array): number {
    begin();
    blocksOf("user");
    const { value, mean } = passAndReduce(layout.opRelaxUsers, 4, 1, 0, 0);
    residualsHold = get(layout.residualsField) !== 0;
    takeOutput(reducedGradient, reducedCount);
    if (shape.learnedMean) reducedGradient[reducedCount - 1] = mean;
    return value;
  }

  /** Takes in a reduced vector for a product with the full curvature. */
  function putReduced(vector: Float64Array): void {
    putInput(vector, reducedCount);
    setFloat(layout.movedField, shape.learnedMean ? vector[reducedCount - 1] : 0);
    keepResiduals();
  }

  function schurProduct(vector: Float64Array, out: Float64Array): void {
    begin();
    blocksOf("user");
    putReduced(vector);
    const { mean } = passAndReduce(layout.opSchur, 6, 2, 0, 0);
    takeOutput(out, reducedCount);
    if (shape.learnedMean) out[reducedCount - 1] = mean;
  }

  function userCoupling(vector: Float64Array, out: Float64Array): void {
    begin();
    output();
    putReduced(vector);
    run(layout.opUserCoupling, chunks, passWork(3));
    takeOutput(out, itemsAt);
  }

  function itemCoupling(vector: Float64Array, out: Float64Array): void {
    begin();
    putInput(vector, itemsAt);
    keepResiduals();
    const { mean } = passAndReduce(layout.opItemCoupling, 3, 0, 0, 0);
    takeOutput(out, reducedCount);
    if (shape.learnedMean) out[reducedCount - 1] = mean;
  }

  function close(): void {
    if (closed) return;
    closed = true;
    for (const address of owned) memory.free(address);
  }

  function describe(): void {
    session = take(layout.sessionBytes, "the session");
    memory.floats().fill(0, session / 8, (session + layout.sessionBytes) / 8);
    set(layout.userCountField, userCount);
    set(layout.itemCountField, itemCount);
    set(layout.factorsField, factors);
    set(layout.biasesField, shape.biases ? 1 : 0);
    set(layout.strideField, stride);
    set(layout.userStartField, takeWords(byUser.start, "ratings by user"));
    set(layout.userOthersField, takeWords(byUser.others, "ratings by user"));
    set(layout.ratingsField, takeFloats(problem.ratings, "ratings by user"));
    set(layout.userScaleField, takeFloats(problem.userScale, "scales"));
    set(layout.itemScaleField, takeFloats(problem.itemScale, "scales"));
    buffer(layout.pointField, parameterCount * 8 + 8, "parameters");
    set(layout.accumulatorGapField, tableBytes);
    set(layout.blockBytesField, blockBytes);
    const scratch = scratchBytes(stride, longestRow(byUser));
    set(layout.scratchGapField, scratch);
    set(layout.scratchField, take(scratch * host.threads, "scratch"));
    set(layout.partialsField, take(blockTasks * layout.partialBytes, "sums"));
    const all = chunkBorders(byUser.start);
    const every = chunkCount / chunks;
    const borders = Uint32Array.from({ length: chunks + 1 }, (_, c) => all[c * every]);
    set(layout.bordersField, takeWords(borders, "borders"));
    const ranges = Uint32Array.from({ length: chunkCount + 1 }, (_, c) => Math.floor((itemCount * c) / chunkCount));
    set(layout.rangesField, takeWords(ranges, "borders"));
    set(layout.chunksField, chunks);
    setFloat(layout.factorPenaltyField, problem.factorPenalty);
    setFloat(layout.biasPenaltyField, problem.biasPenalty);
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

function longestRow(grouped: Grouped): number {
  let longest = 0;
  for (let r = 0; r + 1 < grouped.start.length; r++) {
    const length = grouped.start[r + 1] - grouped.start[r];
    if (length > longest) longest = length;
  }
  return longest;
}

/** Bytes of one thread's scratch: three padded matrices for a block, or two rows and one number a rating for a pass. */
function scratchBytes(stride: number, longest: number): number {
  const padded = (stride + 4) & ~3;
  const rows = (stride + 3) & ~3;
  const forBlocks = padded * (layout.batchSize + 2 * rows) + rows;
  const forPasses = 2 * (stride + 1) + longest;
  return Math.ceil((8 * Math.max(forBlocks, forPasses)) / 128) * 128 + 128;
}

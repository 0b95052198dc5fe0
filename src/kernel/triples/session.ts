/** One problem on triples in the memory of WebAssembly: its buffers, and which kernel does what. */

import { LetheError } from "../../errors.ts";
import * as layout from "../assembly/triples/layout.ts";
import type { LoadedKernels } from "../load.ts";
import { batchesOf, bordersOf } from "./batches.ts";
import { checkOrder, checkTriples, type TripleProblem, type TripleSession, tripleParameters } from "./triples.ts";

// Chunks of users with private item tables: a choice by the problem alone, since the bytes of a result depend on it.
const mostChunks = 8;
const triplesOfChunk = 2048;
const accumulatorLimit = 2 ** 30;
// Ranges of items that are added up together.
const ranges = 8;
// Triples of one call of `descend`.
const orderBlock = 65536;

/** Opens a session. */
export function openTriples(kernels: LoadedKernels, problem: TripleProblem): TripleSession {
  checkTriples(problem);
  const { userCount, itemCount, factors, users } = problem;
  const { memory } = kernels;
  const parameterCount = tripleParameters(problem);
  // Cache lines of its own, since another chunk's table begins behind it.
  const tableBytes = Math.ceil((itemCount * factors * 8) / 64) * 64 + 64;
  const chunks = chunksFor(users.length, tableBytes);
  const owned: number[] = [];
  const description = take(layout.sessionBytes, "the session");
  let slopesHold = false;
  let closed = false;

  function take(bytes: number, purpose: string): number {
    const address = memory.allocate(bytes, purpose);
    owned.push(address);
    return address;
  }

  const get = (field: number): number => memory.words()[(description + field) / 4];

  function set(field: number, value: number): void {
    memory.words()[(description + field) / 4] = value;
  }

  function setFloat(field: number, value: number): void {
    memory.floats()[(description + field) / 8] = value;
  }

  function place(field: number, values: Uint32Array): void {
    const address = take(values.byteLength, "triples");
    memory.words().set(values, address / 4);
    set(field, address);
  }

  /** The address in a field, reserved at its first use. */
  function lazily(field: number, bytes: number, purpose: string): number {
    if (get(field) === 0) set(field, take(bytes, purpose));
    return get(field);
  }

  function floatsAt(field: number, length: number): Float64Array {
    const address = get(field);
    return memory.floats().subarray(address / 8, address / 8 + length);
  }

  function begin(): void {
    if (closed) throw new LetheError("internal", "the session is closed", "open a new one");
  }

  /** Nanoseconds of a pass with so many multiplications for every triple and factor. */
  const passWork = (products: number) => users.length * (10 + products * factors * 0.2);

  /** Overwrites `output`, the items' part from the chunks' tables; returns the sum of the chunks' values. */
  function pass(operation: number, products: number): number {
    lazily(layout.accumulatorsField, tableBytes * chunks, "gradients of the items");
    kernels.run(operation, description, chunks, passWork(products));
    kernels.run(layout.opReduce, description, ranges, itemCount * factors * chunks * 0.3);
    return values(chunks);
  }

  function values(tasks: number): number {
    const from = get(layout.partialsField);
    let sum = 0;
    for (let task = 0; task < tasks; task++) sum += memory.floats()[(from + task * layout.partialBytes) / 8];
    return sum;
  }

  function evaluate(gradient: Float64Array): number {
    begin();
    lazily(layout.outputField, parameterCount * 8, "parameters");
    const value = pass(layout.opEvaluate, 6);
    slopesHold = get(layout.slopesField) !== 0;
    gradient.set(floatsAt(layout.outputField, parameterCount));
    return value;
  }

  function keepSlopes(): void {
    lazily(layout.slopesField, users.length * 8, "slopes of the triples");
    if (!slopesHold) kernels.run(layout.opSlopes, description, chunks, passWork(2));
    slopesHold = true;
  }

  function hessianProduct(direction: Float64Array, out: Float64Array, curvature: "full" | "gauss-newton"): void {
    begin();
    lazily(layout.inputField, parameterCount * 8, "parameters");
    lazily(layout.outputField, parameterCount * 8, "parameters");
    keepSlopes();
    floatsAt(layout.inputField, parameterCount).set(direction.subarray(0, parameterCount));
    const full = curvature === "full";
    pass(full ? layout.opFullProduct : layout.opGaussNewtonProduct, full ? 12 : 8);
    out.set(floatsAt(layout.outputField, parameterCount));
  }

  function descend(order: Uint32Array, learningRate: number, l2: number): number {
    begin();
    checkOrder(order, users.length);
    placeTriples();
    slopesHold = false;
    setFloat(layout.learningRateField, learningRate);
    setFloat(layout.l2Field, l2);
    const address = lazily(layout.orderField, orderBlock * 4, "an order of triples");
    let value = 0;
    for (let from = 0; from < order.length; from += orderBlock) {
      const some = order.subarray(from, from + orderBlock);
      memory.words().set(some, address / 4);
      set(layout.countField, some.length);
      kernels.run(layout.opDescend, description, 1, 0);
      value += values(1);
    }
    return order.length > 0 ? value / order.length : 0;
  }

  /** Lays out the three columns side by side, so that a triple is met on one cache line. */
  function placeTriples(): void {
    if (get(layout.triplesField) !== 0) return;
    const address = lazily(layout.triplesField, users.length * 12, "triples");
    const words = memory.words();
    for (let t = 0, at = address / 4; t < users.length; t++, at += 3) {
      words[at] = users[t];
      words[at + 1] = problem.liked[t];
      words[at + 2] = problem.others[t];
    }
  }

  function describe(): void {
    memory.floats().fill(0, description / 8, (description + layout.sessionBytes) / 8);
    set(layout.userCountField, userCount);
    set(layout.itemCountField, itemCount);
    set(layout.factorsField, factors);
    set(layout.chunksField, chunks);
    set(layout.rangesField, ranges);
    set(layout.accumulatorGapField, tableBytes);
    const { items, runs, batches, userBatches } = batchesOf(problem);
    place(layout.itemsField, items);
    place(layout.runsField, runs);
    place(layout.batchesField, batches);
    place(layout.userBatchesField, userBatches);
    place(layout.bordersField, bordersOf(problem, chunks));
    set(layout.scratchField, take(layout.scratchBytes * kernels.threads, "scratch"));
    set(layout.partialsField, take(layout.partialBytes * Math.max(chunks, ranges), "sums"));
    set(layout.pointField, take(parameterCount * 8, "parameters"));
    floatsAt(layout.pointField, parameterCount).fill(0);
  }

  function close(): void {
    closed = true;
    for (const address of owned.splice(0)) memory.free(address);
  }

  try {
    describe();
  } catch (error) {
    close();
    throw error;
  }

  return {
    parameterCount,
    setPoint(params) {
      begin();
      slopesHold = false;
      floatsAt(layout.pointField, parameterCount).set(params.subarray(0, parameterCount));
    },
    getPoint(out) {
      begin();
      out.set(floatsAt(layout.pointField, parameterCount));
    },
    evaluate,
    hessianProduct,
    descend,
    close,
  };
}

function chunksFor(triples: number, tableBytes: number): number {
  let chunks = mostChunks;
  while (chunks > 1 && (triples < chunks * triplesOfChunk || chunks * tableBytes > accumulatorLimit)) chunks /= 2;
  return chunks;
}

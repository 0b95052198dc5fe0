/** The calls of the compiled kernels on a problem on triples: what is copied, and which kernel does what. */

import * as layout from "../assembly/triples/layout.ts";
import type { Curvature } from "../kernels.ts";
import type { LoadedKernels } from "../runtime/load.ts";
import { type HeldTriples, holdTriples, ranges } from "./held.ts";
import { checkOrder, checkTriples, type TripleProblem, type TripleSession } from "./triples.ts";

// Triples of one call of `descend`.
const orderBlock = 65536;

/** Opens a session. */
export function openTriples(kernels: LoadedKernels, problem: TripleProblem): TripleSession {
  checkTriples(problem);
  const held = holdTriples(kernels, problem);
  return {
    parameterCount: held.parameterCount,
    setPoint: (params) => setPoint(held, params),
    getPoint: (out) => getPoint(held, out),
    evaluate: (gradient) => evaluate(held, gradient),
    hessianProduct: (direction, out, curvature) => hessianProduct(held, direction, out, curvature),
    descend: (order, learningRate, l2) => descend(held, order, learningRate, l2),
    close: () => held.buffers.close(),
  };
}

function setPoint(held: HeldTriples, params: Float64Array): void {
  const { buffers, parameterCount } = held;
  buffers.check();
  held.slopesHold = false;
  buffers.put(params, parameterCount, buffers.get(layout.pointField));
}

function getPoint({ buffers, parameterCount }: HeldTriples, out: Float64Array): void {
  buffers.check();
  buffers.fetch(out, parameterCount, buffers.get(layout.pointField));
}

function evaluate(held: HeldTriples, gradient: Float64Array): number {
  const { buffers, parameterCount } = held;
  buffers.check();
  const output = outputOf(held);
  const value = pass(held, layout.opEvaluate, 6);
  held.slopesHold = buffers.get(layout.slopesField) !== 0;
  buffers.fetch(gradient, parameterCount, output);
  return value;
}

function hessianProduct(held: HeldTriples, direction: Float64Array, out: Float64Array, curvature: Curvature): void {
  const { buffers, parameterCount } = held;
  buffers.check();
  const input = buffers.lazily(layout.inputField, parameterCount * 8, "parameters");
  const output = outputOf(held);
  keepSlopes(held);
  buffers.put(direction, parameterCount, input);
  const full = curvature === "full";
  pass(held, full ? layout.opFullProduct : layout.opGaussNewtonProduct, full ? 12 : 8);
  buffers.fetch(out, parameterCount, output);
}

function descend(held: HeldTriples, order: Uint32Array, learningRate: number, l2: number): number {
  const { buffers, kernels, problem } = held;
  buffers.check();
  checkOrder(order, problem.users.length);
  placeTriples(held);
  held.slopesHold = false;
  buffers.setFloat(layout.learningRateField, learningRate);
  buffers.setFloat(layout.l2Field, l2);
  const address = buffers.lazily(layout.orderField, orderBlock * 4, "an order of triples");
  let value = 0;
  for (let from = 0; from < order.length; from += orderBlock) {
    const some = order.subarray(from, from + orderBlock);
    kernels.memory.words().set(some, address / 4);
    buffers.set(layout.countField, some.length);
    kernels.run(layout.opDescend, buffers.session, 1, 0);
    value += sumOf(held, 1);
  }
  return order.length > 0 ? value / order.length : 0;
}

function outputOf({ buffers, parameterCount }: HeldTriples): number {
  return buffers.lazily(layout.outputField, parameterCount * 8, "parameters");
}

/** Overwrites the output, the items' part from the chunks' tables; returns the sum of the chunks' values. */
function pass(held: HeldTriples, operation: number, products: number): number {
  const { buffers, kernels, problem, chunks, tableBytes } = held;
  buffers.lazily(layout.accumulatorsField, tableBytes * chunks, "gradients of the items");
  runChunks(held, operation, products);
  kernels.run(layout.opReduce, buffers.session, ranges, problem.itemCount * problem.factors * chunks * 0.3);
  return sumOf(held, chunks);
}

/** Runs one task a chunk, with so many multiplications for every triple and factor. */
function runChunks({ buffers, kernels, problem, chunks }: HeldTriples, operation: number, products: number): void {
  const nanoseconds = problem.users.length * (10 + products * problem.factors * 0.2);
  kernels.run(operation, buffers.session, chunks, nanoseconds);
}

/** The sum of what the tasks left, in their order. */
function sumOf({ buffers }: HeldTriples, tasks: number): number {
  return buffers.sum(buffers.get(layout.partialsField), tasks, layout.partialBytes);
}

/** Sees to it that the slopes in memory are those of the point. */
function keepSlopes(held: HeldTriples): void {
  held.buffers.lazily(layout.slopesField, held.problem.users.length * 8, "slopes of the triples");
  if (!held.slopesHold) runChunks(held, layout.opSlopes, 2);
  held.slopesHold = true;
}

/** Lays out the three columns side by side, so that a triple is met on one cache line. */
function placeTriples({ buffers, kernels, problem }: HeldTriples): void {
  if (buffers.get(layout.triplesField) !== 0) return;
  const { users, liked, others } = problem;
  const address = buffers.lazily(layout.triplesField, users.length * 12, "triples");
  const words = kernels.memory.words();
  for (let t = 0, at = address / 4; t < users.length; t++, at += 3) {
    words[at] = users[t];
    words[at + 1] = liked[t];
    words[at + 2] = others[t];
  }
}

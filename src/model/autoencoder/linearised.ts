/** A variational autoencoder at parameters on a batch of pairs: scores, divergences and their derivatives. */

import type { SparseMatrix } from "../../kernel/matrices/matrices.ts";
import { rememberingLast } from "../graph/remember.ts";
import type { AlongWeights, Linearised } from "../model.ts";
import type { TensorPlace } from "../tensors.ts";
import { forward, type Layers, tangent, type UserBatch } from "./forward.ts";
import { type UserInputs, weightDerivativeOf } from "./input.ts";
import { type NetworkShape, type NetworkWeights, weightsIn } from "./layout.ts";
import { addItemProducts, forEachItem, type PairBatch, type WeightedPairs, weightedPairs } from "./pair-batch.ts";
import { type Adjoints, addInnerGradient, addOuterGradient, reverse, reverseTangent } from "./reverse.ts";
import { addEntryProducts, addTransposed } from "./rows.ts";

/** What a batch is evaluated with. */
export interface Evaluation {
  readonly shape: NetworkShape;
  readonly tensors: readonly TensorPlace[];
  readonly params: Float64Array;
  readonly pairs: PairBatch;
  readonly users: UserBatch;
}

/** A network after its forward pass. */
interface Passed extends Evaluation {
  readonly w: NetworkWeights;
  readonly layers: Layers;
}

function passed(evaluation: Evaluation): Passed {
  const w = weightsIn(evaluation.tensors, evaluation.params);
  return { ...evaluation, w, layers: forward(evaluation.shape, w, evaluation.users) };
}

/** The pairs' scores and divergences, with their derivatives. */
export function linearised(evaluation: Evaluation): Linearised {
  const at = passed(evaluation);
  const { shape, tensors, pairs, users, w, layers } = at;
  const moves = rememberingLast((direction) => tangent(shape, w, weightsIn(tensors, direction), users, layers));
  const scores = outputs(at, layers, w);
  addItemProducts(pairs, shape.hidden, layers.decoder, w.output, scores);
  return {
    scores,
    jvp: (direction) => movedScores(at, moves(direction), weightsIn(tensors, direction)),
    addVjp(weights, out) {
      const list = weightedPairs(pairs, shape.hidden, weights);
      const o = weightsIn(tensors, out);
      const back = adjoints(at, list);
      list.addToItems(layers.decoder, o.output);
      forEachItem(pairs, (n) => {
        o.outputBias[pairs.items[n]] += weights[n];
      });
      addInnerGradient(shape, users, layers, back, o);
      addOuterGradient(shape, users, back, o);
    },
    addCurvature(weights, direction, out) {
      addMovedGradient(at, weights, moves(direction), weightsIn(tensors, direction), weightsIn(tensors, out));
    },
  };
}

/** How the scores move with the layers and with the weights along `d`. */
function movedScores(at: Passed, moved: Layers, d: NetworkWeights): Float64Array {
  const { shape, pairs, w, layers } = at;
  const out = outputs(at, moved, d);
  addItemProducts(pairs, shape.hidden, moved.decoder, w.output, out);
  addItemProducts(pairs, shape.hidden, layers.decoder, d.output, out);
  return out;
}

/** Adds how Σ weights·∇score moves with the layers and with the weights along `d`; returns the adjoints themselves. */
function addMovedGradient(
  at: Passed,
  weights: Float64Array,
  moved: Layers,
  d: NetworkWeights,
  out: NetworkWeights,
): Adjoints {
  const { shape, pairs, users, layers } = at;
  const list = weightedPairs(pairs, shape.hidden, weights);
  const back = adjoints(at, list);
  const turned = adjointsMoved(at, list, back, moved, d);
  list.addToItems(moved.decoder, out.output);
  addInnerGradient(shape, users, moved, back, out);
  addInnerGradient(shape, users, layers, turned, out);
  addOuterGradient(shape, users, turned, out);
  return back;
}

/** How scores and their gradients move when the users' rows move along `input`. */
export function alongInput(evaluation: Evaluation, input: SparseMatrix): AlongWeights {
  const at = passed(evaluation);
  const { shape, tensors, params, users, w, layers } = at;
  const still = weightsIn(tensors, new Float64Array(params.length));
  const moved = tangent(shape, w, still, users, layers, input);
  return {
    scores: movedScores(at, moved, still),
    addVjp(weights, out) {
      const o = weightsIn(tensors, out);
      const { encoderIn } = addMovedGradient(at, weights, moved, still, o);
      addTransposed(input, encoderIn, shape.hidden, o.encoder);
    },
  };
}

/** Outputs' biases, and divergences. */
function outputs({ pairs }: Passed, { divergence }: Layers, { outputBias }: NetworkWeights): Float64Array {
  const out = new Float64Array(pairs.items.length);
  forEachItem(pairs, (n) => {
    out[n] = outputBias[pairs.items[n]];
  });
  for (const n of pairs.extra) out[n] = divergence[pairs.slots[n]];
  return out;
}

function adjoints({ shape, users, w, layers }: Passed, list: WeightedPairs): Adjoints {
  const decoder = new Float64Array(layers.decoder.length);
  list.addToSlots(w.output, decoder);
  return reverse(shape, w, users, layers, decoder, list.extra);
}

function adjointsMoved(at: Passed, list: WeightedPairs, back: Adjoints, moved: Layers, d: NetworkWeights) {
  const { shape, users, w, layers } = at;
  const decoder = new Float64Array(layers.decoder.length);
  list.addToSlots(d.output, decoder);
  return reverseTangent(shape, w, d, users, layers, moved, back, decoder, list.extra);
}

/**
 * ∂/∂w_k of Σ slopes·score + tangents·(∇score·direction) through the inputs; see `DataDerivative`. The first sum reaches the inputs by the
 * adjoints that go into the encoder; the second is the derivative of Σ tangents·score along `direction`, and reaches them by how those move.
 */
export function inputWeightDerivative(
  evaluation: Evaluation,
  inputs: UserInputs,
  slopes: Float64Array,
  tangents: Float64Array | undefined,
  direction: Float64Array | undefined,
): Float64Array {
  const at = passed(evaluation);
  const { shape, tensors, pairs, users, w, layers } = at;
  const ofEntries = new Float64Array(users.input.values.length);
  const add = (x: Float64Array, table: Float64Array) =>
    addEntryProducts(users.input, x, table, shape.hidden, ofEntries);
  add(adjoints(at, weightedPairs(pairs, shape.hidden, slopes)).encoderIn, w.encoder);
  if (tangents !== undefined && direction !== undefined) {
    const d = weightsIn(tensors, direction);
    const list = weightedPairs(pairs, shape.hidden, tangents);
    const back = adjoints(at, list);
    const turned = adjointsMoved(at, list, back, tangent(shape, w, d, users, layers), d);
    add(turned.encoderIn, w.encoder);
    add(back.encoderIn, d.encoder);
  }
  return weightDerivativeOf(inputs, pairs.users, ofEntries);
}

/** Matrix factorization as a differentiable model: score(u, i) = b_u + c_i + p_u·q_i, the biases on request. */

import type { Interactions } from "../data/interactions.ts";
import type { Random } from "../numeric/random.ts";
import { type Linearised, type Model, type ModelKind, type Pairs, placed, sizeOf, type TensorPlace } from "./model.ts";
import { wholeTable } from "./rotations.ts";
import { biasesSetting, countSetting, onlySettings } from "./settings.ts";

/** Settings of a dot product. */
export type DotProductSettings = { readonly factors: number; readonly biases: boolean };

/** Matrix factorization for any loss (Koren, Bell & Volinsky 2009; with BPR, Rendle et al. 2009, for which user biases cancel). */
export const dotProduct: ModelKind<DotProductSettings> = {
  name: "mf",
  summary: "matrix factorization: biases + dot product of embeddings",
  settings(given) {
    onlySettings("mf", given, ["factors", "biases"]);
    return { factors: countSetting(given, "factors", 8, 1024), biases: biasesSetting(given, false) };
  },
  build: ({ factors, biases }, interactions) => build(factors, biases, interactions),
  start: (model, random) => nearZero(model, random, 0.1),
};

/** Every table of embeddings at random with this deviation, vectors (biases) at zero. */
export function nearZero(model: Model, random: Random, deviation: number): Float64Array {
  const params = new Float64Array(model.parameterCount);
  for (const { name, shape, at } of model.tensors) {
    if (shape.length < 2) continue;
    const stream = random.fork(name);
    for (let k = 0; k < shape[0] * shape[1]; k++) params[at + k] = deviation * stream.normal();
  }
  return params;
}

function build(factors: number, biases: boolean, { userCount, itemCount }: Interactions): Model {
  const tensors = placed([
    { name: "user_factors", shape: [userCount, factors], rowsOf: "user" },
    { name: "item_factors", shape: [itemCount, factors], rowsOf: "item" },
    ...(biases
      ? ([
          { name: "user_bias", shape: [userCount], rowsOf: "user" },
          { name: "item_bias", shape: [itemCount], rowsOf: "item" },
        ] as const)
      : []),
  ]);
  return {
    userCount,
    itemCount,
    parameterCount: (userCount + itemCount) * (factors + (biases ? 1 : 0)),
    tensors,
    batch: 65536,
    local: true,
    extraOutputs: 0,
    at: (params, pairs) => linearised(tensors, factors, params, pairs),
    rotations: [
      { width: factors, tables: [wholeTable(0, userCount, factors), wholeTable(tensors[1].at, itemCount, factors)] },
    ],
    asFactors(params) {
      const [userFactors, itemFactors, userBias, itemBias] = tensors.map(({ shape, at }) =>
        params.subarray(at, at + sizeOf(shape)),
      );
      return { factors, userFactors, itemFactors, userBias, itemBias };
    },
  };
}

function linearised(
  tensors: readonly TensorPlace[],
  factors: number,
  params: Float64Array,
  { users, items }: Pairs,
): Linearised {
  const itemsAt = tensors[1].at;
  const userBiasAt = tensors.length > 2 ? tensors[2].at : -1;
  const itemBiasAt = tensors.length > 2 ? tensors[3].at : -1;
  /** Σ over factors of x at the user's row times y at the item's. */
  const products = (x: Float64Array, y: Float64Array, out: Float64Array) => {
    for (let n = 0; n < out.length; n++) {
      const p = users[n] * factors;
      const q = itemsAt + items[n] * factors;
      let sum = 0;
      for (let f = 0; f < factors; f++) sum += x[p + f] * y[q + f];
      out[n] += sum;
    }
  };
  const addBiases = (x: Float64Array, out: Float64Array) => {
    if (userBiasAt < 0) return;
    for (let n = 0; n < out.length; n++) out[n] += x[userBiasAt + users[n]] + x[itemBiasAt + items[n]];
  };
  /** Adds weights·(the other side's row of x) to both sides' rows of `out`. */
  const addRows = (weights: Float64Array, x: Float64Array, out: Float64Array) => {
    for (let n = 0; n < weights.length; n++) {
      const w = weights[n];
      if (w === 0) continue;
      const p = users[n] * factors;
      const q = itemsAt + items[n] * factors;
      for (let f = 0; f < factors; f++) {
        out[p + f] += w * x[q + f];
        out[q + f] += w * x[p + f];
      }
    }
  };
  const scores = new Float64Array(users.length);
  products(params, params, scores);
  addBiases(params, scores);
  return {
    scores,
    jvp(direction) {
      const out = new Float64Array(users.length);
      products(direction, params, out);
      products(params, direction, out);
      addBiases(direction, out);
      return out;
    },
    addVjp(weights, out) {
      addRows(weights, params, out);
      if (userBiasAt < 0) return;
      for (let n = 0; n < weights.length; n++) {
        out[userBiasAt + users[n]] += weights[n];
        out[itemBiasAt + items[n]] += weights[n];
      }
    },
    // ∇² of p·q couples the two rows by the identity: the product with a direction swaps them.
    addCurvature: (weights, direction, out) => addRows(weights, direction, out),
  };
}

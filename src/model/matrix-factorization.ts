/** Matrix factorization: score(u, i) = mean + b_u + c_i + p_u·q_i, biases and mean on request. */

import type { Interactions } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { Random } from "../numeric/random.ts";
import type { FactorForm, Linearised, Model, ModelKind, NameKeys, Pairs } from "./model.ts";
import type { TableView } from "./rotations.ts";
import { countSetting, onlySettings } from "./settings.ts";
import { drawTensor } from "./start.ts";
import { type TensorPlace, tensorAt, valuesOf } from "./tensors.ts";

/** Settings of matrix factorization. */
export type MatrixFactorizationSettings = {
  readonly factors: number;
  /** Of users and items, of items alone, or none. */
  readonly biases: boolean | "items";
  /** A parameter, or a constant. */
  readonly mean: "learned" | number;
};

/**
 * Matrix factorization for any loss (Koren, Bell & Volinsky 2009; with BPR, Rendle et al. 2009). Rows are interleaved as the kernels of closed
 * forms want them: [users: embedding, bias | items: embedding, bias | mean].
 */
export const matrixFactorization: ModelKind<MatrixFactorizationSettings> = {
  name: "mf",
  summary: "matrix factorization: mean + biases + dot product of embeddings",
  settings(given) {
    onlySettings("mf", given, ["factors", "biases", "mean"]);
    const { biases = false, mean = 0 } = given;
    if (typeof biases !== "boolean" && biases !== "items")
      throw new LetheError("bad-input", `biases is ${JSON.stringify(biases)}; expected true, false or "items"`);
    if (mean !== "learned" && !(typeof mean === "number" && Math.abs(mean) < 1e150))
      throw new LetheError("bad-input", `mean is ${JSON.stringify(mean)}; expected a finite number or "learned"`);
    return { factors: countSetting(given, "factors", 8, 1024), biases, mean };
  },
  build,
  start: (model, random, keys) => nearZero(model, random, keys, 0.1),
};

/** Every table of embeddings at random with this deviation, everything else at zero. */
export function nearZero(model: Model, random: Random, keys: NameKeys, deviation: number): Float64Array {
  const params = new Float64Array(model.parameterCount);
  for (const tensor of model.tensors)
    if (tensor.shape.length > 1) drawTensor(tensor, random, keys, params, (stream) => deviation * stream.normal());
  return params;
}

/** Where everything is; −1 for what the model has not. */
interface Layout {
  readonly factors: number;
  readonly userStride: number;
  readonly itemsAt: number;
  readonly itemStride: number;
  readonly userBias: boolean;
  readonly itemBias: boolean;
  readonly meanAt: number;
  readonly fixedMean: number;
}

function build(settings: MatrixFactorizationSettings, { userCount, itemCount }: Interactions): Model {
  const { factors } = settings;
  const layout = layoutOf(settings, userCount, itemCount);
  const { userStride, itemsAt, itemStride, meanAt } = layout;
  const end = itemsAt + itemCount * itemStride;
  const view = (at: number, rows: number, rowStride: number): TableView => ({ at, rows, rowStride, columnStride: 1 });
  return {
    userCount,
    itemCount,
    parameterCount: meanAt < 0 ? end : end + 1,
    tensors: tensorsOf(layout, userCount, itemCount),
    batch: 65536,
    local: true,
    extraOutputs: 0,
    at: (params, pairs) => linearised(layout, params, pairs),
    rotations: [
      {
        width: factors,
        usersThenItems: true,
        tables: [view(0, userCount, userStride), view(itemsAt, itemCount, itemStride)],
      },
    ],
    asFactors: (params) => factorForm(layout, userCount, itemCount, params),
  };
}

function layoutOf(settings: MatrixFactorizationSettings, userCount: number, itemCount: number): Layout {
  const { factors, biases, mean } = settings;
  const [userBias, itemBias] = [biases === true, biases !== false];
  const [userStride, itemStride] = [factors + (userBias ? 1 : 0), factors + (itemBias ? 1 : 0)];
  const itemsAt = userCount * userStride;
  return {
    ...{ factors, userStride, itemsAt, itemStride, userBias, itemBias },
    meanAt: mean === "learned" ? itemsAt + itemCount * itemStride : -1,
    fixedMean: mean === "learned" ? 0 : mean,
  };
}

function tensorsOf(layout: Layout, userCount: number, itemCount: number): readonly TensorPlace[] {
  const { factors, userStride, itemsAt, itemStride, userBias, itemBias, meanAt } = layout;
  const table = (rowsOf: "user" | "item", rows: number, at: number, stride: number) =>
    tensorAt({ name: `${rowsOf}_factors`, shape: [rows, factors], rowsOf }, at, stride);
  const bias = (rowsOf: "user" | "item", rows: number, at: number, stride: number) =>
    tensorAt({ name: `${rowsOf}_bias`, shape: [rows], rowsOf, penalised: "bias" }, at + factors, stride);
  return [
    table("user", userCount, 0, userStride),
    table("item", itemCount, itemsAt, itemStride),
    ...(userBias ? [bias("user", userCount, 0, userStride)] : []),
    ...(itemBias ? [bias("item", itemCount, itemsAt, itemStride)] : []),
    ...(meanAt >= 0 ? [tensorAt({ name: "mean", shape: [1], penalised: "none" }, meanAt)] : []),
  ];
}

function factorForm(layout: Layout, userCount: number, itemCount: number, params: Float64Array): FactorForm {
  const tensors = new Map(tensorsOf(layout, userCount, itemCount).map((tensor) => [tensor.name, tensor]));
  const values = (name: string) => {
    const tensor = tensors.get(name);
    return tensor && valuesOf(tensor, params);
  };
  const mean = layout.meanAt < 0 ? layout.fixedMean : params[layout.meanAt];
  const own = values("user_bias");
  return {
    factors: layout.factors,
    userFactors: values("user_factors") ?? new Float64Array(0),
    itemFactors: values("item_factors") ?? new Float64Array(0),
    // A mean is the same for all pairs: one side's biases carry it.
    userBias: mean === 0 ? own : (own ?? new Float64Array(userCount)).map((bias) => bias + mean),
    itemBias: values("item_bias"),
  };
}

function linearised(layout: Layout, params: Float64Array, { users, items }: Pairs): Linearised {
  const { factors, userStride, itemsAt, itemStride, userBias, itemBias, meanAt, fixedMean } = layout;
  /** Σ over factors of x at the user's row times y at the item's. */
  const addProducts = (x: Float64Array, y: Float64Array, out: Float64Array) => {
    for (let n = 0; n < out.length; n++) {
      const p = users[n] * userStride;
      const q = itemsAt + items[n] * itemStride;
      let sum = 0;
      for (let f = 0; f < factors; f++) sum += x[p + f] * y[q + f];
      out[n] += sum;
    }
  };
  /** A fixed mean is added where a learned one is: the same numbers to the bit. */
  const addOffsets = (x: Float64Array, constant: number, out: Float64Array) => {
    const mean = meanAt < 0 ? constant : x[meanAt];
    for (let n = 0; n < out.length; n++) {
      let sum = mean;
      if (userBias) sum += x[users[n] * userStride + factors];
      if (itemBias) sum += x[itemsAt + items[n] * itemStride + factors];
      out[n] += sum;
    }
  };
  /** Adds weights·(the other side's row of x) to both sides' rows of `out`. */
  const addRows = (weights: Float64Array, x: Float64Array, out: Float64Array) => {
    for (let n = 0; n < weights.length; n++) {
      const w = weights[n];
      if (w === 0) continue;
      const p = users[n] * userStride;
      const q = itemsAt + items[n] * itemStride;
      for (let f = 0; f < factors; f++) {
        out[p + f] += w * x[q + f];
        out[q + f] += w * x[p + f];
      }
    }
  };
  const dotRows = (p: number, q: number) => {
    let sum = 0;
    for (let f = 0; f < factors; f++) sum += params[p + f] * params[q + f];
    return sum;
  };
  const scores = new Float64Array(users.length);
  if (userBias || itemBias || meanAt >= 0 || fixedMean !== 0) addOffsets(params, fixedMean, scores);
  addProducts(params, params, scores);
  return {
    scores,
    jvp(direction) {
      const out = new Float64Array(users.length);
      addProducts(direction, params, out);
      addProducts(params, direction, out);
      if (userBias || itemBias || meanAt >= 0) addOffsets(direction, 0, out);
      return out;
    },
    addVjp(weights, out) {
      addRows(weights, params, out);
      for (let n = 0; n < weights.length; n++) {
        if (userBias) out[users[n] * userStride + factors] += weights[n];
        if (itemBias) out[itemsAt + items[n] * itemStride + factors] += weights[n];
        if (meanAt >= 0) out[meanAt] += weights[n];
      }
    },
    gradientProducts(ones, others) {
      const shared = meanAt >= 0 ? 1 : 0;
      return Float64Array.from(ones, (a, n) => {
        const b = others[n];
        let sum = shared;
        if (users[a] === users[b])
          sum += (userBias ? 1 : 0) + dotRows(itemsAt + items[a] * itemStride, itemsAt + items[b] * itemStride);
        if (items[a] === items[b]) sum += (itemBias ? 1 : 0) + dotRows(users[a] * userStride, users[b] * userStride);
        return sum;
      });
    },
    // ∇² of p·q couples the two rows by the identity: the product with a direction swaps them.
    addCurvature: (weights, direction, out) => addRows(weights, direction, out),
  };
}

/** LightGCN: embeddings of users and items, averaged over the layers of a walk on the graph of the interactions. */

import { addScaled } from "../numeric/vector.ts";
import { type BipartiteGraph, graphOf } from "./graph/adjacency.ts";
import { addPairProducts, addPairRows, type NodeTable } from "./graph/pair-rows.ts";
import {
  addValueDerivative,
  propagated,
  propagatedAlong,
  valuesAlong,
  weightDerivativeOf,
} from "./graph/propagation.ts";
import { rememberingLast } from "./graph/remember.ts";
import { nearZero } from "./matrix-factorization.ts";
import type { AlongWeights, Linearised, Model, ModelKind, Pairs } from "./model.ts";
import { wholeTable } from "./rotations.ts";
import { countSetting, onlySettings } from "./settings.ts";
import { placed } from "./tensors.ts";

/** Settings of LightGCN: columns of the embeddings, and steps on the graph (0: a dot product). */
export type LightGcnSettings = { readonly factors: number; readonly layers: number };

/** score(u, i) = e_u·e_i, E = Σ_l Â^l·E⁰ / (layers + 1), E⁰ the parameters (He et al. 2020, Eq. 5 and 8). */
export const lightGcn: ModelKind<LightGcnSettings> = {
  name: "light-gcn",
  summary: "LightGCN: dot product of embeddings averaged over the graph of the interactions",
  settings(given) {
    onlySettings("light-gcn", given, ["factors", "layers"]);
    return { factors: countSetting(given, "factors", 8, 1024), layers: countSetting(given, "layers", 3, 16, 0) };
  },
  build({ factors, layers }, interactions, weights, _keys, matrices) {
    const { userCount, itemCount } = interactions;
    return modelOn(graphOf(interactions, weights, matrices), layers, { userCount, width: factors }, itemCount);
  },
  start: (model, random, keys) => nearZero(model, random, keys, 0.1),
};

function modelOn(graph: BipartiteGraph, layers: number, table: NodeTable, itemCount: number): Model {
  const { userCount, width } = table;
  const spread = (x: Float64Array) => propagated(graph, layers, width, x);
  const [spreadParams, spreadDirection] = [rememberingLast(spread), rememberingLast(spread)];
  return {
    userCount,
    itemCount,
    parameterCount: graph.nodeCount * width,
    tensors: placed([
      { name: "user_factors", shape: [userCount, width], rowsOf: "user" },
      { name: "item_factors", shape: [itemCount, width], rowsOf: "item" },
    ]),
    batch: Number.POSITIVE_INFINITY,
    local: layers === 0,
    extraOutputs: 0,
    at: (params, pairs) => linearised(table, pairs, spreadParams(params), spread, spreadDirection),
    rotations: [{ width, usersThenItems: true, tables: [wholeTable(0, graph.nodeCount, width)] }],
    asFactors(params) {
      const embeddings = spreadParams(params);
      const itemsAt = userCount * width;
      return { factors: width, userFactors: embeddings.slice(0, itemsAt), itemFactors: embeddings.slice(itemsAt) };
    },
    data: {
      weightDerivative: (params, pairs, slopes, tangents, direction) =>
        weightDerivative(graph, layers, table, { params, pairs, slopes, tangents, direction }),
      alongWeights(params, pairs, weights) {
        const values = valuesAlong(graph, weights);
        const move = (x: Float64Array) => propagatedAlong(graph, layers, width, values, x);
        return alongWeights(table, pairs, spreadParams(params), { spread, move, moved: move(params) });
      },
    },
  };
}

function linearised(
  table: NodeTable,
  pairs: Pairs,
  embeddings: Float64Array,
  spread: (x: Float64Array) => Float64Array,
  spreadDirection: (x: Float64Array) => Float64Array,
): Linearised {
  const scores = new Float64Array(pairs.users.length);
  addPairProducts(table, pairs, embeddings, embeddings, scores);
  /** The transpose of spreading is spreading. */
  const addRows = (weights: Float64Array, x: Float64Array, out: Float64Array) =>
    addScaled(out, 1, spread(rowsOfPairs(table, pairs, weights, x)));
  return {
    scores,
    jvp: (direction) => movedProducts(table, pairs, embeddings, spreadDirection(direction)),
    addVjp: (weights, out) => addRows(weights, embeddings, out),
    // Scores are bilinear in the embeddings: the curvature swaps the rows of the direction.
    addCurvature: (weights, direction, out) => addRows(weights, spreadDirection(direction), out),
  };
}

/** The graph's spreading, how that moves along weights, and how the embeddings do. */
interface MovingGraph {
  spread(x: Float64Array): Float64Array;
  move(x: Float64Array): Float64Array;
  readonly moved: Float64Array;
}

function alongWeights(
  table: NodeTable,
  pairs: Pairs,
  embeddings: Float64Array,
  { spread, move, moved }: MovingGraph,
): AlongWeights {
  const rowsOf = (weights: Float64Array, x: Float64Array) => rowsOfPairs(table, pairs, weights, x);
  return {
    scores: movedProducts(table, pairs, embeddings, moved),
    addVjp(weights, out) {
      addScaled(out, 1, move(rowsOf(weights, embeddings)));
      addScaled(out, 1, spread(rowsOf(weights, moved)));
    },
  };
}

/** Σ weights[n]·x of the other of the pair, at the rows of its user and its item. */
function rowsOfPairs(table: NodeTable, pairs: Pairs, weights: Float64Array, x: Float64Array): Float64Array {
  const rows = new Float64Array(x.length);
  addPairRows(table, pairs, weights, x, rows);
  return rows;
}

/** How the dot products of pairs move when their embeddings do. */
function movedProducts(table: NodeTable, pairs: Pairs, embeddings: Float64Array, moved: Float64Array): Float64Array {
  const out = new Float64Array(pairs.users.length);
  addPairProducts(table, pairs, moved, embeddings, out);
  addPairProducts(table, pairs, embeddings, moved, out);
  return out;
}

/** What a derivative by weights is asked for; see `DataDerivative`. */
interface WeightQuestion {
  readonly params: Float64Array;
  readonly pairs: Pairs;
  readonly slopes: Float64Array;
  readonly tangents: Float64Array | undefined;
  readonly direction: Float64Array | undefined;
}

/**
 * F = Σ slopes·(e_u·e_i) + tangents·(ė_u·e_i + e_u·ė_i), where E spreads the parameters and Ė the direction. Reverse: ∂F/∂E and ∂F/∂Ė are
 * pairs' rows; each goes back through the layers to the entries of Â, and from there to the weights.
 */
function weightDerivative(
  graph: BipartiteGraph,
  layers: number,
  table: NodeTable,
  { params, pairs, slopes, tangents, direction }: WeightQuestion,
): Float64Array {
  const { width } = table;
  const ofValues = new Float64Array(graph.values.length);
  const embeddings = propagated(graph, layers, width, params);
  const gradient = new Float64Array(params.length);
  addPairRows(table, pairs, slopes, embeddings, gradient);
  if (tangents !== undefined && direction !== undefined) {
    addPairRows(table, pairs, tangents, propagated(graph, layers, width, direction), gradient);
    const ofMoved = new Float64Array(params.length);
    addPairRows(table, pairs, tangents, embeddings, ofMoved);
    addValueDerivative(graph, layers, width, direction, ofMoved, ofValues);
  }
  addValueDerivative(graph, layers, width, params, gradient, ofValues);
  return weightDerivativeOf(graph, ofValues);
}

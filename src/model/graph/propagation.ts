/** Embeddings spread over a graph, and what the edges' weights do to the result. */

import { addScaled, scaleInPlace } from "../../numeric/vector.ts";
import type { BipartiteGraph } from "./adjacency.ts";
import { addPairRows } from "./pair-rows.ts";

/** Σ_l Â^l·x / (layers + 1) over l = 0 … layers, x with `width` columns (He et al. 2020, Eq. 8). It is its own transpose. */
export function propagated(graph: BipartiteGraph, layers: number, width: number, x: Float64Array): Float64Array {
  const out = x.slice();
  let layer: Float64Array = x;
  for (let l = 0; l < layers; l++) {
    layer = spread(graph, width, layer);
    addScaled(out, 1, layer);
  }
  scaleInPlace(out, 1 / (layers + 1));
  return out;
}

/** Â·x. */
function spread({ matrix, nodeCount, matrices }: BipartiteGraph, width: number, x: Float64Array): Float64Array {
  const out = new Float64Array(nodeCount * width);
  matrices.sparseMultiply(matrix, x, width, out);
  return out;
}

/**
 * Adds, for every interaction k, ∂/∂values[k] of Σ gradient·propagated(x), the gradient held fixed: reverse through the layers,
 * X̄_L = c·gradient and X̄_l = c·gradient + Â·X̄_{l+1}, where the entry (a, b) of Â collects Σ_l X̄_{l+1}[a]·X_l[b].
 */
export function addValueDerivative(
  graph: BipartiteGraph,
  layers: number,
  width: number,
  x: Float64Array,
  gradient: Float64Array,
  out: Float64Array,
): void {
  const states = [x];
  while (states.length < layers) states.push(spread(graph, width, states[states.length - 1]));
  const share = gradient.map((g) => g / (layers + 1));
  let adjoint: Float64Array = share;
  for (let l = layers - 1; l >= 0; l--) {
    addEdgeProducts(graph, width, adjoint, states[l], out);
    if (l === 0) break;
    adjoint = spread(graph, width, adjoint);
    addScaled(adjoint, 1, share);
  }
}

/** Adds a[user]·b[item] + a[item]·b[user] for every edge: the two places in Â that it stands at. */
function addEdgeProducts(
  { users, items }: BipartiteGraph,
  width: number,
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
): void {
  for (let k = 0; k < out.length; k++) {
    const [u, i] = [users[k] * width, items[k] * width];
    let sum = 0;
    for (let f = 0; f < width; f++) sum += a[u + f] * b[i + f] + a[i + f] * b[u + f];
    out[k] += sum;
  }
}

/**
 * From ∂F/∂values to ∂F/∂weights: value = weight/√(d_u·d_i), and every weight is in the degrees of its two nodes, so that it moves
 * their other edges too. NaN for an interaction of a node of degree 0, where the root has no derivative.
 */
export function weightDerivativeOf(
  { users, items, degrees, values }: BipartiteGraph,
  ofValues: Float64Array,
): Float64Array {
  const ofDegrees = new Float64Array(degrees.length);
  for (let k = 0; k < values.length; k++) {
    const pull = -0.5 * ofValues[k] * values[k];
    ofDegrees[users[k]] += pull / degrees[users[k]];
    ofDegrees[items[k]] += pull / degrees[items[k]];
  }
  return values.map((_, k) => {
    const [u, i] = [users[k], items[k]];
    const product = degrees[u] * degrees[i];
    return product > 0 ? ofValues[k] / Math.sqrt(product) + ofDegrees[u] + ofDegrees[i] : Number.NaN;
  });
}

/** The transpose of `weightDerivativeOf`: how every value moves when the weights move along `along`. NaN as there. */
export function valuesAlong({ users, items, degrees, values }: BipartiteGraph, along: Float64Array): Float64Array {
  const moved = new Float64Array(degrees.length);
  for (let k = 0; k < values.length; k++) {
    moved[users[k]] += along[k];
    moved[items[k]] += along[k];
  }
  return values.map((value, k) => {
    const [u, i] = [users[k], items[k]];
    const own = along[k] === 0 ? 0 : along[k] / Math.sqrt(degrees[u] * degrees[i]);
    return value === 0 ? own : own - 0.5 * value * (moved[u] / degrees[u] + moved[i] / degrees[i]);
  });
}

/** How propagated(x) moves when the values of Â do: Ẋ_{l+1} = Â·Ẋ_l + Â′·X_l. Its own transpose, too. */
export function propagatedAlong(
  graph: BipartiteGraph,
  layers: number,
  width: number,
  values: Float64Array,
  x: Float64Array,
): Float64Array {
  const out = new Float64Array(x.length);
  let [layer, moved]: Float64Array[] = [x, new Float64Array(x.length)];
  for (let l = 0; l < layers; l++) {
    moved = spread(graph, width, moved);
    // The graph's nodes are counted through already.
    addPairRows({ userCount: 0, width }, graph, values, layer, moved);
    addScaled(out, 1, moved);
    if (l + 1 < layers) layer = spread(graph, width, layer);
  }
  scaleInPlace(out, 1 / (layers + 1));
  return out;
}

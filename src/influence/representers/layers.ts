/** Layers that scores are linear in, after a gradient step: a user's row, an item's row, or the last layer of a network. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { LastLayer } from "../../model/model.ts";
import { placesOfRows } from "../../model/tensors.ts";
import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import type { Objective } from "../../objective/objective.ts";
import { gradientAt } from "../../objective/session.ts";
import { lastLayerAt, placesOfLayer } from "../../training/newton/last-layer.ts";
import { denseHessian } from "../../training/solve.ts";
import { hessianOn, rowsTouching } from "../fast/support-block.ts";
import type { Side } from "./represented.ts";

/** A layer one gradient step on. */
export interface Layer {
  /** All parameters, of which the layer's have moved. */
  readonly params: Float64Array;
  readonly places: Uint32Array;
  /** Rows whose terms read it. */
  readonly rows: Rows;
  /** Where terms of no row are in J too (all pairs count): ∂J at `params` on the places. */
  readonly gradient?: Float64Array | undefined;
  /** H⁻¹x, H the layer's block at `params`; undefined where that is not positive definite. */
  solve(x: Float64Array): Float64Array | undefined;
}

/** Where layers are taken from. */
export interface LayersOf {
  readonly objective: Objective;
  readonly params: Float64Array;
  readonly side: Side;
  /** Length of the step along the mean gradient of the layer's rows. */
  readonly step: number;
}

/** A place to find the layer of a pair; each is made once, and two pairs that share it get the same. */
export function layersOf(from: LayersOf, run: RunContext): (user: number, item: number) => Promise<Layer> {
  const { objective, params, side } = from;
  const made = new Map<number, Promise<Layer>>();
  let gradient: Promise<Float64Array> | undefined;
  return async (user, item) => {
    const { lastLayer } = objective.model;
    const key = lastLayer ? -1 : side === "user" ? user : item;
    gradient ??= gradientAt(objective, params, run);
    const at = await gradient;
    const found = made.get(key) ?? (lastLayer ? lastLayerOf(from, lastLayer, at, run) : rowLayer(from, key, at, run));
    made.set(key, found);
    return found;
  };
}

async function lastLayerOf(
  { objective, params, step }: LayersOf,
  layer: LastLayer,
  gradient: Float64Array,
  run: RunContext,
): Promise<Layer> {
  const rows = Uint32Array.from({ length: objective.interactions.size }, (_, row) => row);
  const places = placesOfLayer(layer);
  const stepped = steppedFrom(params, gradient, places, step / rows.length);
  const view = await lastLayerAt(objective, stepped, layer, run);
  return { params: stepped, places, rows, solve: solverOf(view.hessian, places.length) };
}

async function rowLayer(
  { objective, params, side, step }: LayersOf,
  index: number,
  gradient: Float64Array,
  run: RunContext,
): Promise<Layer> {
  const places = placesOfRows(objective.tensors, side, [index]);
  const rows = rowsOf(objective, side, index);
  const stepped = steppedFrom(params, gradient, places, rows.length === 0 ? 0 : step / rows.length);
  const layer = { params: stepped, places, rows };
  if (objective.settings.loss.confidence === undefined)
    return { ...layer, solve: solverOf(hessianOn(objective, stepped, places, rows, "full"), places.length) };
  const { values } = await denseHessian(objective, stepped, run, "full", places);
  const after = await gradientAt(objective, stepped, run);
  const own = Float64Array.from(places, (place) => after[place]);
  return { ...layer, gradient: own, solve: solverOf(values, places.length) };
}

/** Rows of the user, or those with an example of the item. */
function rowsOf(objective: Objective, side: Side, index: number): Rows {
  const { byUser, userCount } = objective.interactions;
  if (side === "user") return byUser.rows.slice(byUser.start[index], byUser.start[index + 1]);
  return rowsTouching(objective, userCount, index);
}

function steppedFrom(params: Float64Array, gradient: Float64Array, places: Uint32Array, length: number): Float64Array {
  const out = params.slice();
  for (const place of places) out[place] -= length * gradient[place];
  return out;
}

function solverOf(matrix: Float64Array, order: number): Layer["solve"] {
  const factor = matrix.slice();
  const definite = choleskyInPlace(factor, order);
  return (x) => {
    if (!definite) return undefined;
    const out = x.slice();
    forwardSubstitute(factor, order, out);
    backSubstitute(factor, order, out);
    return out;
  };
}

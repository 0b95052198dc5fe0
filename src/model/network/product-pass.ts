/** The term h·(p_u ⊙ q_i) of every pair's score, and its derivatives, pair by pair. */

import type { RowPlace } from "../../kernel/towers/towers.ts";
import type { Pairs } from "../model.ts";
import type { Branch } from "./branch.ts";

/** Where the tables of users and items, of `width` columns, and the output's weights h begin in a parameter vector. */
export interface ProductPlaces {
  readonly width: number;
  readonly usersAt: number;
  readonly itemsAt: number;
  readonly outputAt: number;
}

/** The branch at parameters, on pairs. It keeps nothing but these. */
export function productAt(places: ProductPlaces, params: Float64Array, pairs: Pairs): Branch {
  return {
    addScores: (out) => addScores(places, pairs, params, out),
    addJvp: (direction, out) => addJvp(places, pairs, params, direction, out),
    addVjp: (weights, out) => addVjp(places, pairs, params, weights, out),
    addCurvature: (weights, direction, out) => addCurvature(places, pairs, params, weights, direction, out),
    putFeatures: (out, place) => putFeatures(places, pairs, params, out, place),
  };
}

function addScores(
  { width, usersAt, itemsAt, outputAt }: ProductPlaces,
  pairs: Pairs,
  x: Float64Array,
  out: Float64Array,
) {
  const { users, items } = pairs;
  for (let n = 0; n < users.length; n++) {
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    let sum = 0;
    for (let f = 0; f < width; f++) sum += x[p + f] * x[q + f] * x[outputAt + f];
    out[n] += sum;
  }
}

function addJvp(
  { width, usersAt, itemsAt, outputAt }: ProductPlaces,
  { users, items }: Pairs,
  x: Float64Array,
  direction: Float64Array,
  out: Float64Array,
): void {
  for (let n = 0; n < users.length; n++) {
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    let sum = 0;
    for (let f = 0; f < width; f++) {
      const tangent = direction[p + f] * x[q + f] + x[p + f] * direction[q + f];
      sum += tangent * x[outputAt + f] + x[p + f] * x[q + f] * direction[outputAt + f];
    }
    out[n] += sum;
  }
}

function addVjp(
  { width, usersAt, itemsAt, outputAt }: ProductPlaces,
  { users, items }: Pairs,
  x: Float64Array,
  weights: Float64Array,
  out: Float64Array,
): void {
  for (let n = 0; n < users.length; n++) {
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    const weight = weights[n];
    for (let f = 0; f < width; f++) {
      const slope = weight * x[outputAt + f];
      out[outputAt + f] += weight * (x[p + f] * x[q + f]);
      out[p + f] += slope * x[q + f];
      out[q + f] += slope * x[p + f];
    }
  }
}

function addCurvature(
  { width, usersAt, itemsAt, outputAt }: ProductPlaces,
  { users, items }: Pairs,
  x: Float64Array,
  weights: Float64Array,
  direction: Float64Array,
  out: Float64Array,
): void {
  for (let n = 0; n < users.length; n++) {
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    const weight = weights[n];
    for (let f = 0; f < width; f++) {
      const slope = weight * x[outputAt + f];
      const slopeTangent = weight * direction[outputAt + f];
      out[outputAt + f] += weight * (direction[p + f] * x[q + f] + x[p + f] * direction[q + f]);
      out[p + f] += slopeTangent * x[q + f] + slope * direction[q + f];
      out[q + f] += slopeTangent * x[p + f] + slope * direction[p + f];
    }
  }
}

function putFeatures(
  { width, usersAt, itemsAt }: ProductPlaces,
  { users, items }: Pairs,
  x: Float64Array,
  out: Float64Array,
  { at, stride }: RowPlace,
): void {
  for (let n = 0; n < users.length; n++) {
    const p = usersAt + users[n] * width;
    const q = itemsAt + items[n] * width;
    for (let f = 0; f < width; f++) out[n * stride + at + f] = x[p + f] * x[q + f];
  }
}

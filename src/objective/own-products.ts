/** What rows' own gradients do to the scores of their own pairs: how much a step on a row moves its own score. */

import type { Rows } from "../data/interactions.ts";
import type { Linearised, Pairs } from "../model/model.ts";
import { forEachPlace } from "../model/tensors.ts";
import type { Steps } from "../run.ts";
import { forEachShare, shareOf } from "./derivatives.ts";
import type { Examples } from "./loss.ts";
import type { Objective } from "./objective.ts";
import { rowPlaces, type VisitPlaces } from "./row-places.ts";
import { batchesOf } from "./units.ts";

/** Of every row asked for. */
export interface OwnProducts {
  /** Scores of the rows' own pairs. */
  readonly scores: Float64Array;
  /** ⟨∇score of the own pair, ∇ℓ⟩, ∇ℓ with the interaction L2 that the row carries. */
  readonly products: Float64Array;
}

/** Rows that are worked on between two turns of the event loop, and pairs, where a row goes alone and where not. */
const rowsInTurn = 64;
const pairsInTurn = 2 ** 13;

/**
 * In steps of some milliseconds; undefined where a row reads more than its user, its items and what all share. Cost: O(d) an example where the model has products of
 * gradients, else a forward, a reverse and a forward derivative of each row by itself.
 */
export function ownProductsInSteps(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
): Steps<OwnProducts> | undefined {
  const places = rowPlaces(objective);
  return places && inSteps(objective, params, rows, places);
}

function* inSteps(objective: Objective, params: Float64Array, rows: Rows, places: VisitPlaces): Steps<OwnProducts> {
  const out = { scores: new Float64Array(rows.length), products: new Float64Array(rows.length) };
  let at = 0;
  for (const some of batchesOf(objective, rows, pairsInTurn)) {
    const part = out.products.subarray(at, at + some.length);
    const own = objective.model.at(params, pairsOf(objective, some));
    out.scores.set(own.scores, at);
    const examples = objective.examplesOfRows(some);
    const point = objective.model.at(params, examples.pairs);
    if (point.gradientProducts === undefined) yield* alone(objective, params, some, places, part);
    else {
      addLoss(objective, point, examples, part);
      addShares(objective, params, some, own, examples, part);
    }
    at += some.length;
    yield;
  }
  return out;
}

function pairsOf({ interactions: { users, items } }: Objective, rows: Rows): Pairs {
  return { users: rows.map((row) => users[row]), items: rows.map((row) => items[row]) };
}

/** The first pair of an owner's examples is its own. */
function firstPairs({ owners, start }: Examples, count: number): Uint32Array {
  const first = new Uint32Array(count);
  for (let g = owners.length - 1; g >= 0; g--) first[owners[g]] = start[g];
  return first;
}

function addLoss({ settings }: Objective, point: Linearised, examples: Examples, out: Float64Array): void {
  const { owners, start } = examples;
  const slopes = new Float64Array(point.scores.length);
  settings.loss.evaluate(point.scores, examples, slopes);
  const first = firstPairs(examples, out.length);
  const owned = new Uint32Array(slopes.length);
  for (let g = 0; g < owners.length; g++) owned.fill(owners[g], start[g], start[g + 1]);
  const products = point.gradientProducts?.(
    owned.map((owner) => first[owner]),
    Uint32Array.from(owned.keys()),
  );
  products?.forEach((product, n) => {
    out[owned[n]] += slopes[n] * product;
  });
}

/** A share is carried of the user once an example, and of the own item wherever it is in one. */
function addShares(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  own: Linearised,
  { owners, start, pairs }: Examples,
  out: Float64Array,
): void {
  if (objective.settings.regularizer !== "interaction") return;
  const [ofUser, ofItem] = (["user", "item"] as const).map((side) => own.jvp(shareDirection(objective, params, side)));
  const { items } = objective.interactions;
  for (let g = 0; g < owners.length; g++) {
    const owner = owners[g];
    out[owner] += ofUser[owner];
    for (let n = start[g]; n < start[g + 1]; n++)
      if (pairs.items[n] === items[rows[owner]]) out[owner] += ofItem[owner];
  }
}

/** What a share of the L2 pulls at each parameter of a side. */
function shareDirection({ tensors, settings }: Objective, params: Float64Array, side: "user" | "item"): Float64Array {
  const out = new Float64Array(params.length);
  for (const tensor of tensors)
    if (tensor.rowsOf === side)
      forEachPlace(tensor, (place) => {
        out[place] = shareOf(settings, tensor) * params[place];
      });
  return out;
}

function* alone(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  places: VisitPlaces,
  out: Float64Array,
): Steps<void> {
  const gradient = new Float64Array(params.length);
  for (let k = 0; k < rows.length; k++) {
    if (k % rowsInTurn === rowsInTurn - 1) yield;
    out[k] = ownProduct(objective, params, rows.subarray(k, k + 1), gradient);
    places(rows[k], (place) => {
      gradient[place] = 0;
    });
  }
}

/** Of one row; leaves its gradient in `gradient`. */
function ownProduct(objective: Objective, params: Float64Array, row: Rows, gradient: Float64Array): number {
  const examples = objective.examplesOfRows(row);
  // None of its negatives could be drawn.
  if (examples.owners.length === 0) return 0;
  const point = objective.model.at(params, examples.pairs);
  const slopes = new Float64Array(point.scores.length);
  objective.settings.loss.evaluate(point.scores, examples, slopes);
  point.addVjp(slopes, gradient);
  forEachShare(objective, row, (_, from, to, weight) => {
    for (let place = from; place < to; place++) gradient[place] += weight * params[place];
  });
  return point.jvp(gradient)[0];
}

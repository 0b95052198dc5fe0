/** One step of the recursion that estimates H⁻¹v, and the influence that is read off it: the experiment of the stability claim. */

import type { FactorModel } from "../../model/factor-model.ts";
import { dot } from "../../numeric/vector.ts";
import { entriesAt, errorOf, exchanged, pairBlock, type Rated } from "./pair-block.ts";

/** 1 for a loss of ½e², 2 for e². */
export type LossScale = 1 | 2;

/** An entry of a vector, by its place among the parameters. */
export type Entry = (place: number) => number;

/**
 * Entries of s_{t+1} = v + (I − ∇²ℓ_xy)·s_t, ℓ_xy the loss of one sampled rating, ∇²ℓ = scale·(JᵀJ + e·C). At all places but those that the
 * rating's score reads it is v + s_t, whatever the point. Cost: O(d).
 */
export function nextStep(
  model: FactorModel,
  sampled: Rated,
  { s, v }: { readonly s: Float64Array; readonly v: Float64Array },
  scale: LossScale,
): Entry {
  const block = pairBlock(model, sampled.user, sampled.item);
  const own = entriesAt(s, block.places);
  const along = dot(block.jacobian, own);
  const error = errorOf(model, sampled);
  const crossed = exchanged(block, own);
  const lost = new Map(
    block.places.map((place, k) => [place, scale * (block.jacobian[k] * along + error * crossed[k])]),
  );
  return (place) => v[place] + s[place] - (lost.get(place) ?? 0);
}

/** ∇ℓ of a rating at the places that its score reads: scale·e·J. */
export function lossGradient(model: FactorModel, rated: Rated, scale: LossScale) {
  const { places, jacobian } = pairBlock(model, rated.user, rated.item);
  const slope = scale * errorOf(model, rated);
  return { places, values: jacobian.map((x) => slope * x) };
}

/** −⟨s, ∇ℓ_z⟩ for entries of s and a gradient at its places. */
export function influenceFrom(s: Entry, { places, values }: ReturnType<typeof lossGradient>): number {
  return -places.reduce((sum, place, k) => sum + s(place) * values[k], 0);
}

/** How scores move along a direction, by the cheapest way that the direction allows. */

import type { LastLayer, Linearised, Model } from "../model/model.ts";

/** The forward derivative along a direction, of any point: through the last layer alone where the direction is 0 below it. */
export function tangentsAlong(
  { lastLayer }: Pick<Model, "lastLayer">,
  direction: Float64Array,
): (point: Linearised) => Float64Array {
  if (lastLayer === undefined || !isWithin(lastLayer, direction)) return (point) => point.jvp(direction);
  return (point) => alongLayer(lastLayer, point, direction);
}

function isWithin({ weightsAt, width, biasAt }: LastLayer, direction: Float64Array): boolean {
  for (let k = 0; k < direction.length; k++)
    if (direction[k] !== 0 && k !== biasAt && (k < weightsAt || k >= weightsAt + width)) return false;
  return true;
}

function alongLayer(
  { weightsAt, width, biasAt }: LastLayer,
  { scores, features }: Linearised,
  direction: Float64Array,
): Float64Array {
  const read = features?.() ?? new Float64Array(0);
  return scores.map((_, n) => {
    let sum = direction[biasAt];
    for (let f = 0; f < width; f++) sum += read[n * width + f] * direction[weightsAt + f];
    return sum;
  });
}

/** One made-up profile, rating by rating, and by how much the influence function says that it moves a measure. */

import { dot } from "../../numeric/vector.ts";

/** An item as a profile meets it: score = base + inputs · (the profile's own parameters). */
export interface ItemTerms {
  readonly inputs: Float64Array;
  readonly base: number;
  /** How inputs and base change along H⁻¹∇measure. */
  readonly inputsAlong: Float64Array;
  readonly baseAlong: number;
}

/** A profile that grows. */
export interface Profile {
  /** By how much it would move the measure with one more rating, for each of these ratings. */
  liftsWith(item: ItemTerms, ratings: readonly number[]): number[];
  add(item: ItemTerms, rating: number): void;
  lift(): number;
}

/**
 * A profile without ratings, with this L2 of its parameters w. What it adds to J is V = min_w ½Σ(rating − score)² + ½Σλw², and by the envelope
 * theorem the measure moves by −∇measureᵀH⁻¹∇V = Σ (rating − score)·(inputsAlong·w + baseAlong) to first order, at the best w. A rating changes
 * the inverse of w's Hessian by rank one, so that one more costs a few products of w's length squared.
 */
export function emptyProfile(l2: Float64Array): Profile {
  const width = l2.length;
  const inverse = new Float64Array(width * width);
  l2.forEach((x, k) => {
    inverse[k * (width + 1)] = 1 / x;
  });
  const own = new Float64Array(width);
  // Σ (rating − score)·(inputsAlong·w + baseAlong) = constant + linear·w − wᵀ·square·w.
  let constant = 0;
  const linear = new Float64Array(width);
  const square = new Float64Array(width * width);
  // One for each product of a look at an item: there are many looks.
  const [turned, known, more] = Array.from({ length: 3 }, () => new Float64Array(width));
  return {
    lift: () => constant + dot(linear, own) - dot(own, product(square, own, known)),
    liftsWith({ inputs, base, inputsAlong, baseAlong }, ratings) {
      product(inverse, inputs, turned);
      product(square, own, known);
      product(square, turned, more);
      const reach = 1 + dot(inputs, turned);
      const [ownKnown, ownMore, turnedKnown, turnedMore] = [
        dot(own, known),
        dot(own, more),
        dot(turned, known),
        dot(turned, more),
      ];
      return ratings.map((rating) => {
        const missing = rating - base - dot(inputs, own);
        const step = missing / reach;
        const before = constant + dot(linear, own) + step * dot(linear, turned);
        const curved = ownKnown + step * (ownMore + turnedKnown) + step * step * turnedMore;
        const along = baseAlong + dot(inputsAlong, own) + step * dot(inputsAlong, turned);
        return before - curved + step * along;
      });
    },
    add({ inputs, base, inputsAlong, baseAlong }, rating) {
      product(inverse, inputs, turned);
      const reach = 1 + dot(inputs, turned);
      const step = (rating - base - dot(inputs, own)) / reach;
      constant += (rating - base) * baseAlong;
      for (let r = 0; r < width; r++) {
        own[r] += step * turned[r];
        linear[r] += (rating - base) * inputsAlong[r] - baseAlong * inputs[r];
        for (let c = 0; c < width; c++) {
          inverse[r * width + c] -= (turned[r] * turned[c]) / reach;
          square[r * width + c] += inputs[r] * inputsAlong[c];
        }
      }
    },
  };
}

/** out = matrix · x, row-major; returns out. */
function product(matrix: Float64Array, x: Float64Array, out: Float64Array): Float64Array {
  const width = x.length;
  for (let r = 0; r < width; r++) {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += matrix[r * width + c] * x[c];
    out[r] = sum;
  }
  return out;
}

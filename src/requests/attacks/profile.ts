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
  const liftAt = (w: Float64Array) => constant + dot(linear, w) - dot(w, product(square, w));
  return {
    lift: () => liftAt(own),
    liftsWith({ inputs, base, inputsAlong, baseAlong }, ratings) {
      const turned = product(inverse, inputs);
      const reach = 1 + dot(inputs, turned);
      const known = product(square, own);
      const more = product(square, turned);
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
      const turned = product(inverse, inputs);
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

/** matrix · x, row-major. */
function product(matrix: Float64Array, x: Float64Array): Float64Array {
  const width = x.length;
  const out = new Float64Array(width);
  for (let r = 0; r < width; r++) for (let c = 0; c < width; c++) out[r] += matrix[r * width + c] * x[c];
  return out;
}

/** Users of a single rating, all those of an item at once: what they add depends on their number, mean and spread alone. */

import type { ThinRows } from "./rows.ts";

/** What the singles of the item that was looked at last have. */
export interface SinglesAt {
  look(item: number): void;
  /** Σe²/λ, by which the gradient falls along the item's embedding. */
  slope: number;
  /** Σe. */
  pull: number;
}

/**
 * With a single rating, e = (rating − mean − the item's bias)/k, k = 1 + ‖q‖²/λ + 1/λ_b, p = e·q/λ, the bias e/λ_b.
 */
export function singlesAt({ problem, stride, singles }: ThinRows, point: Float64Array, mean: number): SinglesAt {
  const { factors: d, biases } = problem.shape;
  const { factorPenalty, biasPenalty } = problem;
  const at: SinglesAt = {
    slope: 0,
    pull: 0,
    look(i) {
      let length = 0;
      for (let f = 0; f < d; f++) length += point[i * stride + f] ** 2;
      const k = 1 + length / factorPenalty + (biases ? 1 / biasPenalty : 0);
      const wanted = singles.mean[i] - mean - (biases ? point[i * stride + d] : 0);
      const squares = singles.squares[i] + singles.count[i] * wanted * wanted;
      at.slope = squares / (k * k * factorPenalty);
      at.pull = (singles.count[i] * wanted) / k;
    },
  };
  return at;
}

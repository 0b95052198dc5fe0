/** What a layer of a tower applies to its sums: ReLU, or squareplus, which is ReLU without its kink. */

import type { ActivationName } from "./towers.ts";

/** An activation f. Derivatives are read off the output y = f(z), so that sums z are not kept. */
export interface Activation {
  value(z: number): number;
  /** f′(z). */
  steepness(y: number): number;
  /** f″(z)/f′(z). */
  bend(y: number): number;
}

/** max(0, z). Counts as flat where z is 0 or less; its second derivative is 0 everywhere. */
export const relu: Activation = {
  value: (z) => Math.max(0, z),
  steepness: (y) => (y > 0 ? 1 : 0),
  bend: () => 0,
};

/**
 * ½(z + √(z² + 4)), ReLU without its kink (Barron 2021, "Squareplus", b = 4). With y the output, its slope is f′ = y²/(y² + 1), its second
 * derivative 2·f′·(1 − f′)·y/(y² + 1): arithmetic alone, the same bytes wherever it runs.
 */
export const squareplus: Activation = {
  value(z) {
    // Of the two roots of y² − zy − 1 the one that does not cancel is 1 over the other.
    const far = 0.5 * (Math.abs(z) + Math.sqrt(z * z + 4));
    return z > 0 ? far : 1 / far;
  },
  steepness: (y) => (y * y) / (y * y + 1),
  bend(y) {
    const past = 1 / (y * y + 1);
    return 2 * y * past * past;
  },
};

/** Every activation by name. */
export const activations: Readonly<Record<ActivationName, Activation>> = { relu, squareplus };

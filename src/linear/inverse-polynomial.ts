/** A polynomial that is nowhere below 1/w on a range, as a few steps of the Chebyshev semi-iteration. */

/** step ← keep·step + add·residual; sum ← sum + step. */
export interface ChebyshevStep {
  readonly keep: number;
  readonly add: number;
}

/** p(w) ≥ 1/w on a range, as steps whose sum is to be scaled. */
export interface AboveInverse {
  readonly steps: readonly ChebyshevStep[];
  readonly scale: number;
  /** p(w)·w − 1 at most. */
  readonly overshoot: number;
  /** p(w). */
  at(w: number): number;
}

/**
 * p(w) = (1 − R(w))/((1 − ρ)·w), R the Chebyshev polynomial of [from, to] of this degree that is 1 at 0 and stays within ±ρ there (Saad 2003, Algorithm 12.1).
 * Needs 0 < from ≤ to. Applied to an operator it costs degree − 1 products.
 */
export function aboveInverse(from: number, to: number, degree: number): AboveInverse {
  const middle = (to + from) / 2;
  const half = Math.max((to - from) / 2, 1e-9 * to);
  const ratio = middle / half;
  const steps: ChebyshevStep[] = [{ keep: 0, add: 1 / middle }];
  let before = 1 / ratio;
  while (steps.length < degree) {
    const next = 1 / (2 * ratio - before);
    steps.push({ keep: next * before, add: (2 * next) / half });
    before = next;
  }
  const residual = 1 / Math.cosh(degree * Math.acosh(ratio));
  const scale = 1 / (1 - residual);
  return { steps, scale, overshoot: 2 * residual * scale, at: (w) => scale * sumOf(steps, w) };
}

function sumOf(steps: readonly ChebyshevStep[], w: number): number {
  let [sum, step] = [0, 0];
  for (const { keep, add } of steps) {
    step = keep * step + add * (1 - w * sum);
    sum += step;
  }
  return sum;
}

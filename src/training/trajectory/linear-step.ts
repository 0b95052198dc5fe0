/** A step of training as a linear map: how a small change of what it begins with comes out of it, and the transpose of that. */

import type { TracedStep } from "./traced-step.ts";

/** A change of the parameters, and with momentum of the velocity. */
export interface Tangent {
  readonly params: Float64Array;
  readonly velocity: Float64Array | undefined;
}

/** A tangent of zeros. */
export function noTangent(length: number, momentum: number): Tangent {
  return { params: new Float64Array(length), velocity: momentum > 0 ? new Float64Array(length) : undefined };
}

/**
 * Carries a tangent h forward through a step of SGD: v ← μ·v + (1/b)·[(H_B + L2)·h + push], h ← h − η·v, on what the step moves; the rest
 * stays. `push` holds what else moves the gradient of the batch, as a row's weight does: it is added to in between, and zero afterwards
 * where the step moves anything. With `curved` false H_B is left out.
 */
export function pushForward(
  { objective, params, units, learningRate, divisor, moved }: TracedStep,
  momentum: number,
  tangent: Tangent,
  push: Float64Array,
  curved = true,
): void {
  const { params: h, velocity } = tangent;
  if (curved) objective.addLossProduct(params, units, h, push, "full");
  moved.forEach((from, to, pull) => {
    for (let k = from; k < to; k++) {
      let change = (push[k] + pull * h[k]) / divisor;
      push[k] = 0;
      if (velocity) {
        change += momentum * velocity[k];
        velocity[k] = change;
      }
      h[k] -= learningRate * change;
    }
  });
}

/**
 * Carries a gradient u back through a step of SGD, and tells in `use` the direction m = η·u + (what later velocities ask) on what the step moves,
 * zero elsewhere: the gradient by what is added to the gradient of the batch is −m/b. `scratch` is zero before and after. With `curved` false H_B is
 * left out.
 */
export async function pullBack(
  step: TracedStep,
  momentum: number,
  { params: u, velocity }: Tangent,
  scratch: { readonly direction: Float64Array; readonly product: Float64Array },
  use: (direction: Float64Array) => Promise<void> | void,
  curved = true,
): Promise<void> {
  const { objective, params, units, learningRate, divisor, moved } = step;
  const { direction: m, product } = scratch;
  moved.forEach((from, to) => {
    for (let k = from; k < to; k++) m[k] = learningRate * u[k] + (velocity?.[k] ?? 0);
  });
  await use(m);
  if (curved) objective.addLossProduct(params, units, m, product, "full");
  moved.forEach((from, to, pull) => {
    for (let k = from; k < to; k++) {
      u[k] -= (product[k] + pull * m[k]) / divisor;
      // A velocity that is asked for is asked for at the step before in which the parameter moved.
      if (velocity) velocity[k] = momentum * m[k];
      product[k] = 0;
      m[k] = 0;
    }
  });
}

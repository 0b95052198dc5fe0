/** Adam: steps by the running mean of the gradient over the root of the running mean of its square. */

import { type Ground, type Optimizer, rememberedOr } from "./optimizer.ts";

const keepFirst = 0.9;
const keepSecond = 0.999;
const epsilon = 1e-8;

/**
 * Adam (Kingma & Ba 2015, Algorithm 1, with its defaults β₁ .9, β₂ .999, ε 1e-8). The step count that corrects the bias is the
 * stretch's own, so that a row that is seldom touched moves as if the steps that did not touch it had never been.
 */
export function adam({ params, gradient }: Ground, moments?: readonly Float64Array[]): Optimizer {
  const first = rememberedOr(moments, 0, params.length);
  const second = rememberedOr(moments, 1, params.length);
  const firstShare = shareSeen(keepFirst);
  const secondShare = shareSeen(keepSecond);
  return {
    moments: [first, second],
    move(from, to, { scale, pull, learningRate, step }) {
      const rate = learningRate / firstShare(step);
      const inverse = 1 / secondShare(step);
      for (let k = from; k < to; k++) {
        const g = scale * (gradient[k] + pull * params[k]);
        gradient[k] = 0;
        const m = keepFirst * first[k] + (1 - keepFirst) * g;
        const v = keepSecond * second[k] + (1 - keepSecond) * g * g;
        first[k] = m;
        second[k] = v;
        params[k] -= (rate * m) / (Math.sqrt(v * inverse) + epsilon);
      }
    },
  };
}

/** 1 − keepᵗ for t = 1, 2, …, from a table that ends where it is 1; products, because Math.pow differs between engines. */
function shareSeen(keep: number): (step: number) => number {
  const shares = [0];
  for (let power = keep; 1 - power < 1; power *= keep) shares.push(1 - power);
  const table = Float64Array.from(shares);
  return (step) => (step < table.length ? table[step] : 1);
}

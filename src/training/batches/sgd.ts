/** Stochastic gradient descent, with momentum on request. */

import { type Ground, type Optimizer, rememberedOr } from "./optimizer.ts";

/**
 * v ← momentum·v + g, θ ← θ − learningRate·v (Polyak 1964, in the form of Sutskever et al. 2013 without Nesterov's change). The
 * velocity of a row does not change while no batch reads it.
 */
export function sgd(ground: Ground, momentum: number, moments?: readonly Float64Array[]): Optimizer {
  return momentum === 0 ? plain(ground) : heavy(ground, momentum, moments);
}

function plain({ params, gradient }: Ground): Optimizer {
  return {
    moments: [],
    move(from, to, { scale, pull, learningRate }) {
      for (let k = from; k < to; k++) {
        params[k] -= learningRate * scale * (gradient[k] + pull * params[k]);
        gradient[k] = 0;
      }
    },
  };
}

function heavy({ params, gradient }: Ground, momentum: number, moments?: readonly Float64Array[]): Optimizer {
  const velocity = rememberedOr(moments, 0, params.length);
  return {
    moments: [velocity],
    move(from, to, { scale, pull, learningRate }) {
      for (let k = from; k < to; k++) {
        velocity[k] = momentum * velocity[k] + scale * (gradient[k] + pull * params[k]);
        gradient[k] = 0;
        params[k] -= learningRate * velocity[k];
      }
    },
  };
}

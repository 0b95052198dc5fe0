/** Scorers for ranking: by dot products where a model has such a form, by its forward pass otherwise. */

import type { Scorer } from "../../evaluation/scorer.ts";
import type { FactorForm, Model } from "../../model/model.ts";
import type { Objective } from "../../objective/objective.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** A scorer of a trained model of any family. */
export function rankingScorer({ factors, scores, interactions }: TrainedModel): Scorer {
  const { itemCount } = interactions;
  return factors ? dotScorer(factors, itemCount) : pairScorer(scores, itemCount);
}

/** A scorer of parameters on their way. */
export function parameterScorer({ serving, interactions }: Objective, params: Float64Array): Scorer {
  const form = serving.asFactors?.(params);
  if (form) return dotScorer(form, interactions.itemCount);
  return pairScorer((pairs) => serving.at(params, pairs).scores, interactions.itemCount);
}

function dotScorer(form: FactorForm, itemCount: number): Scorer {
  const { factors, userFactors, itemFactors, userBias, itemBias } = form;
  return (user, items) => {
    const out = new Float64Array(items?.length ?? itemCount);
    const own = userBias?.[user] ?? 0;
    for (let n = 0; n < out.length; n++) {
      const item = items ? items[n] : n;
      let sum = own + (itemBias?.[item] ?? 0);
      for (let f = 0; f < factors; f++) sum += userFactors[user * factors + f] * itemFactors[item * factors + f];
      out[n] = sum;
    }
    return out;
  };
}

function pairScorer(scores: (pairs: Parameters<Model["at"]>[1]) => Float64Array, itemCount: number): Scorer {
  return (user, items) => {
    const asked = items ?? Uint32Array.from({ length: itemCount }, (_, i) => i);
    return scores({ users: new Uint32Array(asked.length).fill(user), items: asked });
  };
}

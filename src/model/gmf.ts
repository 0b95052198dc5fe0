/** Generalised matrix factorization: score(u, i) = b + h·(p_u ⊙ q_i). */

import type { ModelKind } from "./model.ts";
import { network, startNetwork } from "./network/network.ts";
import { product } from "./network/product.ts";
import { countSetting, onlySettings } from "./settings.ts";

/** Settings of GMF: `factors` is the length of the embeddings. */
export type GmfSettings = { readonly factors: number };

/** GMF (He et al. 2017, Eq. 9–10); the score is a logit, the loss applies the sigmoid. */
export const gmf: ModelKind<GmfSettings> = {
  name: "gmf",
  summary: "generalised matrix factorization: weighted dot product of embeddings",
  settings(given) {
    onlySettings("gmf", given, ["factors"]);
    return { factors: countSetting(given, "factors", 8, 1024) };
  },
  build: ({ factors }, interactions, _weights, _keys, matrices) => network([product(factors)], interactions, matrices),
  start: startNetwork,
};

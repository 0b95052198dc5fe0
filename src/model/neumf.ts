/** Neural matrix factorization: score(u, i) = b + h·[p_u ⊙ q_i; tower([p′_u; q′_i])], each side with two embeddings. */

import { towerSettings } from "./mlp.ts";
import type { ModelKind } from "./model.ts";
import { network, startNetwork } from "./network/network.ts";
import { product } from "./network/product.ts";
import { type TowerSettings, tower } from "./network/tower.ts";
import { countSetting, onlySettings } from "./settings.ts";

/** Settings of NeuMF: `factors` is the length of the multiplied embeddings, the others are those of the tower. */
export type NeumfSettings = TowerSettings & { readonly factors: number };

/** NeuMF (He et al. 2017, Eq. 12); the score is a logit, the loss applies the sigmoid. */
export const neumf: ModelKind<NeumfSettings> = {
  name: "neumf",
  summary: "neural matrix factorization: GMF and MLP side by side under one output layer",
  settings(given) {
    onlySettings("neumf", given, ["factors", "layers", "embedding", "activation"]);
    return { factors: countSetting(given, "factors", 8, 1024), ...towerSettings(given) };
  },
  build: (settings, interactions, _weights, _keys, matrices) =>
    network([product(settings.factors), tower(settings)], interactions, matrices),
  start: startNetwork,
};

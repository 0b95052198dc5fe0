/** Multilayer perceptron on embeddings: score(u, i) = b + h·tower([p_u; q_i]). */

import type { ModelKind, ModelSettings } from "./model.ts";
import { network, startNetwork } from "./network/network.ts";
import { type TowerSettings, tower } from "./network/tower.ts";
import { choiceSetting, countSetting, countsSetting, onlySettings } from "./settings.ts";

/** The MLP of neural collaborative filtering (He et al. 2017, Eq. 10); the score is a logit, the loss applies the sigmoid. */
export const mlp: ModelKind<TowerSettings> = {
  name: "mlp",
  summary: "neural collaborative filtering: dense layers over both embeddings",
  settings(given) {
    onlySettings("mlp", given, ["layers", "embedding", "activation"]);
    return towerSettings(given);
  },
  build: (settings, interactions, _weights, _keys, matrices) => network([tower(settings)], interactions, matrices),
  start: startNetwork,
};

/**
 * Checks `layers` (default 32, 16, 8), `embedding` (default half of the first width, rounded up; 8 without layers) and `activation`
 * (default "relu").
 */
export function towerSettings(given: ModelSettings): TowerSettings {
  const layers = countsSetting(given, "layers", [32, 16, 8], 1024);
  const embedding = layers.length > 0 ? Math.ceil(layers[0] / 2) : 8;
  return {
    layers,
    embedding: countSetting(given, "embedding", embedding, 1024),
    activation: choiceSetting(given, "activation", "relu", ["relu", "squareplus"]),
  };
}

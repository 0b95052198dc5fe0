/** Multilayer perceptron on embeddings: score(u, i) = b + h·tower([p_u; q_i]). */

import type { ModelKind, ModelSettings } from "./model.ts";
import { network, startNetwork } from "./network/network.ts";
import { tower } from "./network/tower.ts";
import { countSetting, countsSetting, onlySettings } from "./settings.ts";

/** Settings of an MLP: the widths of its layers after the embeddings, and the length of an embedding. */
export type MlpSettings = { readonly layers: readonly number[]; readonly embedding: number };

/** The MLP of neural collaborative filtering (He et al. 2017, Eq. 10); the score is a logit, the loss applies the sigmoid. */
export const mlp: ModelKind<MlpSettings> = {
  name: "mlp",
  summary: "neural collaborative filtering: dense layers with ReLU over both embeddings",
  settings(given) {
    onlySettings("mlp", given, ["layers", "embedding"]);
    return towerSettings(given);
  },
  build: ({ layers, embedding }, interactions) => network([tower(embedding, layers)], interactions),
  start: startNetwork,
};

/** Checks `layers` (default 32, 16, 8) and `embedding` (default half of the first width, rounded up; 8 without layers). */
export function towerSettings(given: ModelSettings): MlpSettings {
  const layers = countsSetting(given, "layers", [32, 16, 8], 1024);
  const embedding = layers.length > 0 ? Math.ceil(layers[0] / 2) : 8;
  return { layers, embedding: countSetting(given, "embedding", embedding, 1024) };
}

/** Settings under which every kind of model is held against the laws: no two widths alike, and each special case once. */

import type { ModelSettings } from "../../src/model/model.ts";

/** By name of the kind; the first is the one that stands for the kind elsewhere. */
export const smallSettings: Readonly<Record<string, readonly ModelSettings[]>> = {
  mf: [
    { factors: 3, biases: true },
    { factors: 2, biases: false },
    { factors: 1, biases: true },
    { factors: 2, biases: "items" },
    { factors: 3, biases: true, mean: "learned" },
    { factors: 2, biases: "items", mean: "learned" },
    { factors: 2, biases: false, mean: -1.5 },
    { factors: 1, biases: "items", mean: 3.3 },
  ],
  gmf: [{ factors: 3 }],
  mlp: [
    { layers: [5, 3], embedding: 2 },
    { layers: [], embedding: 2 },
    { layers: [4], embedding: 1 },
    { layers: [3, 2], embedding: 1, activation: "squareplus" },
  ],
  neumf: [
    { factors: 3, layers: [5, 4], embedding: 2 },
    { factors: 2, layers: [], embedding: 1 },
  ],
  "light-gcn": [
    { factors: 3, layers: 2 },
    { factors: 2, layers: 0 },
    { factors: 1, layers: 3 },
  ],
  "mult-vae": [
    { latent: 2, hidden: 3, seed: 4, noise: true },
    { latent: 1, hidden: 2, seed: 4, noise: false },
  ],
};

/** The catalogue of valuers: estimators that train, or ask, on many subsets. */

import type { Estimator } from "../method/estimator.ts";
import type { Catalogue } from "../method/method.ts";
import { ame } from "./ame.ts";
import { banzhaf } from "./banzhaf.ts";
import { betaShapley } from "./beta-shapley.ts";
import { consistency } from "./consistency.ts";
import { cooksDistance } from "./cooks-distance.ts";
import { downsampling } from "./downsampling.ts";
import { expectedInfluence } from "./expected-influence.ts";
import { gShapley } from "./g-shapley.ts";
import { generativeDownsampling } from "./generative-downsampling.ts";
import { historyShap } from "./history-shap.ts";
import { influenceSketching } from "./influence-sketching.ts";
import { leaveMOut } from "./leave-m-out.ts";
import { neuronShapley } from "./neuron-shapley.ts";
import { shapley } from "./shapley.ts";
import { shapleyInteraction } from "./shapley-interaction.ts";
import { shapleyTaylor } from "./shapley-taylor.ts";
import { tmcShapley } from "./tmc-shapley.ts";
import { treeShap } from "./tree-shap.ts";

export { ame } from "./ame.ts";
export { banzhaf } from "./banzhaf.ts";
export { betaShapley } from "./beta-shapley.ts";
export { consistency } from "./consistency.ts";
export { cooksDistance } from "./cooks-distance.ts";
export { downsampling } from "./downsampling.ts";
export { expectedInfluence } from "./expected-influence.ts";
export { gShapley } from "./g-shapley.ts";
export { type Game, trainingGame } from "./games/game.ts";
export { generativeDownsampling } from "./generative-downsampling.ts";
export { historyShap } from "./history-shap.ts";
export { influenceSketching } from "./influence-sketching.ts";
export { leaveMOut } from "./leave-m-out.ts";
export { neuronShapley } from "./neuron-shapley.ts";
export { shapley } from "./shapley.ts";
export { shapleyInteraction } from "./shapley-interaction.ts";
export { shapleyTaylor } from "./shapley-taylor.ts";
export { tmcShapley } from "./tmc-shapley.ts";
export { treeShap } from "./tree-shap.ts";
export { unitNames } from "./units/units.ts";

/** Every valuer. */
export const valuers: Catalogue<Estimator> = {
  what: "valuer",
  methods: [
    shapley,
    tmcShapley,
    gShapley,
    betaShapley,
    banzhaf,
    ame,
    downsampling,
    expectedInfluence,
    leaveMOut,
    shapleyInteraction,
    shapleyTaylor,
    historyShap,
    neuronShapley,
    treeShap,
    consistency,
    generativeDownsampling,
    influenceSketching,
    cooksDistance,
  ],
  variants: {},
};

/** The catalogue of valuers: estimators that train, or ask, on many subsets. */

import type { Estimator } from "../method/estimator.ts";
import type { Catalogue } from "../method/method.ts";
import { banzhaf } from "./banzhaf.ts";
import { betaShapley } from "./beta-shapley.ts";
import { expectedInfluence } from "./expected-influence.ts";
import { historyShap } from "./history-shap.ts";
import { leaveMOut } from "./leave-m-out.ts";
import { shapley } from "./shapley.ts";
import { tmcShapley } from "./tmc-shapley.ts";

export { banzhaf } from "./banzhaf.ts";
export { betaShapley } from "./beta-shapley.ts";
export { expectedInfluence } from "./expected-influence.ts";
export { type Game, trainingGame } from "./game.ts";
export { historyShap } from "./history-shap.ts";
export { leaveMOut } from "./leave-m-out.ts";
export { shapley } from "./shapley.ts";
export { tmcShapley } from "./tmc-shapley.ts";

/** Every valuer. */
export const valuers: Catalogue<Estimator> = {
  what: "valuer",
  methods: [shapley, tmcShapley, betaShapley, banzhaf, historyShap, expectedInfluence, leaveMOut],
  variants: {},
};

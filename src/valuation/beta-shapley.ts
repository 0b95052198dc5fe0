/** Beta(α, β)-Shapley: semivalues that can trust small sets, or large ones, more. */

import { method } from "../method/method.ts";
import { samplingSettings } from "./sampling/sampling-settings.ts";
import { samplerSetting, semivaluesOf } from "./semivalues/semivalue.ts";
import { betaSizes } from "./semivalues/size-laws.ts";
import { shapleyProperties } from "./shapley.ts";
import { valuer } from "./valuer.ts";

/** Beta(α, β)-Shapley (Kwon and Zou 2022, Eq. 5): a player's marginals, a set of s others weighing B(s + β, n − 1 − s + α)/B(α, β). */
export const betaShapley = method({
  name: "beta-shapley",
  summary: "what a player adds to a set of others, small sets counting more (alpha) or large ones (beta)",
  source: "Kwon and Zou (2022), Eq. 5",
  needs: [],
  settings: {
    alpha: { summary: "α: the larger, the more small sets count", standard: 16, above: 0 },
    beta: { summary: "β: the larger, the more large sets count", standard: 1, above: 0 },
    sampler: samplerSetting,
    ...samplingSettings,
  },
  cost: "a pool",
  properties: shapleyProperties,
  make: ({ alpha, beta, ...settings }) =>
    valuer({ estimate: (game, run) => semivaluesOf(game, betaSizes(alpha, beta), settings, run) }),
});

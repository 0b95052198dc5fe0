/** Truncated Monte Carlo Shapley: an order is followed only until little is left to be added. */

import { method } from "../method/method.ts";
import { singles } from "./games/sets.ts";
import { checkSampling, samplingSettings } from "./sampling/sampling-settings.ts";
import { fromAllSubsets } from "./semivalues/all-subsets.ts";
import { fromPermutations } from "./semivalues/semivalue.ts";
import { uniformSizes } from "./semivalues/size-laws.ts";
import { shapleyProperties } from "./shapley.ts";
import { valuer } from "./valuer.ts";

/** TMC-Shapley (Ghorbani and Zou 2019, Algorithm 1). With a tolerance of 0 it is an unbiased estimate of Shapley values. */
export const tmcShapley = method({
  name: "tmc-shapley",
  summary: "Shapley values from drawn orders, each followed until the measure is near its end",
  source: "Ghorbani and Zou (2019), Algorithm 1",
  needs: [],
  settings: {
    tolerance: {
      summary: "an order ends where |ν(all) − ν(so far)| is below this, in the measure's unit; 0: never",
      standard: 0.01,
      least: 0,
    },
    antithetic: { summary: "follow every order by its reverse", standard: false },
    ...samplingSettings,
  },
  cost: "a pool",
  properties: { ...shapleyProperties, full: "O(KT)", further: "O(K)", storage: "O(Kp)" },
  make: ({ tolerance, antithetic, ...sampling }) =>
    valuer({
      async estimate(game, run) {
        checkSampling(sampling);
        // One player adds to nobody: there is one order.
        if (game.players === 1) return fromAllSubsets(game, singles(1), uniformSizes, run);
        const walks = { taken: 0, possible: 0 };
        const orders = { law: uniformSizes, seed: sampling.seed, antithetic, tolerance };
        const found = await fromPermutations(game, orders, sampling, run, walks);
        if (walks.taken === walks.possible) return found;
        const share = Math.round((100 * walks.taken) / walks.possible);
        const cut = `orders were followed for ${share} % of their length; those cut off count 0, so values are biased`;
        return { ...found, notes: [...(found.notes ?? []), cut] };
      },
    }),
});

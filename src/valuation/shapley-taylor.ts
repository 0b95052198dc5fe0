/** The Shapley–Taylor index: what all are worth, shared out among the sets of up to some players. */

import { method } from "../method/method.ts";
import { interactionSettings, setValuer } from "./semivalues/interaction.ts";
import { taylorSizes } from "./semivalues/size-laws.ts";
import { shapleyProperties } from "./shapley.ts";

/** Sundararajan et al. (2020); survey Eq. 21 for sets of `order`; smaller ones have what they add to nobody. All sum to ν(all) − ν(none). */
export const shapleyTaylor = method({
  name: "shapley-taylor",
  summary: "what sets of up to `order` players add together; all of it sums to what all are worth",
  source: "Sundararajan et al. (2020); survey, Eq. 21",
  needs: [],
  settings: interactionSettings,
  cost: "a pool",
  properties: shapleyProperties,
  make: (settings) => setValuer(taylorSizes(settings.order), settings),
});

/** The Shapley interaction index: do players add more together than apart? */

import { method } from "../method/method.ts";
import { interactionSettings, setValuer } from "./semivalues/interaction.ts";
import { uniformSizes } from "./semivalues/size-laws.ts";
import { shapleyProperties } from "./shapley.ts";

/** Grabisch and Roubens (1999); survey Eq. 19: (n − a − s)! s!/(n − a + 1)! for others of size s. Sets of one player have their Shapley values. */
export const shapleyInteraction = method({
  name: "shapley-interaction",
  summary: "what sets of players add together beyond their parts, others of every size counting the same",
  source: "Grabisch and Roubens (1999); survey, Eq. 19",
  needs: [],
  settings: interactionSettings,
  cost: "a pool",
  properties: shapleyProperties,
  make: (settings) => setValuer(uniformSizes, settings),
});

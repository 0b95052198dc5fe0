/** The catalogue of unlearners. */

import type { Catalogue } from "../method/method.ts";
import { exact } from "./exact.ts";
import { cif, influenceFunctionStep, newton, scif, sif } from "./influence-step.ts";
import { retrain } from "./retrain.ts";
import type { Unlearner } from "./unlearner.ts";

export { exact } from "./exact.ts";
export { aimOf, cif, influenceFunctionStep, newton, scif, sif } from "./influence-step.ts";
export { retrain } from "./retrain.ts";
export type { ForgetOptions, Forgotten, Guarantee, Unlearner } from "./unlearner.ts";

/** Every unlearner. */
export const unlearners: Catalogue<Unlearner> = {
  what: "unlearner",
  methods: [exact, retrain, newton, influenceFunctionStep, cif, sif, scif],
  variants: {},
};

/** The catalogue of unlearners. */

import type { Catalogue } from "../method/method.ts";
import { cif } from "./cif.ts";
import { exact } from "./exact.ts";
import { fineTune } from "./fine-tune.ts";
import { influenceFunctionStep } from "./influence-function.ts";
import { leafRefitting } from "./leaf-refit.ts";
import { newton } from "./newton.ts";
import { recEraser } from "./receraser.ts";
import { retrain } from "./retrain.ts";
import { scif } from "./scif.ts";
import { sif } from "./sif.ts";
import { sisa } from "./sisa.ts";
import { ubpr } from "./ubpr.ts";
import type { Unlearner } from "./unlearner.ts";
import { warmAls } from "./warm-als.ts";

export { aimOf } from "./aim.ts";
export { cif } from "./cif.ts";
export { exact } from "./exact.ts";
export { fineTune } from "./fine-tune.ts";
export { influenceFunctionStep } from "./influence-function.ts";
export { leafRefitting } from "./leaf-refit.ts";
export { newton } from "./newton.ts";
export { recEraser } from "./receraser.ts";
export { retrain } from "./retrain.ts";
export { scif } from "./scif.ts";
export { sif } from "./sif.ts";
export { sisa } from "./sisa.ts";
export { ubpr } from "./ubpr.ts";
export type { ForgetOptions, Forgotten, Guarantee, Unlearner } from "./unlearner.ts";
export { update } from "./update.ts";
export { warmAls } from "./warm-als.ts";

/** Every unlearner. */
export const unlearners: Catalogue<Unlearner> = {
  what: "unlearner",
  methods: [
    exact,
    retrain,
    newton,
    influenceFunctionStep,
    cif,
    sif,
    scif,
    ubpr,
    sisa,
    recEraser,
    warmAls,
    fineTune,
    leafRefitting,
  ],
  variants: {},
};

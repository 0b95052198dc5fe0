/** The influence function, taken as a step. */

import { smoothParameters } from "../method/needs.ts";
import { influenceStep, printedOf } from "./influence-step.ts";

/** The influence function as a step: the Hessian of all data, no gap. */
export const influenceFunctionStep = influenceStep({
  name: "influence-function",
  summary: "θ + H⁻¹∇ℓ with the Hessian of all data",
  source: "Koh and Liang (2017); Li et al. (2024), Eq. 7",
  needs: [smoothParameters],
  corrected: printedOf("all", false),
  printed: printedOf("all", false),
});

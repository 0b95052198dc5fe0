/** The selective influence function. */

import { smoothParameters } from "../method/needs.ts";
import { influenceStep, newtonOf, printedOf } from "./influence-step.ts";

/** Selective influence function. */
export const sif = influenceStep({
  name: "sif",
  summary: "one Newton step of the affected users' rows",
  source: "Li et al. (2024), Eq. 10",
  needs: [smoothParameters],
  corrected: newtonOf("users", false),
  printed: printedOf("users", false),
});

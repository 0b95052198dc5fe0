/** The selective and collaborative influence function. */

import { ratings, smoothParameters } from "../method/needs.ts";
import { influenceStep, newtonOf, printedOf } from "./influence-step.ts";

/** Selective and collaborative influence function. */
export const scif = influenceStep({
  name: "scif",
  summary: "sif towards mean ratings instead of none",
  source: "Li et al. (2024), Eq. 13",
  needs: [smoothParameters, ratings],
  corrected: newtonOf("users", true),
  printed: printedOf("users", true),
});

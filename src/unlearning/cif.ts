/** The collaborative influence function. */

import { ratings, smoothParameters } from "../method/needs.ts";
import { influenceStep, newtonOf, printedOf } from "./influence-step.ts";

/** Collaborative influence function. */
export const cif = influenceStep({
  name: "cif",
  summary: "the influence function towards mean ratings instead of none",
  source: "Li et al. (2024), Eq. 9",
  needs: [smoothParameters, ratings],
  corrected: newtonOf("all", true),
  printed: printedOf("all", true),
});

/** Newton's step on what remains. */

import { smoothParameters } from "../method/needs.ts";
import { influenceStep, newtonOf, printedOf } from "./influence-step.ts";

/** One Newton step of all parameters on what remains. */
export const newton = influenceStep({
  name: "newton",
  summary: "one Newton step of all parameters on the retained data",
  source: "Guo, Goldstein, Hannun and van der Maaten (2020)",
  needs: [smoothParameters],
  corrected: newtonOf("all", false),
  printed: printedOf("all", false),
});

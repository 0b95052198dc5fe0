/** Unlearning for Bayesian personalised ranking: one step with the Hessian of all triples. */

import { method } from "../method/method.ts";
import { smoothParameters, triples } from "../method/needs.ts";
import { formSetting, printedOf, type Step, solverSettings, unlearnerBy } from "./influence-step.ts";

const firstOrder =
  "first order: the curvature of the forgotten triples is left out, so that of many, or of a whole user, a part stays";
const l2Twice =
  "as printed the step also takes the L2 away, which what remains keeps: it moves the model whatever is forgotten";
const corrected: Step = { ...printedOf("all", false), caveats: [firstOrder] };
const printed: Step = { ...corrected, takesL2: true, caveats: [firstOrder, l2Twice] };

/**
 * θ + (H + damping)⁻¹∇ℓ(forgotten triples), H the Hessian of all triples as they are kept, by conjugate gradients (Chen et al. 2025, Eq. 7 to
 * 9). As printed the forget loss has the L2 of Eq. 2 in it, so that Eq. 4 takes the whole L2 away a second time: the step is longer by H⁻¹λΘ.
 */
export const ubpr = method({
  name: "ubpr",
  summary: "θ + H⁻¹∇ℓ of the forgotten triples, with the Hessian of all",
  source: "Chen, Zhang, Li and Li (2025), Eq. 7 to 9",
  needs: [smoothParameters, triples],
  settings: {
    form: formSetting,
    damping: { summary: "added to the diagonal of H", standard: 0, least: 0 },
    ...solverSettings,
  },
  cost: "a solve",
  make: ({ form, ...solve }) => unlearnerBy(form === "printed" ? printed : corrected, solve),
});

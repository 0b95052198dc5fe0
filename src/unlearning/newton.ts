/** Newton's step on what remains, or some inexact ones with line search. */

import { LetheError } from "../errors.ts";
import { checkWhole, method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import { newtonSteps } from "../training/steps.ts";
import { approximateBy } from "./approximate.ts";
import { formSetting, newtonOf, printedOf, solverSettings, unlearnerBy } from "./influence-step.ts";
import type { Unlearner } from "./unlearner.ts";

/**
 * With `steps` 1 the linear step θ − H⁻¹∇J of what remains, solved tightly (Guo et al. 2020, Eq. 2). With more, so many truncated Newton steps
 * with line search (Nocedal & Wright 2006, Algorithm 7.1), each solved to the relative residual `forcing`: a cheap step leaves little, since the next
 * one sets out from where it led.
 */
export const newton = method({
  name: "newton",
  summary: "one Newton step of all parameters on the retained data, or some inexact ones with line search",
  source: "Guo, Goldstein, Hannun and van der Maaten (2020)",
  needs: [smoothParameters],
  settings: {
    form: formSetting,
    steps: { summary: "1: the linear step; more: so many inexact steps with line search", standard: 1, least: 1 },
    forcing: {
      summary: "of more than one step: relative residual at which each solve stops",
      standard: 0.02,
      above: 0,
    },
    ...solverSettings,
  },
  cost: "a solve",
  make({ form, steps, forcing, ...solve }): Unlearner {
    if (steps === 1) return unlearnerBy(form === "printed" ? printedOf("all", false) : newtonOf("all", false), solve);
    checkSteps(steps, form, solve.solver);
    return approximateBy([], ({ retain, params, tolerance }, run) =>
      newtonSteps(retain, params, run, { steps, tolerance, forcing }),
    );
  },
});

function checkSteps(steps: number, form: string, solver: string): void {
  checkWhole("steps", steps);
  for (const [name, value, usual] of [
    ["form", form, "corrected"],
    ["solver", solver, "iterative"],
  ])
    if (value !== usual)
      throw new LetheError(
        "bad-input",
        `\`${name}\` is ${value} with ${steps} \`steps\`; expected ${usual}`,
        `leave \`${name}\` or \`steps\` out`,
      );
}

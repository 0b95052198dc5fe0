/** On the way: as near to the optimum as the next step needs. */

import { strideOf } from "../../../kernel/kernels.ts";
import { anderson } from "../anderson.ts";
import type { Descent } from "../descent.ts";
import { newton } from "../newton.ts";
import { factoriseBoth, wide } from "../opening.ts";
import { isThin, minimiseThin } from "../thin/minimise.ts";

/** ‖∇J‖ that is near enough, as a share of the pull of the L2 on the factors; how far each solve goes, and how many there are. */
const share = 1e-3;
const forcing = 0.2;
const mostSteps = 6;

/** Relaxation of wide models builds blocks once, for so many passes at most. */
const mostPasses = 60;

/** Goes near to the optimum from the session's point, and stays with the optimum that is followed. */
export async function approach(descent: Descent): Promise<void> {
  const near = nearby(descent);
  if (isThin(descent.objective.problem)) await minimiseThin(near);
  else await newton(near, { maxSteps: mostSteps, forcing });
}

/** The same where there is one optimum alone, so that any way leads to it. */
export async function approachOnlyOne(descent: Descent, until = share): Promise<void> {
  if (descent.objective.settings.factors < wide || isThin(descent.objective.problem)) return approach(descent);
  await factoriseBoth(descent.session, descent.yieldToEventLoop);
  await anderson(nearby(descent, until), { maxPasses: mostPasses });
}

function nearby(descent: Descent, until = share): Descent {
  return { ...descent, tolerance: Math.max(descent.tolerance, until * pullOfL2(descent)) };
}

/** The norm of the L2's part of ∇J along the factors. */
function pullOfL2({ objective, session }: Descent): number {
  const { shape, problem } = objective;
  const { userScale, itemScale, factorPenalty } = problem;
  const stride = strideOf(shape);
  const point = new Float64Array(session.parameterCount);
  session.getPoint(point);
  let sum = 0;
  for (let r = 0; r < shape.userCount + shape.itemCount; r++) {
    const scale = r < shape.userCount ? userScale[r] : itemScale[r - shape.userCount];
    for (let k = r * stride; k < r * stride + shape.factors; k++) sum += (scale * point[k]) ** 2;
  }
  return factorPenalty * Math.sqrt(sum);
}

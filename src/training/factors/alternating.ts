/** Alternating least squares: users, items and mean in turn, each exactly. */

import { type Descent, type Standing, standing } from "./descent.ts";
import { recentre } from "./shifts.ts";

/** Runs `sweeps` sweeps from the session's point (Koren, Bell & Volinsky 2009, with biases in the blocks and shifts moved into the mean). */
export async function alternate(descent: Descent, sweeps: number, until = 0): Promise<Standing> {
  const { objective, session, gradient, report, yieldToEventLoop } = descent;
  const { problem } = objective;
  const point = new Float64Array(session.parameterCount);
  let now: Standing = { value: Number.NaN, gradientNorm: Number.POSITIVE_INFINITY };
  for (let sweep = 1; sweep <= sweeps; sweep++) {
    session.solve("user");
    await yieldToEventLoop();
    session.solve("item");
    await yieldToEventLoop();
    session.getPoint(point);
    recentre(problem, point);
    session.setPoint(point);
    await yieldToEventLoop();
    now = standing(descent);
    report({ phase: "alternating", step: sweep, objective: now.value, gradientNorm: now.gradientNorm });
    await yieldToEventLoop();
    if (now.gradientNorm <= until) break;
    if (problem.shape.learnedMean) {
      point[point.length - 1] -= gradient[gradient.length - 1] / Math.max(1, problem.ratings.length);
      session.setPoint(point);
    }
  }
  return now;
}

/** Anderson acceleration of block relaxation with frozen blocks: the fast way from one optimum to a nearby one. */

import type { FactorSession } from "../../kernel/kernels.ts";
import type { LinearOperator } from "../../linear/solver.ts";
import { backSubstitute, choleskyInPlace, forwardSubstitute } from "../../numeric/dense.ts";
import { addCombination, difference, dot, norm } from "../../numeric/vector.ts";
import { type Descent, type Standing, standing } from "./descent.ts";
import { blockPreconditioner } from "./preconditioner.ts";
import { deflated, type SlowModes } from "./slow-modes.ts";

/** Settings of the acceleration. */
export interface AndersonOptions {
  readonly maxPasses?: number;
  /** How many earlier steps are mixed. */
  readonly memory?: number;
  readonly slowModes?: SlowModes | undefined;
}

/** What one pass left: the gradient it saw, the step that it proposes, and the point where that leads. */
interface Pass {
  readonly goal: Float64Array;
  readonly step: Float64Array;
  readonly gradient: Float64Array;
}

/** Differences of successive passes; −⟨Δstep_a, Δgradient_b⟩ of all pairs of them, and −⟨Δstep_a, gradient⟩ of the latest gradient. */
interface History {
  readonly secants: Pass[];
  readonly products: number[][];
  readonly along: number[];
}

/**
 * Minimises J from the session's point with the blocks of users and items as the session holds them: every pass over the
 * ratings moves each user by its inverse block and takes the items' gradient there; the items step by their inverse
 * blocks, and the last `memory` passes are mixed by least squares in the metric ⟨step, gradient⟩ (Anderson 1965; Walker &
 * Ni 2011). Ends at the tolerance, after `maxPasses`, or when it no longer gets ahead; the session is left at the best point.
 */
export async function anderson(descent: Descent, options: AndersonOptions = {}): Promise<Standing> {
  const { maxPasses = 150, memory = 20, slowModes } = options;
  const { session, tolerance, yieldToEventLoop, report } = descent;
  const blocks = blockPreconditioner(descent.objective.problem, session);
  const precondition = slowModes === undefined ? blocks : deflated(blocks, slowModes);
  const gradient = new Float64Array(session.reducedCount);
  const history: History = { secants: [], products: [], along: [] };
  const best = { gradientNorm: Number.POSITIVE_INFINITY, point: new Float64Array(session.parameterCount), pass: 0 };
  let last: Pass | undefined;
  for (let pass = 1; pass <= maxPasses; pass++) {
    const value = session.relaxUsers(gradient);
    const gradientNorm = norm(gradient);
    report({ phase: "relaxing", step: pass, objective: value, gradientNorm });
    if (gradientNorm < best.gradientNorm) {
      Object.assign(best, { gradientNorm, pass });
      session.getPoint(best.point);
    }
    if (gradientNorm <= 0.5 * tolerance || !Number.isFinite(gradientNorm)) break;
    if (pass - best.pass > 8 || gradientNorm > 1e3 * best.gradientNorm) break;
    await yieldToEventLoop();
    const here = passAt(session, gradient, precondition);
    if (last !== undefined) remember(history, here, last, memory);
    last = here;
    const next = here.goal.slice();
    const weights = mixingWeights(history);
    addCombination(
      next,
      weights.map((w) => -w),
      history.secants.map((secant) => secant.goal),
    );
    session.setPoint(next);
  }
  session.setPoint(best.point);
  return standing(descent);
}

function passAt(session: FactorSession, seen: Float64Array, precondition: LinearOperator): Pass {
  const step = new Float64Array(session.reducedCount);
  precondition.apply(seen, step);
  const goal = new Float64Array(session.parameterCount);
  session.getPoint(goal);
  const itemsAt = session.parameterCount - session.reducedCount;
  for (let k = 0; k < step.length; k++) {
    step[k] = -step[k];
    goal[itemsAt + k] += step[k];
  }
  return { goal, step, gradient: seen.slice() };
}

/** Adds the difference of two passes and its products, and drops the oldest. */
function remember({ secants, products, along }: History, here: Pass, last: Pass, memory: number): void {
  if (secants.length === memory) {
    secants.shift();
    products.shift();
    along.shift();
    for (const row of products) row.shift();
  }
  const secant: Pass = {
    goal: difference(here.goal, last.goal),
    step: difference(here.step, last.step),
    gradient: difference(here.gradient, last.gradient),
  };
  secants.push(secant);
  // Blocks are frozen: Δstep = −M·Δgradient with one symmetric M, so one product serves both triangles.
  const row = secants.map((other) => -dot(other.step, secant.gradient));
  products.forEach((earlier, a) => {
    earlier.push(row[a]);
    along[a] += row[a];
  });
  products.push(row);
  along.push(-dot(secant.step, here.gradient));
}

/** What a unit diagonal is raised by: directions that rounding cannot tell apart share their weight instead of taking huge ones. */
const ridge = 1e-12;

/** Solves A·w = b, A_ab = −⟨Δstep_a, Δgradient_b⟩, b_a = −⟨Δstep_a, gradient⟩, scaled to a unit diagonal. */
function mixingWeights({ secants, products, along }: History): Float64Array {
  const m = secants.length;
  const scale = products.map((row, a) => 1 / Math.sqrt(Math.abs(row[a]) || 1));
  for (let lift = ridge; lift < 1; lift *= 100) {
    const matrix = new Float64Array(m * m);
    for (let a = 0; a < m; a++)
      for (let b = 0; b <= a; b++) matrix[a * m + b] = products[a][b] * scale[a] * scale[b] + (a === b ? lift : 0);
    if (!choleskyInPlace(matrix, m)) continue;
    const weights = Float64Array.from(along, (product, a) => product * scale[a]);
    forwardSubstitute(matrix, m, weights);
    backSubstitute(matrix, m, weights);
    return weights.map((w, a) => w * scale[a]);
  }
  return new Float64Array(m);
}

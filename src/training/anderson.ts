/** Anderson acceleration of block relaxation with frozen blocks: the fast way from one optimum to a nearby one. */

import { symmetricEigen } from "../numeric/dense.ts";
import { addScaled, dot, norm } from "../numeric/vector.ts";
import { type Descent, type Standing, standing } from "./descent.ts";
import { blockPreconditioner } from "./preconditioner.ts";

/** Settings of the acceleration. */
export interface AndersonOptions {
  readonly maxPasses?: number;
  /** How many earlier steps are mixed. */
  readonly memory?: number;
}

/** What one pass did: the step it proposes, the gradient it saw, and where it stood. */
interface Pass {
  readonly step: Float64Array;
  readonly gradient: Float64Array;
  readonly point: Float64Array;
}

/** Differences between two successive passes. */
interface Secant extends Pass {}

/**
 * Minimises J from the session's point with the blocks of users and items as the session holds them: every pass over the ratings moves
 * each user by its inverse block and takes the items' gradient there; the items step by their inverse blocks, and the last
 * `memory` passes are mixed by least squares in the metric ⟨step, gradient⟩ (Anderson 1965; Walker & Ni 2011). Ends at
 * the tolerance, after `maxPasses`, or when it no longer gets ahead; the caller checks the standing and may go on with Newton.
 */
export async function anderson(descent: Descent, options: AndersonOptions = {}): Promise<Standing> {
  const { maxPasses = 60, memory = 20 } = options;
  const { session, tolerance, breathe, report } = descent;
  const precondition = blockPreconditioner(descent.objective.problem, session);
  const itemsAt = session.parameterCount - session.reducedCount;
  const gradient = new Float64Array(session.reducedCount);
  const secants: Secant[] = [];
  const best = { gradientNorm: Number.POSITIVE_INFINITY, point: new Float64Array(session.parameterCount), pass: 0 };
  let last: Pass | undefined;
  for (let pass = 1; pass <= maxPasses; pass++) {
    const value = session.relaxUsers(gradient);
    const gradientNorm = norm(gradient);
    const point = new Float64Array(session.parameterCount);
    session.getPoint(point);
    report({ phase: "relaxing", step: pass, objective: value, gradientNorm });
    if (gradientNorm < best.gradientNorm) Object.assign(best, { gradientNorm, point, pass });
    if (gradientNorm <= 0.5 * tolerance || !Number.isFinite(gradientNorm)) break;
    if (pass - best.pass > 8 || gradientNorm > 1e3 * best.gradientNorm) break;
    await breathe();
    const step = new Float64Array(session.reducedCount);
    precondition.apply(gradient, step);
    for (let k = 0; k < step.length; k++) step[k] = -step[k];
    const here: Pass = { step, gradient: gradient.slice(), point };
    if (last !== undefined) secants.push(secantOf(here, last));
    if (secants.length > memory) secants.shift();
    last = here;
    session.setPoint(mixed(here, secants, itemsAt));
  }
  session.setPoint(best.point);
  return standing(descent);
}

function secantOf(here: Pass, last: Pass): Secant {
  const minus = (a: Float64Array, b: Float64Array) => a.map((x, k) => x - b[k]);
  return {
    step: minus(here.step, last.step),
    gradient: minus(here.gradient, last.gradient),
    point: minus(here.point, last.point),
  };
}

/** The next point: the pass's own step, less the combination of earlier ones that explains it best. */
function mixed(here: Pass, secants: readonly Secant[], itemsAt: number): Float64Array {
  const next = here.point.slice();
  const items = next.subarray(itemsAt);
  addScaled(items, 1, here.step);
  const weights = mixingWeights(here, secants);
  for (let a = 0; a < secants.length; a++) {
    addScaled(next, -weights[a], secants[a].point);
    addScaled(items, -weights[a], secants[a].step);
  }
  return next;
}

/** Solves A·w = b, A_ab = −sym⟨Δstep_a, Δgradient_b⟩, b_a = −⟨Δstep_a, gradient⟩, scaled to a unit diagonal, directions below rounding dropped. */
function mixingWeights(here: Pass, secants: readonly Secant[]): Float64Array {
  const m = secants.length;
  const matrix = new Float64Array(m * m);
  const weights = new Float64Array(m);
  for (let a = 0; a < m; a++) {
    for (let b = 0; b <= a; b++) {
      const both = dot(secants[a].step, secants[b].gradient) + dot(secants[b].step, secants[a].gradient);
      matrix[a * m + b] = matrix[b * m + a] = -both / 2;
    }
    weights[a] = -dot(secants[a].step, here.gradient);
  }
  const scale = Float64Array.from({ length: m }, (_, a) => 1 / Math.sqrt(Math.abs(matrix[a * m + a]) || 1));
  for (let a = 0; a < m; a++) {
    weights[a] *= scale[a];
    for (let b = 0; b < m; b++) matrix[a * m + b] *= scale[a] * scale[b];
  }
  const { values, vectors } = symmetricEigen(matrix, m);
  const out = new Float64Array(m);
  for (let c = 0; c < m; c++) {
    if (!(values[c] > 1e-12 * values[0])) continue;
    let amount = 0;
    for (let a = 0; a < m; a++) amount += vectors[a * m + c] * weights[a];
    for (let a = 0; a < m; a++) out[a] += (amount / values[c]) * vectors[a * m + c] * scale[a];
  }
  return out;
}

/** What can be proved of parameters: how stationary they are, and how far any optimum can be. */

import { defaultKernels } from "../kernel/default.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import { addGram } from "../model/gauge.ts";
import { symmetricEigen } from "../numeric/dense.ts";
import { norm } from "../numeric/vector.ts";
import { type Factorization, placesOf } from "../objective/factorization.ts";
import { smallestCurvature } from "./curvature.ts";
import { dualityGap } from "./duality.ts";

/** A certificate, recomputed from an objective and parameters alone. All norms are in units of J per unit of parameter. */
export interface Certificate {
  /** ‖∇J‖ of the objective on the data that are there. */
  readonly gradientNorm: number;
  /** The largest gradient norm of one user's or item's row. */
  readonly largestRow: number;
  readonly tolerance: number;
  /** gradientNorm ≤ tolerance. */
  readonly converged: boolean;
  readonly objective: number;
  /** J − J* is at most this (to the rounding of J), over all parameters of any rank; null where the problem has no convex form. */
  readonly dualityGap: number | null;
  /** σ₁/λ of the (scaled) residual matrix; 1 at a global optimum with factors, above 1 the gap proves little. */
  readonly sigmaRatio: number | null;
  /** Bound on the RMS distance of the training pairs' scores from any global optimum's, in rating units: √(2·gap/n). */
  readonly rmsBound: number | null;
  /** The smallest curvature off the gauge, about, where it was asked for. */
  readonly curvature: number | null;
  /** About ‖θ − θ*‖: gradientNorm / curvature. An estimate, never a bound. */
  readonly localDistance: number | null;
  /** "global": any retraining to the optimum gives these predictions, by the gap. "local": warm retraining does; another seed may end elsewhere. */
  readonly scope: "global" | "local" | "none";
  /** The above in plain words. */
  readonly verdict: string;
}

/** An RMS bound below this many rating units counts as a proof of global optimality. */
const globalBound = 1e-4;

/** Computes a certificate at `params`: one pass for the gradient, some tens of cheap ones for the gap; with `curvature`, eight linear solves more. */
export function certify(
  objective: Factorization,
  params: Float64Array,
  tolerance: number,
  kernels: FactorKernels = defaultKernels(),
  options: { readonly curvature?: boolean | undefined } = {},
): Certificate {
  const session = kernels.open(objective.problem);
  const gradient = new Float64Array(objective.parameterCount);
  const residuals = new Float64Array(objective.interactions.size);
  let value: number;
  try {
    session.setPoint(params);
    value = session.evaluate(gradient);
    session.residuals(residuals);
  } finally {
    session.close();
  }
  const gradientNorm = norm(gradient);
  const { gap, sigmaRatio } = dualityGap(objective, params, residuals, value);
  // The gap is a difference of numbers of the size of J, and σ₁ has an error of its own: below this it says nothing.
  const provable = Math.max(gap, 1e-12 * Math.abs(value));
  const rmsBound = Math.sqrt((2 * provable) / Math.max(1, strength(objective)));
  const converged = gradientNorm <= tolerance;
  const escapable = converged && sigmaRatio > 1 + 1e-6 && hasDeadFactor(objective, params);
  const scope = !converged || escapable ? "none" : rmsBound <= globalBound ? "global" : "local";
  const found = options.curvature === true && converged ? smallestCurvature(objective, params, kernels) : null;
  const curvature = found !== null && found > 0 ? found : null;
  const localDistance = curvature === null ? null : gradientNorm / curvature;
  const unit = objective.zeroWeight === 0 ? "rating units" : "of a score";
  const facts = { gradientNorm, tolerance, rmsBound, dualityGap: gap, localDistance, escapable, unit };
  return {
    gradientNorm,
    largestRow: largestRowNorm(objective, gradient),
    tolerance,
    converged,
    objective: value,
    dualityGap: gap,
    sigmaRatio,
    rmsBound,
    curvature,
    localDistance,
    scope,
    verdict: verdictOf(scope, facts),
  };
}

/** Σ(score − optimum's)² over the training pairs is at most 2·gap·size/strength: the number of pairs, times the least confidence. */
function strength({ interactions, terms, zeroWeight }: Factorization): number {
  if (zeroWeight === 0) return interactions.size;
  return interactions.size * terms.pulls.reduce((least, c) => Math.min(least, c), 1e300);
}

/** Whether the embeddings span fewer dimensions than they have. */
function hasDeadFactor({ shape }: Factorization, params: Float64Array): boolean {
  const gram = new Float64Array(shape.factors * shape.factors);
  const { stride } = placesOf(shape);
  addGram(params, 0, params, 0, shape.userCount + shape.itemCount, shape.factors, stride, gram);
  const { values } = symmetricEigen(gram, shape.factors);
  return values[shape.factors - 1] <= 1e-8 * Math.max(values[0], 1);
}

/** The largest norm of a user's or item's part of a gradient. */
export function largestRowNorm(objective: Factorization, gradient: Float64Array): number {
  const { stride, meanAt } = placesOf(objective.shape);
  const end = meanAt >= 0 ? meanAt : gradient.length;
  let most = meanAt >= 0 ? Math.abs(gradient[meanAt]) : 0;
  for (let at = 0; at < end; at += stride) most = Math.max(most, norm(gradient.subarray(at, at + stride)));
  return most;
}

function verdictOf(
  scope: Certificate["scope"],
  facts: Pick<Certificate, "gradientNorm" | "tolerance" | "localDistance"> & {
    readonly rmsBound: number;
    readonly dualityGap: number;
    readonly escapable: boolean;
    readonly unit: string;
  },
): string {
  const at = `‖∇J‖ ${facts.gradientNorm.toExponential(1)}`;
  if (facts.escapable)
    return `not a minimum: stationary (${at}), but a factor has died out where the data have room for one; train again`;
  if (scope === "none")
    return `not converged: ${at} is above the tolerance ${facts.tolerance.toExponential(1)}; nothing is certified`;
  if (scope === "global")
    return `global: any retraining to the optimum predicts the same, to ${facts.rmsBound.toExponential(1)} ${facts.unit} (RMS over the training pairs; ${at})`;
  const near =
    facts.localDistance === null
      ? ""
      : `, parameters about ${facts.localDistance.toExponential(0)} from the optimum here`;
  return `local: retraining from here changes nothing (${at}${near}); the duality gap ${facts.dualityGap.toPrecision(2)} does not exclude another optimum for another seed`;
}

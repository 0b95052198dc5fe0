/** What can be proved of parameters: how stationary they are, and how far any optimum can be. */

import type { RunContext } from "../../kernel/run-context.ts";
import { addGram } from "../../model/gauge.ts";
import { symmetricEigen } from "../../numeric/dense.ts";
import { norm } from "../../numeric/vector.ts";
import { type Factorization, placesOf } from "../../objective/factorization.ts";
import { confidenceOf } from "../../objective/loss.ts";
import { type Conclusion, type Figures, kindOf, type StationaryCertificate } from "../certificate.ts";
import { smallestCurvature } from "./curvature.ts";
import { dualityGap } from "./duality.ts";
import { factorRun, openFactors } from "./opening.ts";

/** An RMS bound below this many rating units counts as a proof of global optimality. */
const globalBound = 1e-4;

/** Computes a certificate at `params`: one pass for the gradient, some tens of cheap ones for the gap; with `curvature`, eight linear solves more. */
export async function certifyFactors(
  objective: Factorization,
  params: Float64Array,
  tolerance: number,
  run: RunContext,
  options: { readonly curvature?: boolean | undefined } = {},
): Promise<StationaryCertificate> {
  const { yieldToEventLoop } = run;
  const session = await openFactors(objective, factorRun(run), params);
  const gradient = new Float64Array(objective.parameterCount);
  const residuals = new Float64Array(objective.interactions.size);
  let value: number;
  try {
    value = session.evaluate(gradient);
    await yieldToEventLoop();
    session.residuals(residuals);
  } finally {
    session.close();
  }
  const gradientNorm = norm(gradient);
  await yieldToEventLoop();
  const { gap, sigmaRatio } = await dualityGap(objective, params, residuals, value, yieldToEventLoop);
  // The gap is a difference of numbers of the size of J, and σ₁ has an error of its own: below this it says nothing.
  const provable = Math.max(gap, 1e-12 * Math.abs(value));
  const bound = Math.sqrt((2 * provable) / strength(objective));
  const rmsBound = Number.isFinite(bound) ? bound : null;
  const found =
    options.curvature === true && gradientNorm <= tolerance ? await smallestCurvature(objective, params, run) : null;
  const curvature = found !== null && found > 0 ? found : null;
  const figures = {
    ...{ gradientNorm, largestRow: largestRowNorm(objective, gradient), tolerance, objective: value },
    ...{ dualityGap: gap, sigmaRatio, rmsBound, curvature },
    localDistance: curvature === null ? null : gradientNorm / curvature,
  };
  return { ...figures, ...concludeFactors(objective, params, figures) };
}

/** What figures at `params` amount to: the scope, and the words for it. */
export function concludeFactors(objective: Factorization, params: Float64Array, figures: Figures): Conclusion {
  const { gradientNorm, tolerance, sigmaRatio, rmsBound, dualityGap, localDistance } = figures;
  const converged = gradientNorm <= tolerance;
  const escapable = converged && (sigmaRatio ?? 0) > 1 + 1e-6 && hasDeadFactor(objective, params);
  const bound = rmsBound ?? Number.POSITIVE_INFINITY;
  const scope = !converged || escapable ? "none" : bound <= globalBound ? "global" : "local";
  const unit = objective.zeroWeight === 0 ? "rating units" : "of a score";
  const gap = dualityGap ?? Number.POSITIVE_INFINITY;
  const facts = { gradientNorm, tolerance, rmsBound, dualityGap: gap, localDistance, escapable, unit };
  return { kind: kindOf(scope), converged, scope, verdict: verdictOf(scope, facts) };
}

/**
 * Σ(score − optimum's)² over the training pairs is at most 2·gap·size/strength: the number of pairs, times the least confidence among them. A pair
 * with a confidence of 0 is bound by nothing.
 */
function strength({ interactions, settings }: Factorization): number {
  const { confidence } = settings;
  const size = Math.max(1, interactions.size);
  if (confidence === undefined) return size;
  return size * interactions.ratings.reduce((least, r) => Math.min(least, confidenceOf(confidence, r)), 1e300);
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
  scope: StationaryCertificate["scope"],
  facts: Pick<StationaryCertificate, "gradientNorm" | "tolerance" | "localDistance"> & {
    readonly rmsBound: number | null;
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
    return `global: any retraining to the optimum predicts the same, to ${facts.rmsBound?.toExponential(1)} ${facts.unit} (RMS over the training pairs; ${at})`;
  const near =
    facts.localDistance === null
      ? ""
      : `, parameters about ${facts.localDistance.toExponential(0)} from the optimum here`;
  return `local: retraining from here changes nothing (${at}${near}); the duality gap ${facts.dualityGap.toPrecision(2)} does not exclude another optimum for another start`;
}

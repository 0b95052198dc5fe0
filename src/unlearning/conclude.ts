/** What all unlearners end with: the certificate on the retained data. */

import { defaultKernels } from "../kernel/default.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import { norm } from "../numeric/vector.ts";
import type { Factorization } from "../objective/factorization.ts";
import { certify } from "../training/certificate.ts";
import type { Trained } from "../training/trained.ts";
import type { ForgetOptions, Forgotten, Guarantee } from "./unlearner.ts";

/** What an unlearner found. */
export interface Found {
  readonly params: Float64Array;
  readonly guarantee: Guarantee;
  readonly caveats: readonly string[];
  readonly seed?: number;
}

/** Times the work, certifies its result on the retain objective, and puts the two together. */
export async function conclude(
  trained: Trained,
  retain: Factorization,
  options: Pick<ForgetOptions, "tolerance" | "kernels" | "curvature">,
  work: (kernels: FactorKernels, tolerance: number) => Promise<Found>,
): Promise<Forgotten> {
  const { kernels = defaultKernels(), tolerance = trained.tolerance } = options;
  const begun = performance.now();
  const found = await work(kernels, tolerance);
  const worked = performance.now();
  const certificate = certify(retain, found.params, tolerance, kernels, { curvature: options.curvature });
  const status = !Number.isFinite(certificate.objective)
    ? "breakdown"
    : certificate.converged
      ? "converged"
      : "step-limit";
  return {
    trained: {
      ...trained,
      // Computed with the forgotten rows.
      slowModes: undefined,
      objective: retain,
      params: found.params,
      seed: found.seed ?? trained.seed,
      tolerance,
      status,
      value: certificate.objective,
      gradientNorm: certificate.gradientNorm,
    },
    guarantee: found.guarantee,
    certificate,
    gradientNormBefore: gradientNormAt(retain, trained.params, kernels),
    milliseconds: { forget: worked - begun, certify: performance.now() - worked },
    caveats: found.caveats,
  };
}

/** Forgetting nothing: the same parameters, to the byte. */
export function unchanged(trained: Trained): Found {
  return { params: trained.params, guarantee: trained.status === "converged" ? "exact" : "approximate", caveats: [] };
}

/** ‖∇J‖ of an objective at parameters. */
export function gradientNormAt(objective: Factorization, params: Float64Array, kernels: FactorKernels): number {
  const session = kernels.open(objective.problem);
  try {
    session.setPoint(params);
    const gradient = new Float64Array(objective.parameterCount);
    session.evaluate(gradient);
    return norm(gradient);
  } finally {
    session.close();
  }
}

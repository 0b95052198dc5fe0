/** What all unlearners end with: the certificate on the retained data. */

import { defaultKernels } from "../kernel/default.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import { norm } from "../numeric/vector.ts";
import type { Factorization } from "../objective/factorization.ts";
import { type Certificate, certify } from "../training/certificate.ts";
import type { AnyTrained, Trained } from "../training/trained.ts";
import type { ForgetOptions, Forgotten, Guarantee } from "./unlearner.ts";

/** What an unlearner found. */
export interface Found {
  readonly params: Float64Array;
  readonly guarantee: Guarantee;
  readonly caveats: readonly string[];
  readonly seed?: number;
}

/** Times the work, certifies its result on the retain objective of a factorization, and puts the two together. */
export function conclude(
  trained: Trained,
  retain: Factorization,
  options: Pick<ForgetOptions, "tolerance" | "kernels" | "curvature">,
  work: (kernels: FactorKernels, tolerance: number) => Promise<Found>,
): Promise<Forgotten> {
  const { kernels = defaultKernels(), tolerance = trained.tolerance } = options;
  return concludeWith(trained, retain, tolerance, {
    work: () => work(kernels, tolerance),
    certify: (params) => certify(retain, params, tolerance, kernels, { curvature: options.curvature }),
    gradientNorm: (params) => gradientNormAt(retain, params, kernels),
  });
}

/** How a family of models works, certifies and measures; all on the retain objective. */
export interface Conclusion {
  work(): Promise<Found>;
  certify(params: Float64Array): Certificate;
  gradientNorm(params: Float64Array): number;
}

/** The same for any family. */
export async function concludeWith<Known extends AnyTrained>(
  trained: Known,
  retain: Known["objective"],
  tolerance: number,
  { work, certify, gradientNorm }: Conclusion,
): Promise<Forgotten<Known>> {
  const begun = performance.now();
  const found = await work();
  const worked = performance.now();
  const certificate = certify(found.params);
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
    gradientNormBefore: gradientNorm(trained.params),
    milliseconds: { forget: worked - begun, certify: performance.now() - worked },
    caveats: found.caveats,
  };
}

/** Forgetting nothing: the same parameters, to the byte. */
export function unchanged(trained: AnyTrained): Found {
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

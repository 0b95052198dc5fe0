/** What a training to the global optimum reports: the certificate, and what the proof costs. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Regularizer } from "../../objective/factorization.ts";
import { rankOf } from "../../training/certifiable.ts";
import type { Certificate } from "../../training/certificate.ts";
import { certify } from "../../training/certify.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import type { FoundOnPath } from "../choosing/plan.ts";

/** A model with its proof, or what there is of one. */
export interface CertifiedReport {
  readonly certificate: Certificate;
  readonly certifiable: {
    /** Factors that are not zero. */
    readonly rank: number;
    readonly factors: number;
    readonly l2: number;
    readonly l2Bias: number | null;
    readonly regularizer: Regularizer;
    /** Of the place on the path that was taken, on held-out rows; null where λ was given. */
    readonly heldOutError: number | null;
    /** The places that were looked at, in order. */
    readonly path: FoundOnPath["path"];
    /** What a model of few factors has on the same rows; null where λ was given. */
    readonly uncertified: FoundOnPath["uncertified"] | null;
    readonly seconds: ProofSeconds;
  };
}

/** How long it took to find λ, to train, and to prove. */
export interface ProofSeconds {
  readonly path: number;
  readonly training: number;
  readonly certificate: number;
}

/** Computes the certificate of a model that was trained to be the global optimum. */
export async function certifiedOf(
  trained: TrainedModel,
  found: FoundOnPath | undefined,
  seconds: Omit<ProofSeconds, "certificate">,
  run: RunContext,
): Promise<CertifiedReport | undefined> {
  const { smooth } = trained;
  if (smooth === undefined) return undefined;
  const begun = performance.now();
  const certificate = await certify(trained, run);
  const { l2, l2Bias = null, regularizer, model } = smooth.objective.settings;
  return {
    certificate,
    certifiable: {
      rank: rankOf(smooth),
      factors: Number(model.factors),
      ...{ l2, l2Bias, regularizer },
      heldOutError: found?.place.error ?? null,
      path: found?.path ?? [],
      uncertified: found?.uncertified ?? null,
      seconds: { ...seconds, certificate: (performance.now() - begun) / 1000 },
    },
  };
}

/** Why there is no proof, and what to change; none where there is one, and where training did not reach an optimum. */
export function proofWarnings({ status }: Smooth, { certificate, certifiable }: CertifiedReport): string[] {
  if (certificate.kind === "global" || status !== "converged") return [];
  const { rank, factors, l2 } = certifiable;
  if (rank < factors)
    return [`the global optimum is not proved: ${certificate.verdict}; leave \`tolerance\` out, or give a smaller one`];
  return [
    `the global optimum is not proved: at λ ${l2} it has ${factors} factors or more, and none may be added; raise \`factors\` above ${factors}, or raise \`l2\` above ${l2}`,
  ];
}

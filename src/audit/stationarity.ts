/** Is the unlearned model at an optimum of what remains? */

import { method } from "../method/method.ts";
import type { Part } from "../report/part.ts";
import type { Certificate } from "../training/certificate.ts";
import { certify, certifySmooth } from "../training/certify.ts";
import type { Audit, AuditedModel } from "./audit.ts";
import { rowsFrom } from "./layout.ts";

/**
 * The retain objective's gradient norm at the original's parameters of the ids that the unlearned model has (before) and at the unlearned ones
 * (after), with its certificate; norms are null for models without an objective.
 */
export interface StationarityFinding {
  readonly gradientNormBefore: number | null;
  readonly gradientNormAfter: number | null;
  readonly gradientNormRetrained?: number | null;
  readonly certificate: Certificate;
}

/** Recomputes the certificate from the model's own data and parameters. */
export const stationarity = method({
  name: "stationarity",
  summary: "gradient norm on what remains, before and after, with the certificate",
  source: "definition",
  needs: [],
  settings: {},
  cost: "closed form",
  make: (): Audit<StationarityFinding> => ({
    question: "is the model at an optimum of what remains, and is that optimum the only one?",
    async run({ original, unlearned, retrained }, run) {
      const certificate = await certify(unlearned.trained, run);
      const { smooth } = unlearned.trained;
      const normAt = async (other: AuditedModel) => {
        if (smooth === undefined || other.trained.smooth === undefined) return null;
        const params = rowsFrom(other, other.trained.smooth, unlearned, smooth);
        return (await certifySmooth({ ...smooth, params }, run)).gradientNorm;
      };
      return {
        gradientNormBefore: await normAt(original),
        gradientNormAfter: certificate.gradientNorm,
        ...(retrained ? { gradientNormRetrained: await normAt(retrained) } : {}),
        certificate,
      };
    },
    parts: stationarityParts,
  }),
});

/** The verdict of the certificate, and its numbers. */
function stationarityParts(finding: StationarityFinding): Part[] {
  const { gradientNormBefore, gradientNormAfter, gradientNormRetrained, certificate } = finding;
  const { kind, converged, verdict, objective, dualityGap, rmsBound } = certificate;
  const { tolerance, sigmaRatio, curvature, localDistance } = certificate;
  const outcome = converged && kind !== "none" ? "good" : gradientNormAfter === null ? "open" : "bad";
  const slope = "per unit of parameter";
  const entries = [
    { label: "‖∇J‖ before, of ids that are left", value: gradientNormBefore, unit: slope },
    { label: "‖∇J‖ after", value: gradientNormAfter, unit: slope },
    { label: "‖∇J‖ retrained", value: gradientNormRetrained, unit: slope },
    { label: "tolerance", value: tolerance, unit: slope },
    { label: "J", value: objective },
    { label: "duality gap", value: dualityGap, unit: "of J" },
    { label: "σ₁/λ", value: sigmaRatio },
    { label: "bound on the RMS distance", value: rmsBound, unit: "rating units" },
    { label: "smallest curvature, about", value: curvature },
    { label: "distance from the optimum, about", value: localDistance },
  ].flatMap(({ value, ...entry }) => (value === null || value === undefined ? [] : [{ ...entry, value }]));
  return [
    { kind: "verdict", title: "At an optimum of what remains", outcome, text: verdict },
    ...(entries.length === 0 ? [] : [{ kind: "numbers" as const, title: "Gradient and certificate", entries }]),
  ];
}

/** What a certificate says: how stationary a model is, and how far any other optimum can be. */

/** What every certificate says. */
interface Proof {
  /** A gradient norm within the tolerance; of models in parts, every part that was trained again ended as its trainer ends. */
  readonly converged: boolean;
  /** The certificate in plain words. */
  readonly verdict: string;
}

/** Where there is no objective to be stationary at, there are no numbers. */
type NoNumbers = { readonly [Name in Exclude<keyof StationaryNumbers, "scope">]: null } & { readonly scope: "none" };

/**
 * What can be proved of a model. "global": any retraining to the optimum predicts the same. "stationary": converged, and another start may
 * end at another optimum. "by-construction": what the forgotten rows had touched was trained again without them. "none": nothing.
 */
export type Certificate =
  | (Proof & StationaryNumbers & { readonly kind: "global" | "stationary" | "none" })
  | (Proof & NoNumbers & { readonly kind: "by-construction" | "none" });

/** A certificate of an objective at parameters. */
export type StationaryCertificate = Extract<Certificate, { readonly gradientNorm: number }>;

/** Recomputed from an objective and parameters alone. All norms are in units of J per unit of parameter. */
interface StationaryNumbers {
  /** ‖∇J‖ of the objective on the data that are there. */
  readonly gradientNorm: number;
  /** The largest gradient norm of one user's or item's row. */
  readonly largestRow: number;
  readonly tolerance: number;
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
  /** "global": any retraining to the optimum gives these predictions, by the gap. "local": warm retraining does; another start may end elsewhere. */
  readonly scope: "global" | "local" | "none";
}

/** The certificate of a model without an objective; its numbers are null. */
export function certificateWithoutNumbers(
  kind: "by-construction" | "none",
  converged: boolean,
  verdict: string,
): Certificate {
  return {
    ...{ kind, converged, verdict, gradientNorm: null, largestRow: null, tolerance: null, objective: null },
    ...{ dualityGap: null, sigmaRatio: null, rmsBound: null, curvature: null, localDistance: null, scope: "none" },
  };
}

/** What a certificate computes; the rest of it follows from these figures. */
export type Figures = Omit<StationaryNumbers, "scope">;

/** What the figures of a certificate amount to. */
export type Conclusion = Pick<StationaryCertificate, "kind" | "converged" | "scope" | "verdict">;

/** The kind of certificate of a scope. */
export function kindOf(scope: StationaryNumbers["scope"]): StationaryCertificate["kind"] {
  return scope === "local" ? "stationary" : scope;
}

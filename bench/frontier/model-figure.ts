/** What is known of one model: its error, its certificate, and what both took. */

import type { Kernels } from "../../src/kernel/run-context.ts";
import type { Factorization, Regularizer } from "../../src/objective/factorization.ts";
import { certifyFactors } from "../../src/training/factors/certificate.ts";
import type { GlobalOptimum } from "../../src/training/factors/path/global-optimum.ts";
import { runWith } from "../subjects.ts";
import { peakMemory } from "../timing.ts";
import { clock, errorOn, type Spent, type Split, tolerance } from "./setting.ts";

/** Numbers of a certificate. */
export interface Proof {
  readonly gradientNorm: number;
  readonly gap: number;
  readonly sigmaRatio: number;
  readonly rmsBound: number;
  readonly scope: string;
}

/** What is known of one model. */
export interface ModelFigure extends Proof {
  /** Certified along a path or at once, or trained from a random start with too few factors for a proof. */
  readonly kind: "certified" | "at once" | "open";
  readonly id: string;
  readonly regularizer: Regularizer;
  readonly l2: number;
  /** λ at which all factors vanish. */
  readonly vanishing: number;
  readonly columns: number;
  readonly rank: number;
  readonly rmse: number;
  readonly training: Spent;
  readonly certificate: Spent;
  /** Peak of the process so far, in MiB. */
  readonly memory: number;
}

/** A model's figure. */
export async function figureOf(
  about: Pick<ModelFigure, "kind" | "regularizer" | "vanishing" | "training">,
  { objective, params, rank }: Pick<GlobalOptimum, "objective" | "params" | "rank">,
  test: Split["test"],
  kernels: Kernels,
): Promise<ModelFigure> {
  const { settings } = objective;
  const spent = clock();
  const proof = await proofOf(objective, params, kernels);
  const certificate = spent();
  const name = `${about.regularizer}, λ ${settings.l2}`;
  return {
    ...about,
    id: { certified: name, "at once": `${name}, at once`, open: `${name}, ${settings.factors} factors` }[about.kind],
    ...{ l2: settings.l2, columns: settings.factors, rank },
    rmse: errorOn(test, objective, params),
    ...proof,
    ...{ certificate, memory: peakMemory() },
  };
}

/** The certificate of parameters, as numbers. */
export async function proofOf(objective: Factorization, params: Float64Array, kernels: Kernels): Promise<Proof> {
  const found = await certifyFactors(objective, params, tolerance, runWith(kernels));
  const { gradientNorm, dualityGap, sigmaRatio, rmsBound, scope } = found;
  return {
    ...{ gradientNorm, scope, gap: dualityGap ?? Number.NaN },
    ...{ sigmaRatio: sigmaRatio ?? Number.NaN, rmsBound: rmsBound ?? Number.NaN },
  };
}

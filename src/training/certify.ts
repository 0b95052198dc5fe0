/** What can be proved of a trained model. */

import type { RunContext } from "../kernel/run-context.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import {
  type Certificate,
  type Conclusion,
  certificateWithoutNumbers,
  type Figures,
  type StationaryCertificate,
} from "./certificate.ts";
import { certifyFactors, concludeFactors } from "./factors/certificate.ts";
import { certifyStationary, concludeStationary } from "./newton/certificate.ts";
import type { Smooth, TrainedModel } from "./trained-model.ts";

/** What to look for beside the gradient. */
export interface CertifyOptions {
  /** Also estimates the smallest curvature off the rotations, where there are closed forms; eight linear solves more. */
  readonly curvature?: boolean | undefined;
}

/** Recomputes the certificate of parameters: how stationary they are and, where there are closed forms, how far any optimum can be. */
export function certifySmooth(
  { objective, params, tolerance }: Pick<Smooth, "objective" | "params" | "tolerance">,
  run: RunContext,
  options: CertifyOptions = {},
): Promise<StationaryCertificate> {
  const closed = closedFormsOf(objective);
  return closed
    ? certifyFactors(closed, params, tolerance, run, options)
    : certifyStationary(objective, params, tolerance, run);
}

/** What figures of a certificate at these parameters amount to. A certificate that was stored must say this of its own. */
export function conclusionOf(
  { objective, params }: Pick<Smooth, "objective" | "params">,
  figures: Figures,
): Conclusion {
  const closed = closedFormsOf(objective);
  return closed ? concludeFactors(closed, params, figures) : concludeStationary(figures);
}

/** The certificate of a trained model, from its data and parameters alone. */
export async function certify(
  model: TrainedModel,
  run: RunContext,
  options: CertifyOptions = {},
): Promise<Certificate> {
  if (model.smooth) return certifySmooth(model.smooth, run, options);
  if (model.shards === undefined)
    return certificateWithoutNumbers(
      "none",
      true,
      "this model has no objective: nothing is certified but how it was made",
    );
  const open = model.shards.filter(
    ({ model: { smooth, trainer } }) => trainer.toOptimum && smooth?.status !== "converged",
  );
  return certificateWithoutNumbers(
    "by-construction",
    open.length === 0,
    open.length === 0
      ? `by construction: each of ${model.shards.length} members saw its own rows only, and ended as its trainer ends`
      : `${open.length} of ${model.shards.length} members did not converge: nothing is certified`,
  );
}

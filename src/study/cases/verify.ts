/** Whether what a folder says of its parameters is true: computed again from the parameters and the interactions alone. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { Certificate } from "../../training/certificate.ts";
import { certify, certifySmooth } from "../../training/certify.ts";
import type { TrainedModel } from "../../training/trained-model.ts";

/** How a training ended, as it was stored. */
export interface StoredEnd {
  readonly status: string;
  readonly objective: number;
}

/** The certificate, and whether it agrees with what was stored: J to nine digits, and whether the training converged. */
export async function verify(
  trained: TrainedModel,
  stored: StoredEnd,
  run: RunContext,
): Promise<{ readonly certificate: Certificate; readonly agrees: boolean }> {
  const certificate = await certify(trained, run);
  if (trained.shards === undefined) return { certificate, agrees: isSame(certificate, stored) };
  // A model in shards has no J of its own: each member has.
  let agrees = true;
  let sum = 0;
  for (const { model } of trained.shards) {
    if (model.smooth === undefined) continue;
    const { status, value } = model.smooth;
    const found = await certifySmooth(model.smooth, run);
    agrees &&= isSame(found, { status, objective: value });
    sum += found.objective ?? 0;
  }
  return { certificate, agrees: agrees && isNear(sum, stored.objective) };
}

function isSame({ objective, converged }: Certificate, { status, objective: stored }: StoredEnd): boolean {
  return isNear(objective ?? stored, stored) && converged === (status === "converged");
}

function isNear(found: number, stored: number): boolean {
  return Math.abs(found - stored) <= 1e-9 * Math.abs(stored);
}

/** Is the unlearned model at an optimum of what remains? */

import { defaultKernels } from "../kernel/default.ts";
import { placesOf } from "../objective/factorization.ts";
import { type Certificate, certify } from "../training/certificate.ts";
import type { Audit, AuditedModel } from "./audit.ts";

/** The retain objective's gradient norm at the original's parameters (before) and at the unlearned ones (after), with its certificate. */
export interface StationarityFinding {
  readonly gradientNormBefore: number;
  readonly gradientNormAfter: number;
  readonly gradientNormRetrained?: number;
  readonly certificate: Certificate;
}

/** Recomputes the certificate from the model's own data and parameters. */
export function stationarity(): Audit<StationarityFinding> {
  return {
    name: "stationarity",
    question: "is the model at an optimum of what remains, and is that optimum the only one?",
    async run({ original, unlearned, retrained }, { kernels = defaultKernels() } = {}) {
      const { objective, params, tolerance } = unlearned.trained;
      const certificate = certify(objective, params, tolerance, kernels);
      const before = certify(objective, rowsFrom(original, unlearned), tolerance, kernels);
      const again = retrained && certify(objective, rowsFrom(retrained, unlearned), tolerance, kernels);
      return {
        gradientNormBefore: before.gradientNorm,
        gradientNormAfter: certificate.gradientNorm,
        ...(again ? { gradientNormRetrained: again.gradientNorm } : {}),
        certificate,
      };
    },
  };
}

/** The parameters of `from`, in the layout of `layout`, by outside ids; zero where there is none. */
function rowsFrom(from: AuditedModel, layout: AuditedModel): Float64Array {
  const source = placesOf(from.trained.objective.shape);
  const goal = placesOf(layout.trained.objective.shape);
  const out = new Float64Array(layout.trained.params.length);
  const copy = (row: number | undefined, sourceAt: number, to: number) => {
    if (row === undefined) return;
    const at = sourceAt + row * source.stride;
    out.set(from.trained.params.subarray(at, at + Math.min(source.stride, goal.stride)), to);
  };
  layout.dataset.userIds.list.forEach((id, u) => {
    copy(from.dataset.userIds.find(id), 0, u * goal.stride);
  });
  layout.dataset.itemIds.list.forEach((id, i) => {
    copy(from.dataset.itemIds.find(id), source.itemsAt, goal.itemsAt + i * goal.stride);
  });
  if (goal.meanAt >= 0 && source.meanAt >= 0) out[goal.meanAt] = from.trained.params[source.meanAt];
  return out;
}

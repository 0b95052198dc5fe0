/** Is the unlearned model at an optimum of what remains? */

import { defaultKernels } from "../kernel/default.ts";
import { sizeOf } from "../model/model.ts";
import { placesOf } from "../objective/factorization.ts";
import { type Certificate, certify } from "../training/certificate.ts";
import { certifyScored } from "../training/scored/certificate.ts";
import { type AnyTrained, isFactorTrained } from "../training/trained.ts";
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
      const { trained } = unlearned;
      const { params, tolerance } = trained;
      const certifyAt = (point: Float64Array) =>
        isFactorTrained(trained)
          ? certify(trained.objective, point, tolerance, kernels)
          : certifyScored(trained.objective, point, tolerance);
      const certificate = certifyAt(params);
      const before = certifyAt(rowsFrom(original, unlearned));
      const again = retrained && certifyAt(rowsFrom(retrained, unlearned));
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
  const source = stretchesOf(from.trained);
  const out = new Float64Array(layout.trained.params.length);
  stretchesOf(layout.trained).forEach(({ at, width, rowsOf }, k) => {
    const other = source[k];
    if (other === undefined || other.width !== width || other.rowsOf !== rowsOf) return;
    const copy = (row: number, to: number) =>
      out.set(from.trained.params.subarray(other.at + row * width, other.at + (row + 1) * width), at + to * width);
    if (rowsOf === undefined) copy(0, 0);
    else {
      const [there, here] =
        rowsOf === "user"
          ? [from.dataset.userIds, layout.dataset.userIds]
          : [from.dataset.itemIds, layout.dataset.itemIds];
      here.list.forEach((id, row) => {
        const found = there.find(id);
        if (found !== undefined) copy(found, row);
      });
    }
  });
  return out;
}

/** The tables of a parameter vector: where each begins, and the width of a row (all of it, where users and items share it). */
function stretchesOf(trained: AnyTrained): { at: number; width: number; rowsOf: "user" | "item" | undefined }[] {
  if (!isFactorTrained(trained))
    return trained.objective.model.tensors.map(({ at, shape, rowsOf }) => ({
      at,
      width: sizeOf(shape) / (rowsOf === undefined ? 1 : Math.max(1, shape[0])),
      rowsOf,
    }));
  const { stride, itemsAt, meanAt } = placesOf(trained.objective.shape);
  return [
    { at: 0, width: stride, rowsOf: "user" },
    { at: itemsAt, width: stride, rowsOf: "item" },
    ...(meanAt >= 0 ? [{ at: meanAt, width: 1, rowsOf: undefined }] : []),
  ];
}

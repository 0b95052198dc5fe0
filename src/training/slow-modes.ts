/** The few directions along which block relaxation crawls: found once, they make every later forgetting shorter. */

import { defaultKernels } from "../kernel/default.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import { lanczos } from "../linear/lanczos.ts";
import type { LinearOperator } from "../linear/solver.ts";
import { rotationProjection } from "../model/gauge.ts";
import { randomOf } from "../numeric/random.ts";
import { addScaled, dot } from "../numeric/vector.ts";
import { blockPreconditioner } from "./preconditioner.ts";
import type { SlowModes, Trained } from "./trained.ts";

/** Modes faster than this are left to the iteration. */
const slowBelow = 0.35;

/**
 * The model with its slow modes beside it, kept in memory only: they are computed with data that may have to be forgotten, so that no folder
 * holds them and no unlearned model inherits them. Cost: `steps` products with S and as many vectors of the items' size.
 */
export function withSlowModes(trained: Trained, kernels: FactorKernels = defaultKernels(), steps = 100): Trained {
  const { objective, params } = trained;
  const session = kernels.open(objective.problem);
  try {
    session.setPoint(params);
    session.factorise("user");
    session.factorise("item");
    const itemsAt = session.parameterCount - session.reducedCount;
    const { itemCount, factors } = objective.shape;
    const project = rotationProjection(params, itemsAt, itemCount, factors, session.stride);
    const schur: LinearOperator = { size: session.reducedCount, apply: (v, out) => session.schurProduct(v, out) };
    const preconditioner = blockPreconditioner(objective.problem, session);
    const random = randomOf(1, "slow modes");
    const start = Float64Array.from({ length: session.reducedCount }, () => random.normal());
    const ritz = lanczos(schur, start, { steps, preconditioner, project });
    const chosen = Array.from(ritz.values.keys()).filter(
      (k) => ritz.values[k] > 1e-3 && ritz.values[k] < slowBelow && ritz.errors[k] < 0.3 * ritz.values[k],
    );
    const slowModes = {
      values: Float64Array.from(chosen, (k) => ritz.values[k]),
      vectors: chosen.map((k) => ritz.vector(k)),
    };
    return { ...trained, slowModes };
  } finally {
    session.close();
  }
}

/**
 * A preconditioner that also takes the slow modes' part of the step: M⁻¹ + Σ c·v vᵀ with c near 1/w − 1, held back because the modes are
 * those of the data before.
 */
export function deflated(preconditioner: LinearOperator, modes: SlowModes): LinearOperator {
  const weights = modes.values.map((w) => Math.min(0.7 * (1 / w - 1), 8));
  return {
    size: preconditioner.size,
    apply(input, output) {
      preconditioner.apply(input, output);
      modes.vectors.forEach((vector, k) => {
        addScaled(output, weights[k] * dot(vector, input), vector);
      });
    },
  };
}

/** The few directions along which block relaxation crawls: found once, they make every later forgetting shorter. */

import type { RunContext } from "../../kernel/run-context.ts";
import { lanczos } from "../../linear/lanczos.ts";
import type { LinearOperator } from "../../linear/solver.ts";
import { rotationProjection } from "../../model/gauge.ts";
import { randomOf } from "../../numeric/random.ts";
import { addScaled, dot } from "../../numeric/vector.ts";
import { type Factorization, placesOf, restingRows } from "../../objective/factorization.ts";
import { factoriseBoth, factorRun, openFactors } from "./opening.ts";
import { blockPreconditioner } from "./preconditioner.ts";

/** Ritz pairs of S·v = w·M·v with small w: S the Schur complement, M what the block preconditioner inverts, vᵀMv = 1. */
export interface SlowModes {
  readonly values: Float64Array;
  /** Reduced vectors. */
  readonly vectors: readonly Float64Array[];
}

/** Modes faster than this are left to the iteration. */
const slowBelow = 0.35;

/**
 * The slow modes of a model at parameters: they are computed with data that may have to be forgotten, so that they live in memory only. Cost:
 * `steps` products with S and as many vectors of the items' size.
 */
export async function slowModesOf(
  objective: Factorization,
  params: Float64Array,
  run: RunContext,
  steps = 100,
): Promise<SlowModes> {
  const session = await openFactors(objective, factorRun(run), params);
  try {
    await factoriseBoth(session, run.yieldToEventLoop);
    const itemsAt = session.parameterCount - session.reducedCount;
    const { itemCount, factors } = objective.shape;
    const project = rotationProjection(params, itemsAt, itemCount, factors, session.stride);
    const schur: LinearOperator = { size: session.reducedCount, apply: (v, out) => session.schurProduct(v, out) };
    const preconditioner = blockPreconditioner(objective.problem, session);
    const random = randomOf(1, "slow modes");
    const start = Float64Array.from({ length: session.reducedCount }, () => random.normal());
    const ritz = await lanczos(schur, start, { steps, preconditioner, project, onStep: run.yieldToEventLoop });
    const chosen = Array.from(ritz.values.keys()).filter(
      (k) => ritz.values[k] > 1e-3 && ritz.values[k] < slowBelow && ritz.errors[k] < 0.3 * ritz.values[k],
    );
    const vectors: Float64Array[] = [];
    for (const k of chosen) {
      vectors.push(ritz.vector(k));
      await run.yieldToEventLoop();
    }
    return { values: Float64Array.from(chosen, (k) => ritz.values[k]), vectors };
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

/** The modes without the items that rest: those stay at zero, where nothing but zeros of pairs may hold them. */
export function onRowsOf(objective: Factorization, { values, vectors }: SlowModes): SlowModes {
  const resting = restingRows(objective, "item");
  const { stride } = placesOf(objective.shape);
  const held = vectors.map((vector) => {
    const out = vector.slice();
    for (const i of resting) out.fill(0, i * stride, (i + 1) * stride);
    return out;
  });
  return { values, vectors: held };
}

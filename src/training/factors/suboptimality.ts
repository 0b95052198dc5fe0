/** How far parameters that somebody else trained are from an optimum of the objective that is stated for them. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { norm } from "../../numeric/vector.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { factorRun, openFactors } from "./opening.ts";
import { type OwnOptima, ownOptima } from "./own-optima.ts";
import { type WayDown, wayDown } from "./way-down.ts";

/** How far from an optimum parameters are, in several units. */
export interface Suboptimality {
  /** J at the parameters. */
  readonly objective: number;
  readonly gradientNorm: number;
  /** ‖∇J‖ over the norm of the L2's part of it: 1 where data and L2 do not pull against each other at all, 0 at an optimum. */
  readonly relativeGradient: number;
  /** J − J at the optimum nearby, to a few hundredths of it; null where that is not determined. */
  readonly objectiveExcess: number | null;
  /** How far the scores of the training pairs are from those of that optimum, RMS, as exactly; null likewise. */
  readonly scoreShift: number | null;
  /** Standard deviation of the scores of the training pairs, to compare that with. */
  readonly scoreSpread: number;
  readonly ownOptima: OwnOptima;
  /** How excess and shift were found: by Newton steps of which the last was short, at the optimum itself, by polishing; "none" where they were not. */
  readonly method: WayDown["method"] | "polished";
  /** Why they are not determined; null where they are. */
  readonly reason: string | null;
  /** Passes over the interactions that they took. */
  readonly passes: number;
  /** "converged" where they are determined. */
  readonly solver: SolveStatus;
}

/** Measures the suboptimality: one evaluation, and the way to the optimum nearby, some tens to some hundred passes over the interactions. */
export async function suboptimalityOfFactors(
  objective: Factorization,
  params: Float64Array,
  run: RunContext,
  tolerance = 1e-8,
): Promise<Suboptimality> {
  const gradient = new Float64Array(params.length);
  const session = await openFactors(objective, factorRun(run), params);
  let value: number;
  try {
    value = session.evaluate(gradient);
  } finally {
    session.close();
  }
  const way = await wayDown(objective, params, run, tolerance);
  const known = way.method !== "none";
  return {
    objective: value,
    gradientNorm: norm(gradient),
    relativeGradient: norm(gradient) / Math.max(Number.MIN_VALUE, penaltyNorm(objective, params)),
    // Rounding may leave J of an optimum above that of its neighbour.
    objectiveExcess: known ? Math.max(0, value - way.value) : null,
    scoreShift: known ? way.scoreShift : null,
    scoreSpread: way.scoreSpread,
    ownOptima: await ownOptima(objective, params, run),
    method: way.method,
    reason: known ? null : reasonOf(value, way),
    passes: way.passes,
    solver: known ? "converged" : way.withoutInverse === 0 && Number.isFinite(way.value) ? "step-limit" : "breakdown",
  };
}

function reasonOf(value: number, way: WayDown): string {
  if (!Number.isFinite(way.value)) return "not determined: the numbers are too large to compute with";
  if (way.withoutInverse > 0)
    return `not determined: the L2 is lost in rounding, and ${way.withoutInverse} rows have no optimum of their own`;
  const least = (value - way.value).toPrecision(2);
  return `not determined: after ${way.passes} passes the optimum was not in sight; until there J had fallen by ${Number(least)}, and the scores had moved by ${Number(way.scoreShift.toPrecision(2))} (RMS)`;
}

/** ‖∇R‖ of the L2. */
function penaltyNorm({ problem, shape }: Factorization, params: Float64Array): number {
  const { factors, userCount } = shape;
  const stride = factors + (shape.biases ? 1 : 0);
  let sum = 0;
  for (let r = 0; r < userCount + shape.itemCount; r++) {
    const scale = r < userCount ? problem.userScale[r] : problem.itemScale[r - userCount];
    for (let f = 0; f < stride; f++)
      sum += (scale * (f < factors ? problem.factorPenalty : problem.biasPenalty) * params[r * stride + f]) ** 2;
  }
  return Math.sqrt(sum);
}

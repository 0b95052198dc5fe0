/** The global optimum, whatever its rank: factors are born until none lowers J. */

import { canonicalise } from "../../../model/gauge.ts";
import { type Factorization, withChanged, withColumns } from "../../../objective/factorization.ts";
import { within } from "../../../run.ts";
import { liveFactors } from "../births.ts";
import { type DescentOptions, descend, type Optimum, reoptimise } from "../reoptimise.ts";
import { approachOnlyOne } from "./approach.ts";
import { type Birthplace, bear, birthplaceOf } from "./born.ts";

/** An optimum with as many factors as it needs, and one more, which is zero: the room by which it is known to be global. */
export interface GlobalOptimum extends Optimum {
  /** With its number of factors, and a larger λ than was asked for where no more factors are allowed than live there. */
  readonly objective: Factorization;
  /** Factors that are not zero; as many as the objective has where there was no room for more, and nothing is known. */
  readonly rank: number;
}

/**
 * Goes down from where all factors vanish to the objective's λ, with as many columns as live (the staircase of Burer & Monteiro 2003, along a path of
 * λ). The objective's own number of factors is the most that there may be.
 */
export async function globalOptimum(objective: Factorization, options: DescentOptions): Promise<GlobalOptimum> {
  const quiet = { ...options, onStep: undefined, onProgress: undefined };
  const start = await birthplaceOf(objective, quiet);
  const { onProgress } = within(options, 0, shareOfWay);
  const tell = ({ l2, live }: Birthplace) =>
    onProgress?.({ phase: "growing", step: live, fraction: Math.log(start.l2 / l2) / Math.log(start.l2 / target) });
  const target = objective.settings.l2;
  return polished(objective, await bear(objective, start, quiet, tell), within(options, shareOfWay, 1));
}

const shareOfWay = 0.6;
/** ‖∇J‖ as a share of the pull of the L2 at which dying columns show, and what they have then of the first one's squares. */
const dying = 1e-5;
const alive = 1e-6;

/** Nearer to the optimum, without the columns that die on the way there: they cost as much as those that live. */
function narrowed(there: Factorization, params: Float64Array, options: DescentOptions) {
  return descend(there, options, async (descent) => {
    const { session } = descent;
    session.setPoint(params);
    await approachOnlyOne(descent, dying);
    const point = new Float64Array(session.parameterCount);
    session.getPoint(point);
    canonicalise(there.shape, point);
    const factors = Math.max(1, liveFactors(there.shape, point, alive));
    return { factors, params: withColumns(there.shape, point, factors) };
  });
}

/** At a place that `bear` has reached: minimised to the tolerance, with one column to spare. */
export async function polished(
  objective: Factorization,
  { params, live, l2 }: Birthplace,
  options: DescentOptions,
): Promise<GlobalOptimum> {
  const most = objective.settings.factors;
  let from = await narrowed(withChanged(objective, { l2, factors: Math.max(1, live) }), params, options);
  for (;;) {
    const there = withChanged(objective, { l2, factors: Math.min(most, from.factors + 1) });
    const { factors } = there.settings;
    const wide = withColumns({ ...there.shape, factors: from.factors }, from.params, factors);
    const optimum = await reoptimise(there, wide, options);
    const rank = liveFactors(there.shape, optimum.params);
    if (rank < factors || factors === most || optimum.status !== "converged")
      return { ...optimum, objective: there, rank };
    from = { factors, params: optimum.params };
  }
}

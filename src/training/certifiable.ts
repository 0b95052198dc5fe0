/** Training to the global optimum: with as many factors as that needs, and one more that is zero, by which the certificate closes. */

import { closedFormsOf } from "../objective/closed-forms.ts";
import { differentiable } from "../objective/differentiable.ts";
import { type Factorization, withColumns } from "../objective/factorization.ts";
import type { ObjectiveSettings } from "../objective/objective.ts";
import { liveFactors } from "./factors/births.ts";
import { type GlobalOptimum, globalOptimum, polished } from "./factors/path/global-optimum.ts";
import type { DescentOptions } from "./factors/reoptimise.ts";
import { toleranceOn, usualTolerance } from "./tolerance.ts";
import { type Smooth, smoothModel, type Trainer } from "./trained-model.ts";
import { alsNewton } from "./trainer.ts";

/**
 * Closed forms whose number of factors follows from λ; that of the settings is the most that there may be. The model is one of `alsNewton` with the
 * factors that it has got, so that whatever trains it again begins as that does. Where there was no room, it is what that makes of the most, without
 * a proof.
 */
export function certifiable(settings: ObjectiveSettings): Trainer {
  return {
    ...alsNewton(settings),
    async train({ interactions, keys }, seed, run) {
      const widest = differentiable(settings, interactions, keys);
      const closed = closedFormsOf(widest);
      if (closed === undefined) throw new TypeError("als-newton was made, so that there are closed forms");
      const { tolerance, relativeTolerance = tolerance === undefined ? usualTolerance : undefined } = run;
      const wanted = toleranceOn(widest, { tolerance, relativeTolerance });
      const options = { ...run, kernels: run.kernels.factors, tolerance: wanted.tolerance };
      const { objective, params, value, gradientNorm, status } = await narrowest(closed, options);
      if (objective.settings.l2 !== settings.l2) return alsNewton(settings).train({ interactions, keys }, seed, run);
      const own = withFactors(settings, objective.settings.factors);
      const trainer = alsNewton(own);
      const parts = { params, value, gradientNorm, status, ...wanted, trainer, seed };
      return smoothModel({ objective: differentiable(own, interactions, keys), ...parts });
    },
  };
}

/** Factors that died on the way leave more room than the proof needs. */
async function narrowest(objective: Factorization, options: DescentOptions): Promise<GlobalOptimum> {
  const found = await globalOptimum(objective, options);
  const { rank, params, status } = found;
  const { shape, settings } = found.objective;
  if (rank + 1 >= shape.factors || rank === 0 || status !== "converged") return found;
  const live = withColumns(shape, params, rank);
  return polished(objective, { params: live, live: rank, l2: settings.l2, unborn: [], excess: 0 }, options);
}

function withFactors(settings: ObjectiveSettings, factors: number): ObjectiveSettings {
  return { ...settings, model: { ...settings.model, factors } };
}

/** How many factors of closed forms are not zero. */
export function rankOf({ objective, params }: Pick<Smooth, "objective" | "params">): number {
  const closed = closedFormsOf(objective);
  return closed === undefined ? 0 : liveFactors(closed.shape, params);
}

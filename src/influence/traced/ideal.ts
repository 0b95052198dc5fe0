/** Ideal TracIn: steps of one row each, and what each of them did to the target exactly. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { PreparedEstimator } from "../../method/estimator.ts";
import { valueAt } from "../../objective/derivatives.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { trajectoryOf } from "../../training/trajectory/trajectory.ts";
import { byWalk, tellStep } from "./along-steps.ts";

/** Σ target(θ_t) − target(θ_{t−1}) over the steps t of a row (survey, Eq. 51). Over all rows they add up to the change of the target in the training. */
export function idealSteps(model: TrainedModel, run: RunContext): PreparedEstimator {
  const trajectory = trajectoryOf(model, run);
  const { objective, params } = model.smooth as Smooth;
  return byWalk(model.interactions, async (targets, sums) => {
    const valuesAt = (at: Float64Array) => targets.map((target) => valueAt(objective, at, target));
    let last: { readonly row: number; readonly values: readonly number[] } | undefined;
    const charge = (values: readonly number[]) => {
      for (const [m, value] of values.entries()) if (last) sums[m][last.row] += value - last.values[m];
    };
    await trajectory.forwards(({ step, units, params: before }) => {
      const values = valuesAt(before);
      charge(values);
      last = { row: units[0], values };
      tellStep(step, trajectory, run);
    });
    charge(valuesAt(params));
  });
}

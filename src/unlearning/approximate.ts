/** Unlearners that work on what remains from where the model stands, and promise nothing. */

import type { RunContext } from "../kernel/run-context.ts";
import type { Objective } from "../objective/objective.ts";
import type { TrainStatus } from "../training/factors/descent.ts";
import { askedOr, toleranceOn } from "../training/tolerance.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { conclude, movedTo, unchanged } from "./conclude.ts";
import type { ForgetOptions, Unlearner } from "./unlearner.ts";

/** Where some work led. */
export interface Worked {
  readonly params: Float64Array;
  readonly status: TrainStatus;
}

/** What an unlearner works on. */
export interface Remaining {
  /** The objective of what remains. */
  readonly retain: Objective;
  /** Where the model stands. */
  readonly params: Float64Array;
  /** ‖∇J‖ below which there is nothing left to do. */
  readonly tolerance: number;
  readonly model: TrainedModel;
}

/** The unlearner of some work; where that breaks down the model stays as it is, and the result says so. `caveats` are what it says in any case. */
export function approximateBy(
  caveats: readonly string[],
  work: (remaining: Remaining, run: RunContext, options: ForgetOptions) => Promise<Worked>,
): Unlearner {
  return {
    guarantee: "approximate",
    forget: (model, forgetSet, context, options = {}) =>
      conclude(model, forgetSet, context, options, async (run) => {
        if (forgetSet.length === 0) return unchanged(model);
        const { objective, params, ...before } = model.smooth as Smooth;
        const retain = objective.without(forgetSet);
        const { tolerance } = toleranceOn(retain, askedOr(options, before));
        const remaining = { retain, params, tolerance, model };
        const found = await work(remaining, run, options);
        const broken = found.status === "breakdown";
        return {
          model: movedTo(model, retain, broken ? params : found.params),
          guarantee: "approximate",
          caveats: broken ? [...caveats, "the work ended with breakdown: the parameters stay as they were"] : caveats,
        };
      }),
  };
}

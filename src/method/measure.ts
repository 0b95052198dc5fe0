/** What is measured of a model: a number from its scores, whichever model made them. */

import type { RunContext } from "../kernel/run-context.ts";
import type { Pairs } from "../model/model.ts";
import type { Target } from "../objective/target.ts";

/** A quantity of a model; larger means more of it. */
export interface Measure {
  readonly label: string;
  readonly unit: string;
  of(scores: (pairs: Pairs) => Promise<Float64Array>, run: RunContext): Promise<number>;
  /** Where it has slopes: the same as a function of some pairs' scores. A metric has none, and only methods that train again can be asked about it. */
  readonly target?: Target | undefined;
}

/** A target as a measure. */
export function measureOf(target: Target, unit: string): Measure {
  return { label: target.label, unit, target, of: async (scores) => target.of(await scores(target.pairs)) };
}

/** What all measures are of a model, by its scores. Gives the event loop its turns: measures may be as many as there are users. */
export async function measuredBy(
  measures: readonly Measure[],
  scores: (pairs: Pairs) => Float64Array | Promise<Float64Array>,
  run: RunContext,
): Promise<Float64Array> {
  const values = new Float64Array(measures.length);
  for (const [m, measure] of measures.entries()) {
    await run.yieldToEventLoop();
    values[m] = await measure.of(async (pairs) => scores(pairs), run);
  }
  return values;
}

/** Any function of scores as a measure, without slopes. */
export function metric(label: string, unit: string, of: Measure["of"]): Measure {
  return { label, unit, of };
}

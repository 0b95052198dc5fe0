/** Where a walk along a training ends: how a target depends on the parameters there, and on the data that are served. */

import { targetGradient, targetThroughData } from "../../objective/derivatives.ts";
import type { Target } from "../../objective/target.ts";
import type { Smooth } from "../../training/trained-model.ts";

/** Slopes of a target at the end of a training. */
export interface TargetAtEnd {
  readonly gradient: Float64Array;
  /** ∂target/∂w of every row, the parameters held: through the graph or input that is served. Zero where there is none. */
  readonly direct: Float64Array;
}

/** The slopes of a target at a model's parameters. */
export function targetAtEnd({ objective, params }: Smooth, target: Target, fixedData: boolean): TargetAtEnd {
  const { gradient, slopes } = targetGradient(objective, params, target);
  const through = fixedData ? undefined : targetThroughData(objective, params, target.pairs, slopes);
  return { gradient, direct: through ?? new Float64Array(objective.interactions.size) };
}

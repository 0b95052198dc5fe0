/** Objectives at points where they are smooth, with their gradients and products. */

import type { Curvature } from "../../src/kernel/kernels.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { mixedPairs, smoothPoint } from "../model/subject.ts";
import { normals } from "../support/small.ts";

/** An objective at a point around which no coordinate crosses a kink. */
export interface Subject {
  readonly objective: Objective;
  readonly params: Float64Array;
}

/** The objective at such a point. */
export function subjectOf(objective: Objective): Subject {
  return { objective, params: pointOf(objective) };
}

function pointOf({ model, parameterCount }: Objective): Float64Array {
  const pairs = mixedPairs(model);
  const units = Array.from({ length: parameterCount }, (_, k) => unitOf(k, parameterCount));
  return smoothPoint(model, pairs, normals(pairs.users.length, 1), units);
}

/** A coordinate direction. */
export function unitOf(k: number, length: number): Float64Array {
  return new Float64Array(length).with(k, 1);
}

/** ∇J, written over what was there. */
export function gradientOf(objective: Objective, params: Float64Array): Float64Array {
  const out = normals(objective.parameterCount, 2);
  objective.evaluate(params, out);
  return out;
}

/** H·direction, written over what was there. */
export function productOf(
  objective: Objective,
  params: Float64Array,
  direction: Float64Array,
  curvature: Curvature,
): Float64Array {
  const out = normals(objective.parameterCount, 2);
  objective.hessianProduct(params, direction, out, curvature);
  return out;
}

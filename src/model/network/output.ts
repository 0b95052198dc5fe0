/** The last layer: a score is a bias plus the terms of all branches. */

import type { LastLayer, Linearised } from "../model.ts";
import type { Branch } from "./branch.ts";

/** What the last layer reads, and where its weights are. */
export interface OutputPlaces extends LastLayer {
  /** Features of every branch, in turn. */
  readonly widths: readonly number[];
}

/** score n = bias + Σ_branches h·features n (He et al. 2017, Eq. 12 without its sigmoid), with all derivatives. A direction may change once its curvature is added, not between `jvp` and that. */
export function sumOfBranches(
  branches: readonly Branch[],
  { biasAt, width, widths }: OutputPlaces,
  params: Float64Array,
  count: number,
): Linearised {
  const scores = new Float64Array(count).fill(params[biasAt]);
  for (const branch of branches) branch.addScores(scores);
  return {
    scores,
    jvp(direction) {
      const out = new Float64Array(count).fill(direction[biasAt]);
      for (const branch of branches) branch.addJvp(direction, out);
      return out;
    },
    addVjp(weights, out) {
      for (const branch of branches) branch.addVjp(weights, out);
      for (let n = 0; n < count; n++) out[biasAt] += weights[n];
    },
    addCurvature(weights, direction, out) {
      for (const branch of branches) branch.addCurvature(weights, direction, out);
    },
    features() {
      const out = new Float64Array(count * width);
      let at = 0;
      branches.forEach((branch, b) => {
        branch.putFeatures(out, { at, stride: width });
        at += widths[b];
      });
      return out;
    },
  };
}

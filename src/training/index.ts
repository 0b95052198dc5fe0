/** The catalogue of trainers, and what trained models promise. */

export { type Certificate, certify } from "./certificate.ts";
export type { TrainStatus } from "./descent.ts";
export { dualityGap } from "./duality.ts";
export { type DescentOptions, type Optimum, reoptimise } from "./reoptimise.ts";
export { withSlowModes } from "./slow-modes.ts";
export { type TrainOptions, train } from "./train.ts";
export { modelOf, type SlowModes, type Trained } from "./trained.ts";

/** Every trainer with how it works. */
export const trainers = [
  {
    name: "als-newton",
    summary: "alternating least squares, then truncated Newton with the users eliminated, to ‖∇J‖ ≤ tolerance",
  },
] as const;

/** The catalogue of judges: ways of judging estimators. */

import type { Catalogue } from "../method/method.ts";
import { datamodelling } from "./datamodelling.ts";
import { flippedRatings } from "./flipped-ratings.ts";
import type { Judge } from "./judge.ts";
import { leaveOneOutCorrelation } from "./leave-one-out-correlation.ts";
import { plantedAttack } from "./planted-attack.ts";
import { randomisation } from "./randomisation.ts";
import { removalCurves } from "./removal-curves.ts";

export { datamodelling } from "./datamodelling.ts";
export { flippedRatings } from "./flipped-ratings.ts";
export type { Candidate, Judge, Judgement, JudgingSubject, PreparedJudge } from "./judge.ts";
export { leaveOneOutCorrelation } from "./leave-one-out-correlation.ts";
export { plantedAttack } from "./planted-attack.ts";
export { randomisation } from "./randomisation.ts";
export { removalCurves } from "./removal-curves.ts";

/** Every judge. */
export const judges: Catalogue<Judge> = {
  what: "judge",
  methods: [datamodelling, leaveOneOutCorrelation, removalCurves, flippedRatings, plantedAttack, randomisation],
  variants: {},
};

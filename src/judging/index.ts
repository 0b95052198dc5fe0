/** The catalogue of judges: ways of judging estimators. */

import type { Catalogue } from "../method/method.ts";
import { datamodelling } from "./datamodelling.ts";
import type { Judge } from "./judge.ts";
import { leaveOneOutCorrelation } from "./leave-one-out-correlation.ts";

export { datamodelling } from "./datamodelling.ts";
export type { Candidate, Judge, Judgement, JudgingSubject, PreparedJudge } from "./judge.ts";
export { leaveOneOutCorrelation } from "./leave-one-out-correlation.ts";

/** Every judge. */
export const judges: Catalogue<Judge> = {
  what: "judge",
  methods: [datamodelling, leaveOneOutCorrelation],
  variants: {},
};

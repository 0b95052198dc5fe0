/** Whether trainings from other starts end elsewhere, as text of `train` and `forget`. */

import { startsSentence, type TrainingEnd } from "../study/cases/checked-words.ts";
import type { OtherStarts } from "../training/other-starts.ts";
import { withFlagNames } from "./flags.ts";
import { lineWidth, wrap } from "./text.ts";

/** Whether another start may end elsewhere, in one sentence; nothing of a model without closed forms. */
export function startsLines(found: OtherStarts | null, end: TrainingEnd): string[] {
  if (found === null) return [];
  const told = withFlagNames(startsSentence(found, end), (name) => name === "starts");
  return wrap(told, lineWidth);
}

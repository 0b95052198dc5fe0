/** Can forgotten interactions be told from held-out ones by their scores? */

import { method } from "../method/method.ts";
import type { Audit } from "./audit.ts";
import { attackSettings, findingOf, forEachModel, type MembershipFinding } from "./membership/finding.ts";
import { membershipParts } from "./membership/parts.ts";
import { membershipPoints, missingPoints } from "./membership/points.ts";
import { scoresByIdsYielding } from "./names.ts";

/** Ranks points by the score itself: of implicit feedback, what was trained on is scored higher. Says little of ratings, which may be low. */
export const scoreAttack = method({
  name: "score",
  summary: "membership attack by the score of a point, with the retrained floor",
  source: "definition",
  needs: [],
  settings: attackSettings,
  cost: "closed form",
  make: (settings): Audit<MembershipFinding> => ({
    question: "can forgotten interactions be told from held-out ones by their scores?",
    missing: missingPoints,
    async run(subject, run) {
      const points = await membershipPoints(subject, settings, run.yieldToEventLoop);
      const scores = await forEachModel(subject, run, async (model) => ({
        members: await scoresByIdsYielding(model, points.members, run.yieldToEventLoop),
        nonMembers: await scoresByIdsYielding(model, points.nonMembers, run.yieldToEventLoop),
      }));
      return findingOf(scores, points, settings, { reads: "outputs" }, run);
    },
    parts: membershipParts,
  }),
});

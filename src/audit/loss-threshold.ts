/** Can forgotten interactions be told from held-out ones by the model's loss at them? */

import { method } from "../method/method.ts";
import type { Audit } from "./audit.ts";
import { attackSettings, findingOf, forEachModel, type MembershipFinding } from "./membership/finding.ts";
import { lossesAt, lossPointsOf, missingLoss } from "./membership/losses.ts";
import { membershipParts } from "./membership/parts.ts";
import { membershipPoints, missingPoints } from "./membership/points.ts";

/** Ranks points by −loss: what was trained on is fitted better (Yeom et al. 2018). The loss is the model's own: of a rating, a choice, a triple. */
export const lossThreshold = method({
  name: "loss-threshold",
  summary: "membership attack by the loss at a point, with the retrained floor",
  source: "Yeom, Giacomelli, Fredrikson and Jha (2018)",
  needs: [],
  settings: attackSettings,
  cost: "closed form",
  make: (settings): Audit<MembershipFinding> => ({
    question: "can forgotten interactions be told from held-out ones by the loss at them?",
    missing: (subject) => missingPoints(subject) ?? missingLoss(subject.unlearned.trained, subject.test),
    async run(subject, run) {
      const { yieldToEventLoop } = run;
      const points = await membershipPoints(subject, settings, yieldToEventLoop);
      const { members, nonMembers } = await lossPointsOf(subject, points, settings.seed, run.yieldToEventLoop);
      const scores = await forEachModel(subject, run, async (model) => ({
        members: (await lossesAt(model, members, yieldToEventLoop)).map((loss) => -loss),
        nonMembers: (await lossesAt(model, nonMembers, yieldToEventLoop)).map((loss) => -loss),
      }));
      return findingOf(scores, points, settings, { reads: "outputs" }, run);
    },
    parts: membershipParts,
  }),
});

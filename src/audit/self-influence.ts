/** Can forgotten interactions be told from held-out ones by their influence on themselves? */

import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import { dot } from "../numeric/vector.ts";
import { solverAt } from "../training/solve.ts";
import type { Smooth } from "../training/trained-model.ts";
import type { Audit, AuditedModel } from "./audit.ts";
import {
  attackSettings,
  type ByModel,
  findingOf,
  forEachModel,
  type MembershipFinding,
  mapModels,
} from "./membership/finding.ts";
import { pointGradient } from "./membership/gradients.ts";
import { type LossPoints, lossPointsOf, missingLoss } from "./membership/losses.ts";
import { membershipParts } from "./membership/parts.ts";
import { membershipPoints, missingPoints } from "./membership/points.ts";

/** What the attack found, and how its systems were solved. */
export interface SelfInfluenceFinding extends MembershipFinding {
  /** Linear systems, and those of them whose solver did not reach the tolerance. */
  readonly solves: ByModel<{ readonly count: number; readonly unconverged: number }>;
}

const settings = {
  ...attackSettings,
  points: { ...attackSettings.points, standard: 200 },
  tolerance: {
    summary: "relative residual of a solve, whose square is about the relative error",
    standard: 1e-3,
    above: 0,
  },
} as const;

/**
 * Ranks points by minus their self-influence ⟨∇ℓ, H⁻¹∇ℓ⟩: for squared loss the leverage times the squared residual (Cook 1977), which is small where
 * a point was fitted. A point that was not trained on is evaluated as if it were added.
 */
export const selfInfluence = method({
  name: "self-influence",
  summary: "membership attack by the influence of a point on itself, with the retrained floor",
  source: "Cohen and Giryes (2024); Koh and Liang (2017)",
  needs: [smoothParameters],
  settings,
  cost: "a solve a player",
  make: (given): Audit<SelfInfluenceFinding> => ({
    question: "can forgotten interactions be told from held-out ones by their influence on themselves?",
    missing: (subject) => missingPoints(subject) ?? missingLoss(subject.unlearned.trained, subject.test),
    async run(subject, run) {
      const points = await membershipPoints(subject, given, run.yieldToEventLoop);
      const { members, nonMembers } = await lossPointsOf(subject, points, given.seed, run.yieldToEventLoop);
      const found = await forEachModel(subject, run, (model, part) =>
        influencesOn(model, [members, nonMembers], given.tolerance, part),
      );
      const solves = mapModels(found, ({ unconverged }) => ({
        count: members.users.length + nonMembers.users.length,
        unconverged,
      }));
      const failed = Object.values(solves).reduce((sum, { unconverged }) => sum + unconverged, 0);
      const caveats = failed > 0 ? [`${failed} linear systems were not solved to the tolerance.`] : [];
      const scores = mapModels(found, ({ lists }) => ({ members: lists[0], nonMembers: lists[1] }));
      return { ...(await findingOf(scores, points, given, { reads: "parameters", caveats }, run)), solves };
    },
    parts: membershipParts,
  }),
});

/** Minus the self-influences of lists of points, and how many systems were not solved. */
async function influencesOn(
  model: AuditedModel,
  lists: readonly LossPoints[],
  tolerance: number,
  run: RunContext,
): Promise<{ lists: Float64Array[]; unconverged: number }> {
  const { objective, params } = model.trained.smooth as Smooth;
  const solver = await solverAt(objective, params, run, { tolerance });
  const total = lists.reduce((sum, { users }) => sum + users.length, 0);
  let [done, unconverged] = [0, 0];
  try {
    const out: Float64Array[] = [];
    for (const points of lists) {
      const values = new Float64Array(points.users.length);
      for (let k = 0; k < values.length; k++) {
        await run.yieldToEventLoop();
        const gradient = pointGradient(model, points, k);
        const { value, status } = await solver.solve(gradient);
        if (status !== "converged") unconverged++;
        values[k] = -dot(gradient, value);
        run.onProgress?.({ phase: "self-influence", step: ++done, fraction: done / total });
      }
      out.push(values);
    }
    return { lists: out, unconverged };
  } finally {
    solver.close();
  }
}

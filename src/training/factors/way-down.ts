/** How far the optimum nearby is: the way of polishing, followed until the rest of it is known to be short. */

import type { RunContext } from "../../kernel/run-context.ts";
import { scores } from "../../model/factor-model.ts";
import { rmsDifference, spreadOf } from "../../numeric/statistics.ts";
import { norm } from "../../numeric/vector.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { anderson } from "./anderson.ts";
import type { Descent, Standing } from "./descent.ts";
import { newton } from "./newton.ts";
import { factoriseBoth } from "./opening.ts";
import { descend, withEmptyRowsZero } from "./reoptimise.ts";
import { modelOf } from "./trained.ts";

/** What the way to the optimum nearby has told. */
export interface WayDown {
  /** "newton": the last Newton step was short, and is counted; "optimum": the way was followed to its end; "none": the end is not in sight. */
  readonly method: "newton" | "optimum" | "none";
  /** J where the way was left. */
  readonly value: number;
  /** RMS change of the scores of the training pairs from the start to there. */
  readonly scoreShift: number;
  /** Standard deviation of the scores of the training pairs at the start. */
  readonly scoreSpread: number;
  /** Passes over the interactions that this took. */
  readonly passes: number;
  /** The last step as a part of the whole, by J and by the scores: the larger of the two. 0 at an optimum. */
  readonly lastStep: number;
  /** Rows whose block of the Hessian has no inverse at the start: then no way is followed. */
  readonly withoutInverse: number;
}

/** Beyond so many passes the end is not in sight. */
const mostPasses = 400;
/** Relaxation ends where ‖∇J‖ is this part of what it was, or no longer gets ahead. */
const relaxedBy = 1e-4;
const gaining = 0.2;
/** A Newton step of this part of the way is the last: what is behind it is smaller by its square. */
const shortStep = 0.05;

/**
 * Follows relaxation and Newton steps from `start`, until the end is near or `mostPasses` are over. Where the last step was short and met no negative curvature, J and the
 * scores there are those of the optimum to a few hundredths of the way.
 */
export function wayDown(
  objective: Factorization,
  start: Float64Array,
  run: RunContext,
  tolerance: number,
): Promise<WayDown> {
  const size = Math.max(1, objective.interactions.size);
  let rows = 0;
  const onRows = (more: number) => {
    rows += more;
    run.onRows?.(more);
  };
  const options = { ...run, kernels: run.kernels.factors, tolerance, onRows };
  return descend(objective, options, (descent) => follow(descent, start, () => rows / size));
}

async function follow(descent: Descent, start: Float64Array, passes: () => number): Promise<WayDown> {
  const { objective, session, tolerance, gradient, yieldToEventLoop } = descent;
  session.setPoint(start);
  const first = session.evaluate(gradient);
  const from = await scoresAt(descent);
  const scoreSpread = spreadOf(from);
  session.setPoint(withEmptyRowsZero(objective, start));
  const withoutInverse = await factoriseBoth(session, yieldToEventLoop);
  if (withoutInverse > 0)
    return {
      method: "none",
      value: first,
      scoreShift: 0,
      scoreSpread,
      passes: Math.round(passes()),
      lastStep: 1,
      withoutInverse,
    };
  let now = await relaxed(descent, relaxedBy * norm(gradient));
  let at = await scoresAt(descent);
  let lastStep = 1;
  let method: WayDown["method"] = now.gradientNorm <= tolerance ? "optimum" : "none";
  while (method === "none" && passes() < mostPasses && Number.isFinite(now.value)) {
    const next = await newton(descent, { maxSteps: 1 });
    const there = await scoresAt(descent);
    const parts = [
      rmsDifference(at, there) / rmsDifference(from, there),
      (now.value - next.value) / (first - next.value),
    ];
    // Where nothing has moved, rounding allows no more.
    lastStep = Math.max(...parts.map((part) => part || 0));
    if (next.gradientNorm <= tolerance) method = "optimum";
    else if (!next.negative && lastStep <= shortStep) method = "newton";
    now = next;
    at = there;
  }
  return {
    ...{ method, value: now.value, scoreShift: rmsDifference(from, at), scoreSpread, passes: Math.round(passes()) },
    ...{ lastStep: method === "optimum" ? 0 : lastStep, withoutInverse },
  };
}

/** What polishing does first: other steps may lead to another optimum. */
async function relaxed(descent: Descent, until: number, before = Number.POSITIVE_INFINITY): Promise<Standing> {
  const now = await anderson({ ...descent, tolerance: Math.max(descent.tolerance, until) });
  if (now.gradientNorm <= until || !(now.gradientNorm < gaining * before)) return now;
  await factoriseBoth(descent.session, descent.yieldToEventLoop);
  return relaxed(descent, until, now.gradientNorm);
}

const pairsPerTurn = 2 ** 18;

/** Scores of the training pairs at the session's point: rotations do not change them. */
async function scoresAt({ objective, session, yieldToEventLoop }: Descent): Promise<Float64Array> {
  const params = new Float64Array(session.parameterCount);
  session.getPoint(params);
  const { users, items, size } = objective.interactions;
  const model = modelOf({ objective, params });
  const out = new Float64Array(size);
  for (let at = 0; at < size; at += pairsPerTurn) {
    const end = Math.min(size, at + pairsPerTurn);
    out.set(scores(model, users.subarray(at, end), items.subarray(at, end)), at);
    await yieldToEventLoop();
  }
  return out;
}

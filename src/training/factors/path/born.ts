/** The path while factors are born: as long as one is zero, an optimum is the global one, and starts do not matter. */

import { strideOf } from "../../../kernel/kernels.ts";
import { canonicalise } from "../../../model/gauge.ts";
import { type Factorization, withL2 } from "../../../objective/factorization.ts";
import { alternate } from "../alternating.ts";
import { addFactors, liveFactors } from "../births.ts";
import type { Descent } from "../descent.ts";
import type { TopPair } from "../duality.ts";
import { type DescentOptions, descend } from "../reoptimise.ts";
import { approach } from "./approach.ts";
import { topPairs } from "./top-pairs.ts";

/** An optimum on the way, and which factors would be born next. */
export interface Birthplace {
  readonly l2: number;
  /** In the canonical gauge: columns that live come first. */
  readonly params: Float64Array;
  readonly live: number;
  /** Singular pairs of the residuals beside those that live, largest first: one more than there is room for, where there are so many. */
  readonly unborn: readonly TopPair[];
  /** The largest σ/λ − 1 of those. */
  readonly excess: number;
}

/** What a column has of the first one's squares before it counts as living, and how near to λ the singular values of those that live are. */
const alive = 1e-5;
const ofFactors = 5e-4;
/** How far λ falls at a time. */
const falls = { most: 0.6, least: 0.995, fine: 0.97 };
const mostExcess = 0.02;
const mostRounds = 4;

/** Where no factor lives yet. */
export function birthplaceOf(objective: Factorization, params: Float64Array, options: DescentOptions) {
  return descend(objective, options, async (descent) => {
    descent.session.setPoint(params);
    const unborn = await pairsAt(descent, params, objective.settings.factors + 1);
    return { l2: unborn[0]?.sigma ?? 0, params, live: 0, unborn, excess: 0 };
  });
}

/**
 * Down to where all factors live and one more would be born, or to the objective's λ. Where a fall of λ has overshot that, one of its root is taken; where
 * nothing was born, the next is its square at least.
 */
export async function bear(
  objective: Factorization,
  from: Birthplace,
  options: DescentOptions,
  tell: (place: Birthplace) => void,
): Promise<Birthplace> {
  const { l2, factors } = objective.settings;
  let at = from;
  let [fall, atMost] = [1, 1];
  while (at.l2 > l2 && at.live < factors) {
    const foreseen = (at.unborn[factors - at.live]?.sigma ?? 0) / at.l2;
    fall = Math.max(falls.most, Math.min(falls.least, foreseen, atMost));
    let next = await birth(objective, at, fall, options);
    for (; next.excess > mostExcess && fall < falls.fine; next = await birth(objective, at, fall, options))
      fall = Math.sqrt(fall);
    atMost = next.live > at.live ? 1 : fall ** 2;
    at = next;
    tell(at);
  }
  return at;
}

/** Lets λ fall, and those factors be born that lower J. */
async function birth(
  objective: Factorization,
  from: Birthplace,
  fall: number,
  options: DescentOptions,
): Promise<Birthplace> {
  const l2 = Math.max(objective.settings.l2, fall * from.l2);
  return descend(withL2(objective, l2), options, async (descent) => {
    let at = await settled(descent, { ...from, l2 });
    for (let round = 1; round < mostRounds && at.live < objective.settings.factors; round++) {
      if (!(at.excess > ofFactors)) break;
      at = await settled(descent, at);
    }
    return at;
  });
}

/** The optimum with those factors that have room and lower J. */
async function settled(descent: Descent, { l2, params, live, unborn }: Birthplace): Promise<Birthplace> {
  const { objective, session } = descent;
  const { factors } = objective.settings;
  const point = params.slice();
  addFactors(objective, point, live, unborn.slice(0, factors - live));
  session.setPoint(point);
  await alternate(descent, 3);
  await approach(descent);
  session.getPoint(point);
  canonicalise(objective.shape, point);
  const now = liveFactors(objective.shape, point, alive);
  clearFrom(objective, point, now);
  session.setPoint(point);
  const pairs = await pairsAt(descent, point, factors + 4 - now);
  const beside = pairs.filter(({ sigma }) => Math.abs(sigma / l2 - 1) > ofFactors);
  return { l2, params: point, live: now, unborn: beside, excess: (beside[0]?.sigma ?? 0) / l2 - 1 };
}

async function pairsAt({ objective, session, yieldToEventLoop }: Descent, point: Float64Array, count: number) {
  const residuals = new Float64Array(objective.interactions.size);
  session.residuals(residuals);
  return topPairs(objective, point, residuals, count, yieldToEventLoop);
}

/** Sets the columns from `first` on to zero. */
function clearFrom({ shape }: Factorization, point: Float64Array, first: number): void {
  const stride = strideOf(shape);
  for (let r = 0; r < shape.userCount + shape.itemCount; r++)
    point.fill(0, r * stride + first, r * stride + shape.factors);
}

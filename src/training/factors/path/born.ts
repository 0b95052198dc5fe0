/** The path while factors are born: as long as there is room for one more, an optimum is the global one, and starts do not matter. */

import { canonicalise } from "../../../model/gauge.ts";
import { type Factorization, withChanged, withColumns } from "../../../objective/factorization.ts";
import { alternate } from "../alternating.ts";
import { addFactors, liveFactors } from "../births.ts";
import type { Descent } from "../descent.ts";
import type { TopPair } from "../duality.ts";
import { type DescentOptions, descend } from "../reoptimise.ts";
import { approachOnlyOne } from "./approach.ts";
import { withoutFactors } from "./beginning.ts";
import { pairsBeside } from "./top-pairs.ts";

/** An optimum on the way, and which factors would be born next. */
export interface Birthplace {
  readonly l2: number;
  /** In the canonical gauge, with a column for every factor that lives, and one that is zero where none does. */
  readonly params: Float64Array;
  readonly live: number;
  /** Singular pairs of the residuals beside those that live, largest first: one more than may be born at a time, where there are so many. */
  readonly unborn: readonly TopPair[];
  /** The largest σ/λ − 1 of those. */
  readonly excess: number;
}

/** What a column has of the first one's squares before it counts as living, and σ/λ − 1 before a factor is worth its birth. */
const alive = 1e-5;
const worthIt = 5e-4;
/** How far λ falls at a time. */
const falls = { most: 0.6, least: 0.995 };
const mostRounds = 4;
/** So many factors may be born at a time, or as many as live. */
const fewBirths = 16;

/** Where no factor lives yet. */
export async function birthplaceOf(objective: Factorization, options: DescentOptions): Promise<Birthplace> {
  const params = await withoutFactors(objective, options);
  return descend(withChanged(objective, { factors: 1 }), options, async (descent) => {
    descent.session.setPoint(params);
    const unborn = await pairsAt(descent, params, { live: 0, count: roomIn(objective, 0) + 1 });
    return { l2: unborn[0]?.sigma ?? 0, params, live: 0, unborn, excess: 0 };
  });
}

/** How many factors may be born at a time. */
function roomIn({ settings }: Factorization, live: number): number {
  return Math.min(settings.factors - live, Math.max(fewBirths, live));
}

/**
 * Down to where all factors live and one more would be born, or to the objective's λ. A fall of λ is no shorter than the last one, and its square where
 * nothing was born: σ falls with λ, so that births come later than was foreseen.
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
    const foreseen = (at.unborn[roomIn(objective, at.live)]?.sigma ?? 0) / at.l2;
    fall = Math.max(falls.most, Math.min(falls.least, foreseen, atMost));
    const next = await birth(objective, at, fall, options);
    atMost = next.live > at.live ? fall : fall ** 2;
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
  let at = await settled(objective, { ...from, l2 }, options);
  for (let round = 1; round < mostRounds && at.live < objective.settings.factors && at.excess > worthIt; round++)
    at = await settled(objective, at, options);
  return at;
}

/** With those factors that have room and lower J: the optimum; where more want to be born than may at a time, a few sweeps towards it. */
function settled(
  objective: Factorization,
  { l2, params, live, unborn }: Birthplace,
  options: DescentOptions,
): Promise<Birthplace> {
  const room = roomIn(objective, live);
  const born = unborn.slice(0, room).filter(({ sigma }) => sigma > l2);
  const there = withChanged(objective, { l2, factors: Math.max(1, live + born.length) });
  const columns = { ...there.shape, factors: Math.max(1, live) };
  return descend(there, options, async (descent) => {
    const point = withColumns(columns, params, there.settings.factors);
    addFactors(there, point, live, born);
    descent.session.setPoint(point);
    await alternate(descent, 3);
    if (born.length === room && there.settings.factors < objective.settings.factors) {
      const rough = await placeAt(descent, objective);
      if (rough.excess > worthIt) return rough;
    }
    await approachOnlyOne(descent);
    return placeAt(descent, objective);
  });
}

/** What lives at the session's point, and what would be born. */
async function placeAt(descent: Descent, objective: Factorization): Promise<Birthplace> {
  const { session } = descent;
  const { shape, settings } = descent.objective;
  const point = new Float64Array(session.parameterCount);
  session.getPoint(point);
  canonicalise(shape, point);
  const live = liveFactors(shape, point, alive);
  const params = withColumns(shape, point, Math.max(1, live));
  const kept = withColumns({ ...shape, factors: Math.max(1, live) }, params, shape.factors);
  session.setPoint(kept);
  const unborn = await pairsAt(descent, kept, { live, count: roomIn(objective, live) + 1 });
  return { l2: settings.l2, params, live, unborn, excess: (unborn[0]?.sigma ?? 0) / settings.l2 - 1 };
}

async function pairsAt(
  { objective, session, yieldToEventLoop }: Descent,
  point: Float64Array,
  wanted: { readonly live: number; readonly count: number },
) {
  const residuals = new Float64Array(objective.interactions.size);
  session.residuals(residuals);
  return pairsBeside(objective, point, residuals, wanted, yieldToEventLoop);
}

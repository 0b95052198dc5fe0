/** Training without a random number: from the λ at which all factors vanish down to the one that is asked for, each optimum from the last. */

import { type Factorization, withChanged, withColumns } from "../../../objective/factorization.ts";
import { within } from "../../../run.ts";
import { recoverRank } from "../rank-recovery.ts";
import { type DescentOptions, descend, finish, type Optimum } from "../reoptimise.ts";
import { newtonAgain, toOptimum } from "../to-optimum.ts";
import { approach } from "./approach.ts";
import { bear, birthplaceOf } from "./born.ts";

/** λ falls by this factor where all factors live. */
const usualRatio = 0.7;
/** What is so near to the end is the end. */
const nearEnd = 1.02;

/** How much of the work the way is. */
const shareOfWay = 0.8;

/** What continuation takes. */
export interface ContinuationOptions extends DescentOptions {
  /** By what λ falls at a time where all factors live; default 0.7. */
  readonly ratio?: number | undefined;
}

/** An optimum on the way. */
interface Place {
  readonly l2: number;
  readonly params: Float64Array;
}

/**
 * Follows the optimum as λ falls. While a factor is zero it is the global one, and the next are born along the top singular pairs of the residuals;
 * from there on it is that local one which the path leads to. The result is a function of the data, and of no seed.
 */
export async function continued(objective: Factorization, options: ContinuationOptions): Promise<Optimum> {
  const { l2 } = objective.settings;
  const quiet = { ...options, onStep: undefined, onProgress: undefined };
  const start = await birthplaceOf(objective, quiet);
  const { onProgress } = within(options, 0, shareOfWay);
  let step = 0;
  const tell = ({ l2: now }: Place) =>
    onProgress?.({
      phase: "continuing",
      step: ++step,
      fraction: Math.log(start.l2 / now) / Math.log(start.l2 / l2),
    });
  const born = await bear(objective, start, quiet, tell);
  const grown = {
    ...born,
    params: withColumns(
      { ...objective.shape, factors: Math.max(1, born.live) },
      born.params,
      objective.settings.factors,
    ),
  };
  const { params } = await followed(objective, grown, quiet, tell);
  return descend(objective, within(options, shareOfWay, 1), async (descent) => {
    descent.session.setPoint(params);
    await toOptimum(descent, newtonAgain);
    await recoverRank(descent);
    return finish(descent);
  });
}

/** From a place where all factors live to the objective's λ. */
async function followed(
  objective: Factorization,
  from: Place,
  options: ContinuationOptions,
  tell: (place: Place) => void,
): Promise<Place> {
  const { ratio = usualRatio } = options;
  let [before, at]: [Place | undefined, Place] = [undefined, from];
  while (at.l2 > objective.settings.l2) {
    const l2 = nextL2(objective, ratio * at.l2);
    [before, at] = [at, await step(objective, { l2, params: extrapolated(before, at, l2) }, options)];
    tell(at);
  }
  return at;
}

function nextL2({ settings: { l2 } }: Factorization, next: number): number {
  return next < nearEnd * l2 ? l2 : next;
}

function step(objective: Factorization, { l2, params }: Place, options: DescentOptions): Promise<Place> {
  return descend(withChanged(objective, { l2 }), options, async (descent) => {
    descent.session.setPoint(params);
    await approach(descent);
    descent.session.getPoint(params);
    return { l2, params };
  });
}

/** Straight on in log λ. */
function extrapolated(before: Place | undefined, at: Place, l2: number): Float64Array {
  if (before === undefined) return at.params.slice();
  const weight = Math.log(l2 / at.l2) / Math.log(at.l2 / before.l2);
  return at.params.map((x, k) => x + weight * (x - before.params[k]));
}

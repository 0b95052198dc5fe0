/** When a minimisation is over: at a ‖∇J‖ that is small beside the data, or small as it stands. */

import { closedFormsOf } from "../objective/closed-forms.ts";
import type { Objective } from "../objective/objective.ts";

/** The tolerance where none is asked for: with closed forms times the scale of the data. */
export const usualTolerance = 1e-8;

/** The largest size of ordinary ratings. */
const ordinary = 10;

// Rounded, so that it does not hang on the order of rows.
const scaleDigits = 6;

/** What counts as converged. */
export interface Tolerance {
  /** ‖∇J‖. */
  readonly tolerance: number;
  /** The tolerance over the scale of the data, where it goes along with them; absent where it stands whatever the data. */
  readonly relativeTolerance?: number | undefined;
}

/** What is asked for: one that stands, or one that goes along with the data, which goes first. */
export type AskedTolerance = Partial<Tolerance>;

/** A tolerance on the rows of an objective: recomputed from them where it goes along with the data, 1e-8 where nothing is asked for. */
export function toleranceOn(
  objective: Objective,
  { tolerance = usualTolerance, relativeTolerance }: AskedTolerance = {},
): Tolerance {
  if (relativeTolerance === undefined) return { tolerance };
  return { tolerance: relativeTolerance * toleranceScale(objective), relativeTolerance };
}

/** The tolerance that is asked for, else that of a model: on other rows it has to be recomputed. */
export function askedOr({ tolerance }: AskedTolerance, model: AskedTolerance | undefined): AskedTolerance {
  if (tolerance !== undefined) return { tolerance };
  return { tolerance: model?.tolerance, relativeTolerance: model?.relativeTolerance };
}

/**
 * The scale of the data, for closed forms, by the root mean square, over the rows, of what a row's term pulls a score of 0 by. That is the rating
 * (less a fixed mean); of implicit feedback the confidence of a liked pair, 0 of another. Up to 1 it is the scale, above 10 a tenth of it; between
 * them, where ratings are, the scale is 1. So it is where nothing pulls, and for other objectives, whose slopes are at most 1.
 */
export function toleranceScale(objective: Objective): number {
  const closed = closedFormsOf(objective);
  if (closed === undefined) return 1;
  const { terms, settings } = closed;
  const mean = settings.mean.kind === "fixed" ? settings.mean.value : 0;
  // Scaled by the largest, so that squares of large numbers stay finite.
  const most = terms.pulls.reduce((top, pull) => Math.max(top, Math.abs(pull - mean)), 0);
  if (most === 0) return 1;
  const squares = terms.pulls.reduce((sum, pull) => sum + ((pull - mean) / most) ** 2, 0);
  const size = most * Math.sqrt(squares / terms.pulls.length);
  return Number((size < 1 ? size : Math.max(1, size / ordinary)).toPrecision(scaleDigits));
}

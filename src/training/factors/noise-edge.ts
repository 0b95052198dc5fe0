/** Where the largest singular value of the residuals is, and where it would be if they were noise. */

import type { Interactions } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { norm } from "../../numeric/vector.ts";
import {
  type Factorization,
  type FactorizationSettings,
  factorization,
  placesOf,
} from "../../objective/factorization.ts";
import { randomStart } from "./als-newton.ts";
import { alternate } from "./alternating.ts";
import { type Descent, type Standing, standing } from "./descent.ts";
import { topPair } from "./duality.ts";
import { withoutFactors } from "./path/beginning.ts";
import { workedFrom } from "./reoptimise.ts";
import { residualMatrix, squaresOf } from "./residual-matrix.ts";

/** Everything but λ. */
export type OtherSettings = Omit<FactorizationSettings, "l2">;

/** Of the residuals after mean and biases, as the penalties scale them; 0 where nothing is left to explain. */
export interface Left {
  /** Their largest singular value: the λ from which on all factors vanish. */
  readonly sigma: number;
  /** What it would be if they were noise. */
  readonly edge: number;
}

/** What mean and biases alone leave. */
export async function leftWithoutFactors(
  settings: OtherSettings,
  interactions: Interactions,
  run: RunContext,
): Promise<Left> {
  const { size, ratings } = interactions;
  let left: Left = { sigma: 0, edge: 0 };
  if (size === 0) return left;
  const objective = factorization({ ...settings, factors: 1, l2: 1 }, interactions);
  const start = await withoutFactors(objective, { ...run, onProgress: undefined, kernels: run.kernels.factors });
  await worked(objective, start, run, async (descent) => {
    const { point, residuals } = residualsAt(descent);
    const { sigma } = await topPair(objective, point, residuals, run.yieldToEventLoop);
    // What rounding leaves of ratings that are all equal is no taste.
    if (sigma > 1e-9 * norm(ratings)) left = { sigma, edge: edgeOf(descent) };
    return standing(descent);
  });
  return left;
}

const mostRounds = 60;
const sweepsARound = 4;

/**
 * The λ at which the residuals of the fit with that λ, if they were noise, would have their largest singular value: from a larger one down, the fit
 * follows it by a few sweeps of alternating least squares a round, until it moves by less than 5 %.
 */
export async function edgeFrom(
  largest: number,
  settings: OtherSettings,
  interactions: Interactions,
  itemKeys: Uint32Array,
  run: RunContext,
): Promise<number> {
  let l2 = largest;
  let params: Float64Array | undefined;
  for (let round = 0; round < mostRounds; round++) {
    const objective = factorization({ ...settings, l2 }, interactions);
    let edge = l2;
    ({ params } = await worked(objective, params ?? startAt(objective, itemKeys), run, async (descent) => {
      const now = await alternate(descent, sweepsARound);
      edge = edgeOf(descent);
      return now;
    }));
    if (!(edge < 0.95 * l2)) break;
    l2 = edge;
  }
  return l2;
}

/** A random start in the unit of the data: embeddings are in that of √λ. */
export function startAt(objective: Factorization, itemKeys: Uint32Array): Float64Array {
  const { meanAt } = placesOf(objective.shape);
  const unit = Math.sqrt(objective.settings.l2);
  return randomStart(objective, 1, itemKeys).map((x, k) => (k === meanAt ? x : unit * x));
}

/** Where the singular values of noise end that is spread evenly over the users and items that have rows (Bai & Yin 1993). */
function edgeOf(descent: Descent): number {
  const { objective } = descent;
  const { byUser, byItem } = objective.problem;
  const there = ({ start }: { readonly start: Uint32Array }) =>
    start.reduce((count, from, r) => count + (r > 0 && from > start[r - 1] ? 1 : 0), 0);
  const { point, residuals } = residualsAt(descent);
  const size = Math.sqrt(squaresOf(residualMatrix(objective, point, residuals)));
  return size / Math.sqrt(there(byUser)) + size / Math.sqrt(there(byItem));
}

function residualsAt({ objective, session }: Descent) {
  const point = new Float64Array(session.parameterCount);
  const residuals = new Float64Array(objective.interactions.size);
  session.getPoint(point);
  session.residuals(residuals);
  return { point, residuals };
}

/** Some work on the way to λ: its steps are not told one by one. */
export function worked(
  objective: Factorization,
  start: Float64Array,
  run: RunContext,
  work: (descent: Descent) => Promise<Standing>,
) {
  return workedFrom(objective, start, { ...run, onProgress: undefined, kernels: run.kernels.factors }, work);
}

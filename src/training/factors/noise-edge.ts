/** λ from the data: the edge of noise, where the largest singular value of the residuals would be if they were noise. */

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
import type { Descent, Standing } from "./descent.ts";
import { topPair } from "./duality.ts";
import { edgeOf, type Noise, noiseOf, sizesOf, takenOff } from "./noise.ts";
import { workedFrom } from "./reoptimise.ts";
import { type ResidualMatrix, residualMatrix } from "./residual-matrix.ts";

/** λ as it follows from the data. */
export interface FoundL2 {
  /** To two digits. */
  readonly l2: number;
  /** σ₁ of the residuals after mean and biases: from here on all factors vanish. 0 where nothing is left to explain. */
  readonly vanishing: number;
}

/** The largest share of the λ at which all factors vanish. */
const mostShare = 0.9;
/** A smaller share is for data without noise, and makes a problem that no trainer solves. */
const leastShare = 1e-4;
const mostRounds = 60;
const sweepsARound = 4;

/**
 * Solves λ = ‖Y(λ)‖·(1/√users + 1/√items), where Y(λ) are the residuals of the fit with that λ, as the penalties scale them, and users and items are
 * those with rows: noise of that size has its largest singular value there. The fit follows λ down by alternating least squares. With ratings λ
 * is then the mean of what the best shrinker takes off each factor: less where all stand far above the noise, more where rows are so few that
 * the fit has followed the noise. A λ of at most 0.9·σ₁ of the residuals without factors keeps one factor at least.
 */
export async function l2OfFactors(
  settings: Omit<FactorizationSettings, "l2">,
  interactions: Interactions,
  itemKeys: Uint32Array,
  run: RunContext,
): Promise<FoundL2> {
  const { sigma: vanishing, edge } = await withoutFactors(settings, interactions, run);
  if (vanishing === 0) return { l2: 1, vanishing };
  const within = (l2: number) => Math.min(mostShare * vanishing, Math.max(leastShare * vanishing, l2));
  let l2 = within(edge);
  let last: Fit = { params: startAt(at(settings, l2, interactions), itemKeys), edge, taken: l2 };
  for (let round = 0; round < mostRounds; round++) {
    last = await fitted(at(settings, l2, interactions), last.params, run);
    const found = within(last.edge);
    const settled = Math.abs(found / l2 - 1) < 0.02;
    l2 = found;
    if (settled) break;
  }
  return { l2: Number(within(last.taken ?? l2).toPrecision(2)), vanishing };
}

/** Where a few sweeps at one λ led. */
interface Fit {
  readonly params: Float64Array;
  /** The edge of noise of the residuals. */
  readonly edge: number;
  /** What the best shrinker takes off the factors' singular values, on the mean; none with implicit feedback, where order counts, not size. */
  readonly taken: number | undefined;
}

/** A random start in the unit of the data: embeddings are in that of √λ. */
function startAt(objective: Factorization, itemKeys: Uint32Array): Float64Array {
  const { meanAt } = placesOf(objective.shape);
  const unit = Math.sqrt(objective.settings.l2);
  return randomStart(objective, 1, itemKeys).map((x, k) => (k === meanAt ? x : unit * x));
}

function at(settings: Omit<FactorizationSettings, "l2">, l2: number, interactions: Interactions): Factorization {
  return factorization({ ...settings, l2 }, interactions);
}

async function fitted(objective: Factorization, start: Float64Array, run: RunContext): Promise<Fit> {
  const found = { edge: 0, noise: { users: 0, items: 0 } };
  const { params } = await worked(objective, start, run, async (descent) => {
    const now = await alternate(descent, sweepsARound);
    const matrix = matrixAt(descent);
    Object.assign(found, { edge: edgeOf(objective, matrix), noise: noiseOf(objective, matrix) });
    return now;
  });
  const taken = objective.zeroWeight > 0 ? undefined : meanTaken(objective, params, found.noise);
  return { params, edge: found.edge, taken };
}

function meanTaken(objective: Factorization, params: Float64Array, noise: Noise): number {
  const taken = sizesOf(objective, params).map((size) => takenOff(size, noise));
  return taken.reduce((sum, x) => sum + x, 0) / taken.length;
}

function matrixAt(descent: Descent): ResidualMatrix {
  const { point, residuals } = residualsAt(descent);
  return residualMatrix(descent.objective, point, residuals);
}

function residualsAt({ objective, session }: Descent) {
  const point = new Float64Array(session.parameterCount);
  const residuals = new Float64Array(objective.interactions.size);
  session.getPoint(point);
  session.residuals(residuals);
  return { point, residuals };
}

/** The best mean and biases: σ₁ of what they leave, which is the λ from which on all factors vanish, and its edge of noise. */
async function withoutFactors(
  settings: Omit<FactorizationSettings, "l2">,
  interactions: Interactions,
  run: RunContext,
) {
  const { size, ratings } = interactions;
  const found = { sigma: 0, edge: 0 };
  if (size === 0) return found;
  const objective = at({ ...settings, factors: 1 }, 1, interactions);
  const { meanAt } = placesOf(objective.shape);
  const start = new Float64Array(objective.parameterCount);
  if (meanAt >= 0) start[meanAt] = ratings.reduce((sum, r) => sum + r, 0) / size;
  const length = norm(ratings);
  await worked(objective, start, run, async (descent) => {
    // Factors that are zero stay zero.
    const now = await alternate(descent, 50, 1e-6 * length);
    const { point, residuals } = residualsAt(descent);
    const { sigma } = await topPair(objective, point, residuals, run.yieldToEventLoop);
    // What rounding leaves of ratings that are all equal is no taste.
    if (sigma > 1e-9 * length) Object.assign(found, { sigma, edge: edgeOf(objective, matrixAt(descent)) });
    return now;
  });
  return found;
}

function worked(
  objective: Factorization,
  start: Float64Array,
  run: RunContext,
  work: (descent: Descent) => Promise<Standing>,
) {
  return workedFrom(objective, start, { ...run, onProgress: undefined, kernels: run.kernels.factors }, work);
}

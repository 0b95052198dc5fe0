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
import { workedFrom } from "./reoptimise.ts";
import { residualMatrix, squaresOf } from "./residual-matrix.ts";

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
 * those with rows. Noise of that size has its largest singular value there (Bai & Yin 1993), so that a factor stands for what is no noise. The
 * fit follows λ down by alternating least squares. A λ of at most 0.9·σ₁ of the residuals without factors keeps one factor at least.
 */
export async function l2OfFactors(
  settings: Omit<FactorizationSettings, "l2">,
  interactions: Interactions,
  itemKeys: Uint32Array,
  run: RunContext,
): Promise<FoundL2> {
  const { sigma: vanishing, edge } = await withoutFactors(settings, interactions, run);
  if (vanishing === 0) return { l2: 1, vanishing };
  const [least, most] = [leastShare * vanishing, mostShare * vanishing];
  const within = (l2: number) => Math.min(most, Math.max(least, l2));
  let l2 = within(edge);
  let point = startAt(at(settings, l2, interactions), itemKeys);
  for (let round = 0; round < mostRounds; round++) {
    const next = await fitted(at(settings, l2, interactions), point, run);
    point = next.params;
    const found = within(next.edge);
    const settled = Math.abs(found / l2 - 1) < 0.02;
    l2 = found;
    if (settled) break;
  }
  return { l2: Number(l2.toPrecision(2)), vanishing };
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

/** A few sweeps at one λ, and the edge of noise of what they leave. */
async function fitted(objective: Factorization, start: Float64Array, run: RunContext) {
  let edge = 0;
  const { params } = await worked(objective, start, run, async (descent) => {
    const now = await alternate(descent, sweepsARound);
    edge = edgeOf(descent);
    return now;
  });
  return { params, edge };
}

function edgeOf({ objective, session }: Descent): number {
  const { point, residuals } = residualsAt({ objective, session });
  const { byUser, byItem } = objective.interactions;
  const there = ({ start }: { readonly start: Uint32Array }) => {
    let count = 0;
    for (let r = 0; r + 1 < start.length; r++) if (start[r + 1] > start[r]) count++;
    return count;
  };
  const size = Math.sqrt(squaresOf(residualMatrix(objective, point, residuals)));
  return size * (1 / Math.sqrt(there(byUser)) + 1 / Math.sqrt(there(byItem)));
}

function residualsAt({ objective, session }: Pick<Descent, "objective" | "session">) {
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
    if (sigma > 1e-9 * length) Object.assign(found, { sigma, edge: edgeOf(descent) });
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

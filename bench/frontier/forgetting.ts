/** Forgetting one user under a closed gap: the bound that is printed, held against trainings from other starts. */

import type { Interactions } from "../../src/data/index.ts";
import type { Kernels } from "../../src/kernel/run-context.ts";
import { scores } from "../../src/model/factor-model.ts";
import type { Factorization } from "../../src/objective/factorization.ts";
import { train } from "../../src/training/factors/als-newton.ts";
import { reoptimise } from "../../src/training/factors/reoptimise.ts";
import { modelOf } from "../../src/training/factors/trained.ts";
import { type Proof, proofOf } from "./model-figure.ts";
import type { Reached } from "./path.ts";
import { clock, type Spent, tolerance } from "./setting.ts";

/** About how many ratings the one who is forgotten has. */
const about = 207;

/** What another start led to. */
export interface OtherStart {
  readonly seed: number;
  readonly status: string;
  readonly gradientNorm: number;
  /** RMS distance of its scores on the remaining training pairs from the forgotten model's, in rating units. */
  readonly distance: number;
  readonly training: Spent;
}

/** A forgetting, its certificate, and the other starts. */
export interface ForgettingFigure extends Proof {
  readonly kind: "forgetting";
  readonly id: string;
  readonly ratings: number;
  readonly columns: number;
  readonly forgetting: Spent;
  readonly certificate: Spent;
  readonly starts: readonly OtherStart[];
}

/** A model that forgot, which other starts can be held against. */
export interface Forgotten {
  readonly figure: ForgettingFigure;
  readonly remaining: Factorization;
  readonly params: Float64Array;
}

/** Forgets a user of about 207 ratings from a certified model. */
export async function forget({ optimum, figure }: Reached, kernels: Kernels): Promise<Forgotten> {
  const { objective } = optimum;
  const rows = rowsOfOne(objective.interactions);
  const remaining = objective.without(rows);
  const spent = clock();
  const { params } = await reoptimise(remaining, optimum.params, { kernels: kernels.factors, tolerance });
  const took = spent();
  const certifying = clock();
  const proof = await proofOf(remaining, params, kernels);
  const found: ForgettingFigure = {
    ...{ kind: "forgetting", id: `forget: ${figure.id}`, ratings: rows.length, columns: objective.settings.factors },
    ...proof,
    ...{ forgetting: took, certificate: certifying(), starts: [] },
  };
  return { figure: found, remaining, params };
}

/** The same with trainings of the remaining rows from other starts; told after each. */
export async function againstOtherStarts(
  { figure, remaining, params }: Forgotten,
  seeds: readonly number[],
  kernels: Kernels,
  tell: (figure: ForgettingFigure) => void,
): Promise<void> {
  const starts: OtherStart[] = [];
  for (const seed of seeds) {
    starts.push(await otherStart(remaining, params, seed, kernels));
    tell({ ...figure, starts: [...starts] });
  }
}

async function otherStart(
  remaining: Factorization,
  forgotten: Float64Array,
  seed: number,
  kernels: Kernels,
): Promise<OtherStart> {
  const spent = clock();
  const other = await train(remaining, { seed, kernels: kernels.factors, tolerance });
  const { status, gradientNorm } = other;
  const distance = rmsDistance(remaining, forgotten, other.params);
  return { seed, status, gradientNorm, distance, training: spent() };
}

function rmsDistance(objective: Factorization, one: Float64Array, other: Float64Array): number {
  const { users, items } = objective.interactions;
  const [a, b] = [one, other].map((params) => scores(modelOf({ objective, params }), users, items));
  return Math.sqrt(a.reduce((sum, score, k) => sum + (score - b[k]) ** 2, 0) / a.length);
}

/** The rows of the user who is nearest to that number of ratings; the first of several. */
function rowsOfOne({ users, byUser: { start }, userCount }: Interactions): Uint32Array {
  const off = (u: number) => Math.abs(start[u + 1] - start[u] - about);
  let one = 0;
  for (let u = 1; u < userCount; u++) if (off(u) < off(one)) one = u;
  return Uint32Array.from({ length: users.length }, (_, k) => k).filter((k) => users[k] === one);
}

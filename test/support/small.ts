/** Small sets, objectives and models for the laws of everything above the kernels. */

import { expect } from "vitest";
import { type Interactions, interactionsOf } from "../../src/data/interactions.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { type FactorShape, strideOf } from "../../src/kernel/kernels.ts";
import { referenceKernels } from "../../src/kernel/reference.ts";
import { type Random, randomOf } from "../../src/numeric/random.ts";
import { dot, norm } from "../../src/numeric/vector.ts";
import { type Factorization, type FactorizationSettings, factorization } from "../../src/objective/factorization.ts";
import type { Trained } from "../../src/training/factors/trained.ts";

/** The definition of the kernels: what all other results are held against. */
export const kernels = referenceKernels();

/** One rating: user, item, rating. */
export type Triple = readonly [number, number, number];

/** Interactions from triples. */
export function interactionsFrom(triples: readonly Triple[], userCount: number, itemCount: number): Interactions {
  return interactionsOf({
    userCount,
    itemCount,
    users: Uint32Array.from(triples, ([user]) => user),
    items: Uint32Array.from(triples, ([, item]) => item),
    ratings: Float64Array.from(triples, ([, , rating]) => rating),
  });
}

/** The triples of interactions, in row order. */
export function triplesOf({ users, items, ratings }: Interactions): Triple[] {
  return Array.from(ratings, (rating, row) => [users[row], items[row], rating]);
}

/** Thirty users with two planted tastes, twenty items, 260 ratings, no pair twice, nobody without ratings. */
export function tastes(seed = 3): Interactions {
  return plantedFactors({ users: 30, items: 20, ratings: 260, factors: 2, seed }).interactions;
}

/** A few users and items: some pairs rated twice (one of them alike), the last user and the last item without ratings. */
export function scraps(): Interactions {
  const random = randomOf(11, "scraps");
  const triples: Triple[] = [];
  for (let user = 0; user < 6; user++)
    for (let item = 0; item < 5; item++)
      if ((user + 2 * item) % 3 > 0) triples.push([user, item, 1 + random.integer(5)]);
  triples.push([1, 2, 5], [1, 2, 2], triples[0]);
  return interactionsFrom(triples, 7, 6);
}

/** Settings with strong enough L2 for `tastes`, changed where asked. */
export function settingsOf(over: Partial<FactorizationSettings> = {}): FactorizationSettings {
  return {
    factors: 3,
    biases: true,
    mean: { kind: "learned" },
    l2: 3.6,
    l2Bias: 1,
    regularizer: "table",
    ...over,
  };
}

/** Every form of the objective, each with an L2 at which the optimum on `tastes` is provably the only one. */
export const forms: readonly (readonly [string, FactorizationSettings])[] = [true, false].flatMap((biases) =>
  [{ kind: "learned" } as const, { kind: "fixed", value: 3.3 } as const].flatMap((mean) =>
    (["table", "interaction"] as const).map((regularizer) => {
      const title = `${biases ? "biases" : "no biases"}, mean ${mean.kind}, ${regularizer} L2`;
      const table = regularizer === "table";
      const alone = mean.kind === "learned" ? 6.1 : 6.5;
      const [l2, l2Bias] = table ? [biases ? 3.6 : alone, 1] : [biases ? 0.36 : 0.55, 0.1];
      return [title, settingsOf({ biases, mean, regularizer, l2, l2Bias })] as const;
    }),
  ),
);

/** Normal numbers. */
export function normals(length: number, seed: number): Float64Array {
  const random = randomOf(seed, "normals");
  return Float64Array.from({ length }, () => random.normal());
}

/** Parameters that are no optimum of anything: scores of the ratings' order. */
export function anyParams(objective: Factorization, seed = 5): Float64Array {
  const params = normals(objective.parameterCount, seed).map((x) => 0.6 * x);
  if (objective.shape.learnedMean) params[params.length - 1] = 3.1;
  return params;
}

/** Parameters in the dress of a trained model. */
export function trainedAt(objective: Factorization, params: Float64Array, tolerance = 1e-8): Trained {
  const { value, gradient } = evaluate(objective, params);
  const gradientNorm = norm(gradient);
  const status = gradientNorm <= tolerance ? "converged" : "step-limit";
  return { objective, params, seed: 1, tolerance, status, value, gradientNorm };
}

/** J and ∇J by the reference kernels. */
export function evaluate(objective: Factorization, params: Float64Array): { value: number; gradient: Float64Array } {
  const session = kernels.open(objective.problem);
  session.setPoint(params);
  const gradient = new Float64Array(objective.parameterCount);
  const value = session.evaluate(gradient);
  session.close();
  return { value, gradient };
}

/** The same interactions under other indices: user u becomes `users[u]`, item i `items[i]`. */
export function relabelled(interactions: Interactions, users: Uint32Array, items: Uint32Array): Interactions {
  const triples = triplesOf(interactions).map(([u, i, rating]) => [users[u], items[i], rating] as const);
  return interactionsFrom(triples, interactions.userCount, interactions.itemCount);
}

/** Parameters of a relabelled set. */
export function relabelledParams(
  shape: FactorShape,
  params: Float64Array,
  users: Uint32Array,
  items: Uint32Array,
): Float64Array {
  const stride = strideOf(shape);
  const out = params.slice();
  const move = (from: number, to: number) => out.set(params.subarray(from * stride, (from + 1) * stride), to * stride);
  for (let u = 0; u < shape.userCount; u++) move(u, users[u]);
  for (let i = 0; i < shape.itemCount; i++) move(shape.userCount + i, shape.userCount + items[i]);
  return out;
}

/** The same interactions with their rows in another order: row k is the old row `order[k]`. */
export function reordered(interactions: Interactions, order: Uint32Array): Interactions {
  const triples = triplesOf(interactions);
  return interactionsFrom(
    Array.from(order, (row) => triples[row]),
    interactions.userCount,
    interactions.itemCount,
  );
}

/** A random order of 0 … size − 1. */
export function shuffle(size: number, seed: number): Uint32Array {
  const random: Random = randomOf(seed, "shuffle");
  const out = Uint32Array.from({ length: size }, (_, k) => k);
  for (let k = size - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [out[k], out[other]] = [out[other], out[k]];
  }
  return out;
}

/** A random orthogonal matrix, row-major, by Gram and Schmidt. */
export function randomRotation(order: number, seed: number): Float64Array {
  const rows: Float64Array[] = [];
  for (let r = 0; r < order; r++) {
    const row = normals(order, 100 * seed + r);
    for (let pass = 0; pass < 2; pass++)
      for (const other of rows) {
        const along = dot(row, other);
        for (let k = 0; k < order; k++) row[k] -= along * other[k];
      }
    const length = norm(row);
    rows.push(row.map((x) => x / length));
  }
  return Float64Array.from(rows.flatMap((row) => [...row]));
}

/** Parameters with every embedding turned by an orthogonal matrix: another model with the same scores. */
export function rotated(shape: FactorShape, params: Float64Array, turn: Float64Array): Float64Array {
  const { factors } = shape;
  const out = params.slice();
  for (let r = 0; r < shape.userCount + shape.itemCount; r++)
    for (let g = 0; g < factors; g++) {
      let sum = 0;
      for (let f = 0; f < factors; f++) sum += params[r * strideOf(shape) + f] * turn[f * factors + g];
      out[r * strideOf(shape) + g] = sum;
    }
  return out;
}

/** All rows of interactions. */
export function allRows({ size }: Interactions): Uint32Array {
  return Uint32Array.from({ length: size }, (_, k) => k);
}

/** The rows for which `wanted` holds. */
export function rowsWhere(interactions: Interactions, wanted: (triple: Triple, row: number) => boolean): Uint32Array {
  const triples = triplesOf(interactions);
  return allRows(interactions).filter((row) => wanted(triples[row], row));
}

/** Expects vectors to agree within `tolerance` times the size of the wanted one (its largest entry, at least `floor`). */
export function expectNear(
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance = 1e-12,
  { floor = 1, what = "" } = {},
): void {
  expect(found.length, `${what} length`).toBe(wanted.length);
  const size = Math.max(floor, ...Array.from(wanted, Math.abs));
  for (let k = 0; k < wanted.length; k++) {
    const gap = Math.abs(found[k] - wanted[k]);
    if (!(gap <= tolerance * size))
      expect.fail(`${what} entry ${k}: ${found[k]} against ${wanted[k]}, off by ${gap} of ${size}`);
  }
}

/** The largest difference of two vectors. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let k = 0; k < a.length; k++) {
    const gap = Math.abs(a[k] - b[k]);
    if (!(gap <= most)) most = gap;
  }
  return most;
}

/** The settings on the interactions. */
export function objectiveOn(interactions: Interactions, over: Partial<FactorizationSettings> = {}): Factorization {
  return factorization(settingsOf(over), interactions);
}

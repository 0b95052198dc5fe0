/** What the laws of models are held against: small sets with empty and repeated rows, generic points, pairs, and derivatives in brief. */

import type { Interactions } from "../../src/data/interactions.ts";
import type { MatrixKernels } from "../../src/kernel/matrices/matrices.ts";
import type {
  DataDerivative,
  Linearised,
  Model,
  ModelKind,
  ModelSettings,
  NameKeys,
  Pairs,
} from "../../src/model/model.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import { matrices } from "../support/run.ts";
import { interactionsFrom, normals, scraps, type Triple } from "../support/small.ts";

/** A model at a generic point, with pairs and vectors to ask it about. */
export interface Subject {
  readonly interactions: Interactions;
  readonly keys: NameKeys;
  readonly model: Model;
  readonly params: Float64Array;
  readonly pairs: Pairs;
  /** One a pair. */
  readonly weights: Float64Array;
  readonly otherWeights: Float64Array;
  /** One a parameter. */
  readonly direction: Float64Array;
  readonly otherDirection: Float64Array;
  /** The same kind on other interactions or weights. */
  build(interactions?: Interactions, weights?: Float64Array, keys?: NameKeys, matrices?: MatrixKernels): Model;
}

/** Small sets: repeated pairs, users and items without rows at the ends and between, one row, none. */
export const sets: readonly (readonly [string, () => Interactions])[] = [
  ["scraps", scraps],
  ["a crowd with gaps", crowd],
  ["one row", () => interactionsFrom([[1, 0, 3]], 3, 2)],
  ["no rows", () => interactionsFrom([], 2, 3)],
];

/** Thirty draws with repeats; users 4 and 8 and items 0 and 7 have none, user 2 has rated everything that is rated. */
export function crowd(): Interactions {
  const random = randomOf(23, "crowd");
  const users = [0, 1, 3, 5, 6, 7];
  const drawn = Array.from(
    { length: 30 },
    (): Triple => [users[random.integer(6)], 1 + random.integer(6), 1 + random.integer(5)],
  );
  const all = [6, 5, 4, 3, 2, 1].map((item): Triple => [2, item, 1 + random.integer(5)]);
  return interactionsFrom([...drawn, ...all], 9, 8);
}

/** Every user with every item and every extra output, mixed, and some a second time. */
export function mixedPairs({ userCount, itemCount, extraOutputs }: Model): Pairs {
  const width = itemCount + extraOutputs;
  const cells = Array.from({ length: userCount * width }, (_, n) => (n * 17 + 5) % (userCount * width));
  const all = [...new Set([...cells, ...Array.from(cells.keys())]), ...cells.slice(0, 3)];
  return {
    users: Uint32Array.from(all, (n) => Math.floor(n / width)),
    items: Uint32Array.from(all, (n) => n % width),
  };
}

/** Some of the pairs, in this order. */
export function someOf({ users, items }: Pairs, which: ArrayLike<number>): Pairs {
  return { users: Uint32Array.from(which, (n) => users[n]), items: Uint32Array.from(which, (n) => items[n]) };
}

/** Puts a subject together. */
export function subjectOf(kind: ModelKind, given: ModelSettings, interactions: Interactions): Subject {
  const settings = kind.settings(given);
  const keys = indexKeys(interactions);
  const build = (on = interactions, weights?: Float64Array, by = keys, using: MatrixKernels = matrices) =>
    kind.build(settings, on, weights, by, using);
  const model = build();
  const pairs = mixedPairs(model);
  const [weights, otherWeights] = [normals(pairs.users.length, 11), normals(pairs.users.length, 12)];
  const [direction, otherDirection] = [normals(model.parameterCount, 13), normals(model.parameterCount, 14)];
  const params = smoothPoint(model, pairs, weights, [direction, otherDirection]);
  return { interactions, keys, model, params, pairs, weights, otherWeights, direction, otherDirection, build };
}

/** x + scale·y, a new vector. */
export function plus(x: Float64Array, scale: number, y: Float64Array): Float64Array {
  return x.map((v, k) => v + scale * y[k]);
}

/** Σ weights·∇score at a point. */
export function vjpOf(point: Linearised, weights: Float64Array, model: Model): Float64Array {
  const out = new Float64Array(model.parameterCount);
  point.addVjp(weights, out);
  return out;
}

/** Σ weights·∇²score·direction at a point. */
export function curvatureOf(
  point: Linearised,
  weights: Float64Array,
  direction: Float64Array,
  model: Model,
): Float64Array {
  const out = new Float64Array(model.parameterCount);
  point.addCurvature(weights, direction, out);
  return out;
}

/** Random parameters around which, in these directions, the gradient has no jump: finite differences cross no kink. */
export function smoothPoint(
  model: Model,
  pairs: Pairs,
  weights: Float64Array,
  directions: readonly Float64Array[],
): Float64Array {
  for (let seed = 1; seed < 100; seed++) {
    const params = normals(model.parameterCount, seed).map((x) => 0.5 * x);
    const at = (by: number, d: Float64Array) => vjpOf(model.at(plus(params, by, d), pairs), weights, model);
    const bend = directions.map((d) => {
      const [ahead, here, behind] = [at(2e-5, d), at(0, d), at(-2e-5, d)];
      return Math.max(0, ...here.map((x, k) => Math.abs(ahead[k] - 2 * x + behind[k])));
    });
    if (Math.max(...bend) < 2e-6) return params;
  }
  throw new Error("no point away from all kinks was found");
}

/** Everything that a subject's model computes at its point, by name. */
export function everything({ params, pairs, weights, direction }: Subject, model: Model): Record<string, Float64Array> {
  const point = model.at(params, pairs);
  const data: DataDerivative | undefined = model.data;
  return {
    scores: point.scores,
    jvp: point.jvp(direction),
    vjp: vjpOf(point, weights, model),
    curvature: curvatureOf(point, weights, direction, model),
    ...(data && { weights: data.weightDerivative(params, pairs, weights, weights, direction) }),
  };
}

/** The bytes of numbers, for comparisons to the bit. */
export function bytesOf(values: Float64Array | Uint32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

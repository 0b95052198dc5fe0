/** The networks in small, generic points away from their kinks, and their scores by the definition in plain loops. */

import type { Interactions } from "../../../src/data/interactions.ts";
import { gmf } from "../../../src/model/gmf.ts";
import { mlp } from "../../../src/model/mlp.ts";
import type { Model, ModelKind, ModelSettings, Pairs } from "../../../src/model/model.ts";
import { neumf } from "../../../src/model/neumf.ts";
import { randomOf } from "../../../src/numeric/random.ts";

/** Each kind with settings that leave no two widths alike. */
export const networks: readonly (readonly [string, ModelKind, ModelSettings])[] = [
  ["gmf", gmf, { factors: 3 }],
  ["mlp", mlp, { layers: [5, 3], embedding: 2 }],
  ["mlp without layers", mlp, { layers: [], embedding: 2 }],
  ["mlp with squareplus", mlp, { layers: [5, 3], embedding: 2, activation: "squareplus" }],
  ["neumf", neumf, { factors: 3, layers: [5, 4, 2], embedding: 2 }],
];

/** The kind's model on interactions. */
export function modelOn(kind: ModelKind, given: ModelSettings, interactions: Interactions): Model {
  return kind.build(kind.settings(given), interactions);
}

/** Values in [−1, 1] everywhere. */
export function vectorOf(length: number, seed: number, label = "vector"): Float64Array {
  const random = randomOf(seed, label);
  return Float64Array.from({ length }, () => 2 * random.uniform() - 1);
}

/** Every user with every item, and the first pairs a second time. */
export function everyPair({ userCount, itemCount }: Model): Pairs {
  const size = userCount * itemCount;
  const cells = Array.from({ length: size + 3 }, (_, n) => n % size);
  return {
    users: Uint32Array.from(cells, (n) => Math.floor(n / itemCount)),
    items: Uint32Array.from(cells, (n) => n % itemCount),
  };
}

/** Parameters at which no ReLU of any pair is within `margin` of its kink. */
export function genericPoint(model: Model, pairs: Pairs, margin = 1e-3): Float64Array {
  for (let seed = 1; seed < 1000; seed++) {
    const params = vectorOf(model.parameterCount, seed, "point");
    let nearest = Number.POSITIVE_INFINITY;
    pairs.users.forEach((user, n) => {
      nearest = Math.min(nearest, naiveScore(model, params, user, pairs.items[n]).nearestKink);
    });
    if (nearest > margin) return params;
  }
  throw new Error("no point away from all kinks was found");
}

/** The score of a pair from the tensors by name, and the least |input| of any unit. */
export function naiveScore(
  model: Model,
  params: Float64Array,
  user: number,
  item: number,
  activation: unknown = "relu",
) {
  const tensor = (name: string) => {
    const place = model.tensors.find((t) => t.name === name);
    if (place === undefined) return undefined;
    const { at, shape } = place;
    const width = shape[1] ?? 1;
    return {
      width,
      row: (r: number) => [...params.subarray(at + r * width, at + (r + 1) * width)],
      all: [...params.subarray(at, at + shape[0] * width)],
    };
  };
  const features: number[] = [];
  let nearestKink = Number.POSITIVE_INFINITY;
  const p = tensor("user_factors")?.row(user);
  const q = tensor("item_factors")?.row(item);
  if (p && q) features.push(...p.map((x, f) => x * q[f]));
  const left = tensor("user_embedding")?.row(user);
  const right = tensor("item_embedding")?.row(item);
  if (left && right) {
    let z = [...left, ...right];
    for (let l = 1; ; l++) {
      const weights = tensor(`layer${l}_weights`);
      const bias = tensor(`layer${l}_bias`)?.all;
      if (!weights || !bias) break;
      const input = bias.map((b, j) => z.reduce((sum, x, k) => sum + x * weights.row(k)[j], b));
      nearestKink = Math.min(nearestKink, ...input.map(Math.abs));
      z = input.map((x) => (activation === "squareplus" ? (x + Math.hypot(x, 2)) / 2 : Math.max(0, x)));
    }
    features.push(...z);
  }
  const h = tensor("output_weights")?.all ?? [];
  const [bias] = tensor("output_bias")?.all ?? [];
  return { score: features.reduce((sum, x, f) => sum + x * h[f], bias), nearestKink };
}

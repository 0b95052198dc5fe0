/** A convex model for the laws of training: score(u, i) = b_u + c_i + w·i/itemCount, said to be local or not; and objectives made of it. */

import type { Interactions } from "../../src/data/interactions.ts";
import { matrixFactorization } from "../../src/model/matrix-factorization.ts";
import type { ModelKind } from "../../src/model/model.ts";
import { placed } from "../../src/model/tensors.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { bpr, type Loss, logistic, multinomial, squared } from "../../src/objective/loss.ts";
import type { Objective, ObjectiveSettings } from "../../src/objective/objective.ts";
import { interactionsFrom } from "./small.ts";

/** How often a model was built: what is to be built once is counted. */
export const built = { times: 0 };

/** Settings of the additive model. */
export type AdditiveSettings = { readonly local: boolean };

/** The additive model. */
export const additive: ModelKind<AdditiveSettings> = {
  name: "additive",
  summary: "user bias + item bias + slope",
  settings: (given) => ({ local: given.local !== false }),
  build({ local }, { userCount, itemCount }) {
    built.times++;
    const tensors = placed([
      { name: "user_bias", shape: [userCount], rowsOf: "user" },
      { name: "item_bias", shape: [itemCount, 1], rowsOf: "item" },
      { name: "slope", shape: [1] },
    ]);
    const [, { at: itemAt }, { at: slopeAt }] = tensors;
    const feature = (item: number) => item / itemCount;
    return {
      ...{ userCount, itemCount, tensors, local },
      parameterCount: slopeAt + 1,
      batch: local ? 64 : Number.POSITIVE_INFINITY,
      extraOutputs: 0,
      at(params, { users, items }) {
        const along = (x: Float64Array) =>
          Float64Array.from(users, (u, n) => x[u] + x[itemAt + items[n]] + x[slopeAt] * feature(items[n]));
        return {
          scores: along(params),
          jvp: along,
          addVjp(weights, out) {
            for (let n = 0; n < weights.length; n++) {
              out[users[n]] += weights[n];
              out[itemAt + items[n]] += weights[n];
              out[slopeAt] += weights[n] * feature(items[n]);
            }
          },
          addCurvature() {},
        };
      },
    };
  },
  start(model, random) {
    return Float64Array.from({ length: model.parameterCount }, () => random.normal());
  },
};

/** Settings around a model kind, changed where asked. */
export function around(kind: ModelKind, loss: Loss, over: Partial<ObjectiveSettings> = {}): ObjectiveSettings {
  const sampling = loss === bpr || loss === logistic ? { perRow: 2, seed: 5, semantics: "frozen" as const } : undefined;
  return { kind, loss, sampling, model: {}, l2: 0.3, l2Shared: 0.5, regularizer: "table", extraWeight: 0, ...over };
}

/** An additive objective. */
export function additiveObjective(data: Interactions, loss: Loss, over: Partial<ObjectiveSettings> = {}): Objective {
  return differentiable(around(additive as unknown as ModelKind, loss, over), data);
}

/** An objective of matrix factorization with three factors. */
export function factorObjective(data: Interactions, loss: Loss, over: Partial<ObjectiveSettings> = {}): Objective {
  return differentiable(
    around(matrixFactorization as unknown as ModelKind, loss, { model: { factors: 3 }, ...over }),
    data,
  );
}

/** Three users, four items; the last item and user without rows; a few likes. */
export function few(): Interactions {
  return interactionsFrom(
    [
      [0, 0, 4],
      [0, 1, 2],
      [1, 1, 5],
      [1, 2, 1],
      [2, 0, 3],
    ],
    4,
    5,
  );
}

/** Every loss. */
export const losses = [squared, logistic, bpr, multinomial] as const;

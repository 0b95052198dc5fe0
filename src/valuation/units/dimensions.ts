/** Embedding dimensions as units: the products that a dot product sums. */

import type { Interactions } from "../../data/interactions.ts";
import type { EstimateRun } from "../../method/estimator.ts";
import { canonicalise } from "../../model/gauge.ts";
import type { FactorForm } from "../../model/model.ts";
import { type Ablation, numbered, type Units } from "./readers.ts";

/**
 * Dimension d says p_ud·q_id of a pair, in the canonical gauge: rotations of the model change no unit but by its order where singular values are equal.
 * On average over the training rows it says their mean.
 */
export async function dimensionUnits(
  form: FactorForm,
  interactions: Interactions,
  ablation: Ablation,
  run: EstimateRun,
): Promise<Units> {
  const { factors, userBias, itemBias } = form;
  const { userCount, itemCount, users, items, size } = interactions;
  const tables = new Float64Array((userCount + itemCount) * factors);
  tables.set(form.userFactors);
  tables.set(form.itemFactors, userCount * factors);
  canonicalise({ userCount, itemCount, factors, biases: false, learnedMean: false }, tables);
  const product = (user: number, item: number, d: number) =>
    tables[user * factors + d] * tables[(userCount + item) * factors + d];
  const means = new Float64Array(factors);
  if (ablation === "mean")
    for (let row = 0; row < size; row++) {
      if (row % 4096 === 0) await run.yieldToEventLoop();
      for (let d = 0; d < factors; d++) means[d] += product(users[row], items[row], d) / size;
    }
  return {
    names: numbered("dimension", factors),
    scoresWith: (present) => (pairs) =>
      Float64Array.from(pairs.users, (user, n) => {
        const item = pairs.items[n];
        let sum = (userBias?.[user] ?? 0) + (itemBias?.[item] ?? 0);
        for (let d = 0; d < factors; d++) sum += present[d] === 1 ? product(user, item, d) : means[d];
        return sum;
      }),
  };
}

/** What a made-up profile has to know of every item, from a trained model and one solve with its Hessian. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import type { FactorForm } from "../../model/model.ts";
import { rowAt } from "../../model/tensors.ts";
import type { Objective } from "../../objective/objective.ts";
import { openObjective } from "../../objective/session.ts";
import { meanScoreTarget } from "../../objective/target.ts";
import { baseScore } from "../../training/base-score.ts";
import { solverAt } from "../../training/solve.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { presentIn } from "../rows.ts";
import type { ItemTerms } from "./profile.ts";

/** The items as a profile meets them, for the mean score of one item over all users with interactions. */
export interface AllTerms {
  of(item: number): ItemTerms;
  /** L2 of the profile's own parameters: its embedding, then its bias where users have some. */
  readonly l2: Float64Array;
  readonly status: SolveStatus;
}

/** Solves with the Hessian once, and tells every item's terms; `length` ratings a profile, for an L2 that each of them carries. */
export async function itemTerms(
  trained: TrainedModel,
  target: number,
  length: number,
  run: RunContext,
): Promise<AllTerms> {
  const { objective, params } = trained.smooth as Smooth;
  const { value, status } = await solution(objective, params, target, run);
  const biased = objective.tensors.some(({ name }) => name === "user_bias");
  const { factors: width, itemFactors } = trained.factors as FactorForm;
  // Embeddings are linear in the parameters: theirs along a direction are those at the direction.
  const moved = objective.serving.asFactors?.(value) as FactorForm;
  const row = (table: Float64Array, item: number, last: number) => {
    const own = table.subarray(item * width, (item + 1) * width);
    return biased ? Float64Array.of(...own, last) : own;
  };
  const { l2, l2Bias = l2, regularizer } = objective.settings;
  const scale = regularizer === "interaction" ? length : 1;
  return {
    status,
    l2: Float64Array.of(...new Array<number>(width).fill(scale * l2), ...(biased ? [scale * l2Bias] : [])).map(
      // Without any a first rating would be fitted whatever it takes.
      (x) => Math.max(x, 1e-6),
    ),
    of: (item) => ({
      inputs: row(itemFactors, item, 1),
      base: baseScore(trained, undefined, item),
      inputsAlong: row(moved.itemFactors, item, 0),
      baseAlong: baseAlong(objective, value, item),
    }),
  };
}

async function solution(objective: Objective, params: Float64Array, item: number, run: RunContext) {
  const session = openObjective(objective, params, run);
  try {
    const users = presentIn(objective.interactions.byUser);
    const { gradient } = await session.targetGradient(meanScoreTarget(users, item));
    const solver = await solverAt(objective, params, run);
    try {
      return await solver.solve(gradient);
    } finally {
      solver.close();
    }
  } finally {
    session.close();
  }
}

/** Mean and item bias along a direction. */
function baseAlong({ tensors }: Objective, direction: Float64Array, item: number): number {
  let sum = 0;
  for (const tensor of tensors) {
    if (tensor.name === "mean") sum += direction[tensor.at];
    if (tensor.name === "item_bias") sum += direction[rowAt(tensor, item)];
  }
  return sum;
}

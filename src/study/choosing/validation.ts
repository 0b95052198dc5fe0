/** Choosing an epoch: rows of every user held out, each ranked among drawn items. */

import type { Dataset } from "../../data/dataset.ts";
import { splitPerUser } from "../../data/splitting.ts";
import { sampledRankingSteps } from "../../evaluation/sampled-ranking.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { drawNegatives, nameKeys } from "../../objective/negatives.ts";
import type { Objective } from "../../objective/objective.ts";
import { finishYielding } from "../../run.ts";
import type { Validation } from "../../training/batches/checkpoint.ts";
import { parameterScorer } from "./ranking.ts";

/** A set without its held-out rows, and how good parameters are at ranking these. */
export interface HeldOut {
  readonly dataset: Dataset;
  readonly rows: number;
  validate(objective: Objective, run: RunContext): (params: Float64Array) => Promise<Validation>;
}

const candidates = 99;

/** Holds out `count` rows of every user who has more. Metric: NDCG@10 of each among 99 items that the user does not have. */
export function holdOut(dataset: Dataset, count: number, seed: number): HeldOut {
  const { interactions, userIds, itemIds } = dataset;
  const { train, test } = splitPerUser(interactions, { count }, seed);
  const keys = nameKeys(userIds.list, itemIds.list);
  const drawn = drawNegatives(interactions, keys, { perRow: candidates, seed, semantics: "frozen" }, 0, test);
  const task = {
    users: test.map((row) => interactions.users[row]),
    items: test.map((row) => interactions.items[row]),
    negatives: Array.from(test, (row) =>
      Array.from(drawn.subarray(row * candidates, (row + 1) * candidates), knownItem),
    ),
  };
  return {
    dataset: { ...dataset, interactions: interactions.select(train) },
    rows: test.length,
    validate:
      (objective, { yieldToEventLoop }) =>
      async (params) => {
        const steps = sampledRankingSteps(parameterScorer(objective, params), task);
        const { metrics } = await finishYielding(steps, yieldToEventLoop);
        return { metric: "ndcg@10", value: metrics.ndcg };
      },
  };
}

/** Absent negatives (a user who has everything) are unknown items. */
function knownItem(item: number): number {
  return item === 0xffffffff ? -1 : item;
}

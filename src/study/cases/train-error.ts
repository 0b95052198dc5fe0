/** How far a trained model's scores are from the ratings, on the rows that it was trained on and on rows that were held out. */

import type { Dataset } from "../../data/dataset.ts";
import type { Interactions } from "../../data/interactions.ts";
import { knownTo } from "../../data/splitting.ts";
import { fullRankingSteps } from "../../evaluation/full-ranking.ts";
import { rmse } from "../../evaluation/rating.ts";
import { blocksOfScorer } from "../../evaluation/scorer.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { finishYielding } from "../../run.ts";
import { scoresOn } from "../../training/scores-on.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { evaluateOn } from "./evaluate.ts";

/** Errors in the unit of the metric; null where there is none. Means over rows: of a loss over what an epoch is made of. */
export interface TrainError {
  readonly metric: "rmse" | "loss";
  readonly unit: "rating" | "preference" | "nats";
  readonly train: number;
  /** On the held-out rows. */
  readonly test: number | null;
  /** Of predicting the mean of the training rows: on the held-out rows, else on the training rows. */
  readonly mean: number | null;
  readonly rows: HeldOutRows;
}

/** How many rows an error is of. */
export interface HeldOutRows {
  readonly train: number;
  readonly test: number;
  /** Held-out rows of users or items that are in no other row: they count in no figure. */
  readonly unknown: number;
}

/** How well held-out items are ranked among all that their users do not have. */
export interface TrainRanking {
  readonly metric: "ndcg@10";
  readonly test: number;
  /** Of ranking items by how many interactions they have. */
  readonly popular: number;
  readonly users: number;
}

/** The error of a model; null without an objective and without ratings. */
export async function errorOf(
  trained: TrainedModel,
  held: Dataset | undefined,
  run: RunContext,
): Promise<TrainError | null> {
  const { interactions } = trained;
  const test = held && knownTo(interactions, held.interactions);
  const rows = {
    train: interactions.size,
    test: test?.size ?? 0,
    unknown: (held?.interactions.size ?? 0) - (test?.size ?? 0),
  };
  if (trained.unit === "rating") return { rows, ...(await ratingError(trained, test, run)) };
  return trained.smooth ? { rows, ...lossOf(trained.smooth), test: null, mean: null } : null;
}

async function ratingError(trained: TrainedModel, test: Interactions | undefined, run: RunContext) {
  const { interactions } = trained;
  const mean = interactions.ratings.reduce((sum, r) => sum + r, 0) / interactions.size;
  const on = test ?? interactions;
  return {
    ...({ metric: "rmse", unit: "rating" } as const),
    train: await rmseOn(trained, interactions, run),
    test: test && test.size > 0 ? await rmseOn(trained, test, run) : null,
    mean: on.size > 0 ? rmse(new Float64Array(on.size).fill(mean), on.ratings) : null,
  };
}

async function rmseOn(trained: TrainedModel, rows: Interactions, run: RunContext) {
  return rmse(await scoresOn(trained, rows, run), rows.ratings);
}

/** J without its L2, on the mean: of implicit feedback the root of the squared error, which is weighted by confidence. */
function lossOf({ objective, params, value }: Smooth) {
  const loss = value - objective.penalty.value(params);
  const { confidence } = objective.settings.loss;
  if (confidence === undefined) return { metric: "loss", unit: "nats", train: loss / objective.units.length } as const;
  const { userCount, itemCount, ratings } = objective.interactions;
  const weight = ratings.reduce(
    (sum, r) => sum + confidence.base + confidence.alpha * Math.abs(r) - 1,
    userCount * itemCount,
  );
  return { metric: "rmse", unit: "preference", train: Math.sqrt(Math.max(0, 2 * loss) / weight) } as const;
}

/** How a model that ranks does on held-out rows; null where it predicts ratings, and where nothing is held out. */
export async function rankingOf(
  trained: TrainedModel,
  dataset: Dataset,
  held: Dataset | undefined,
  run: RunContext,
): Promise<TrainRanking | null> {
  if (held === undefined || trained.unit === "rating") return null;
  const { interactions: train } = trained;
  const test = knownTo(train, held.interactions);
  if (test.size === 0) return null;
  const { metrics, users } = await evaluateOn({ trained, dataset }, { ...held, interactions: test }, {}, run);
  if (users === 0) return null;
  const counts = Float64Array.from(
    { length: train.itemCount },
    (_, i) => train.byItem.start[i + 1] - train.byItem.start[i],
  );
  const popular = await finishYielding(
    fullRankingSteps(
      blocksOfScorer(() => counts),
      { train, test },
    ),
    run.yieldToEventLoop,
  );
  return { metric: "ndcg@10", test: metrics.ndcg, popular: popular.metrics.ndcg, users };
}

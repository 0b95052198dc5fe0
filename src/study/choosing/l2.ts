/** A plan on its data: with the λ that follows from them, where none was asked for, and what boosted trees take of the items. */

import type { Dataset } from "../../data/dataset.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { boosting } from "../../training/boosting.ts";
import { l2FromData } from "../../training/l2.ts";
import { itemGenres } from "../item-genres.ts";
import { dataOf, type TrainPlan } from "./plan.ts";

/** The plan with a λ that fits the data, where it has none yet; of boosted trees with the genres of the items; else itself. */
export async function planOn(plan: TrainPlan, dataset: Dataset, run: RunContext): Promise<TrainPlan> {
  const trees = plan.trainer.boosting;
  if (trees) return { ...plan, trainer: boosting({ ...trees, genres: itemGenres(dataset) }) };
  if (plan.withL2 === undefined || plan.settings === undefined) return plan;
  const l2 = await l2FromData(plan.settings, dataOf(dataset), plan.trainer.sharding, run);
  return l2 === undefined ? plan : plan.withL2(l2);
}

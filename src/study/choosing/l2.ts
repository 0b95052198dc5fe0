/** A plan on its data: with the λ that follows from them, where none was asked for, and what boosted trees take of the items. */

import type { Dataset } from "../../data/dataset.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { ObjectiveSettings } from "../../objective/objective.ts";
import { boosting } from "../../training/boosting.ts";
import { cheapestOf, type Place } from "../../training/cheapest.ts";
import { l2FromData } from "../../training/l2.ts";
import { itemGenres } from "../item-genres.ts";
import { type Certifiable, dataOf, type FoundOnPath, type TrainPlan } from "./plan.ts";

/** The plan with a λ that fits the data, where it has none yet; of boosted trees with the genres of the items; else itself. */
export async function planOn(plan: TrainPlan, dataset: Dataset, run: RunContext): Promise<TrainPlan> {
  const trees = plan.trainer.boosting;
  if (trees) return { ...plan, trainer: boosting({ ...trees, genres: itemGenres(dataset) }) };
  if (plan.withL2 === undefined || plan.settings === undefined) return plan;
  if (plan.certifiable) return cheapestPlan(plan, plan.settings, plan.certifiable, dataset, run);
  const l2 = await l2FromData(plan.settings, dataOf(dataset), plan.trainer.sharding, run);
  return l2 === undefined ? plan : plan.withL2(l2);
}

/** The plan with the λ, the regularizer and the λ_b of the cheapest global optimum that predicts well. */
async function cheapestPlan(
  plan: TrainPlan,
  settings: ObjectiveSettings,
  certifiable: Certifiable,
  dataset: Dataset,
  run: RunContext,
): Promise<TrainPlan> {
  const begun = performance.now();
  const path: FoundOnPath["path"][number][] = [];
  const onPlace = (place: Place) => path.push({ ...place, seconds: (performance.now() - begun) / 1000 });
  const found = await cheapestOf({ settings, ...certifiable, onPlace }, dataOf(dataset), run);
  const { l2, l2Bias, regularizer } = found;
  const settled = plan.withL2?.(l2, { regularizer, l2Bias }) ?? plan;
  return { ...settled, certifiable: { ...certifiable, found: { ...found, path } } };
}

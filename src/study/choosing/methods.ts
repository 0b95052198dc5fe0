/** Choosing a method by name: what fits a model, and what is usual. */

import type { Rows } from "../../data/interactions.ts";
import { estimators } from "../../influence/index.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { type GivenSettings, makeNamed, methodNamed, unmetNeed, type ValueKind } from "../../method/method.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { type ForgetOptions, type Forgotten, type Guarantee, unlearners } from "../../unlearning/index.ts";

/** An unlearner with its name. */
export interface NamedUnlearner {
  readonly name: string;
  readonly guarantee: Guarantee;
  forget(model: TrainedModel, forgetSet: Rows, run: RunContext, options?: ForgetOptions): Promise<Forgotten>;
}

/** Makes the unlearner of a name for a model; throws `unsupported` where the model does not have what it needs. */
export function unlearnerNamed(name: string, model: TrainedModel, settings: GivenSettings = {}): NamedUnlearner {
  const { guarantee, forget } = makeNamed(unlearners, name, model, settings);
  return { name, guarantee, forget };
}

/**
 * What forgets where nobody chose: re-optimising, from an optimum; a model that batches left at none would first have to be trained to the end,
 * and is trained again by its own trainer instead.
 */
export function usualUnlearner({ trained }: { readonly trained: TrainedModel }): string {
  if (trained.refitMembers || trained.trainer.toOptimum || trained.smooth?.status === "converged") return "exact";
  return "retrain";
}

/** The cheapest estimator that a model has what it needs for. */
export function usualEstimator(model: TrainedModel): string {
  const found = estimators.methods.find((entry) => unmetNeed(entry, model) === undefined);
  return found?.name ?? "leave-one-out";
}

/** What the numbers of an estimator are. */
export function kindOfValue(name: string): ValueKind {
  return methodNamed(estimators, name).entry.value ?? "influence";
}

/** Whether the numbers of an estimator are about the steps of the training, and no optimum. */
export function followsTraining(name: string): boolean {
  return methodNamed(estimators, name).entry.properties?.family === "dynamic gradient";
}

/** Estimators that work once for every player: only the rows that a cheap one ranks first are asked. */
export function asksEveryPlayer(name: string): boolean {
  const { cost } = methodNamed(estimators, name).entry;
  return cost === "a solve a player" || cost === "a training a player";
}

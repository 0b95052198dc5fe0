/** What is to be trained: a factorization to its optimum, or any other model by a recipe. */

import type { Dataset } from "../data/dataset.ts";
import { LetheError } from "../errors.ts";
import { modelKinds } from "../model/index.ts";
import type { ModelSettings } from "../model/model.ts";
import type { FactorizationSettings, Regularizer } from "../objective/factorization.ts";
import { type Loss, losses } from "../objective/loss.ts";
import { nameKeys } from "../objective/negatives.ts";
import { type ScoredObjective, type ScoredSettings, scoredObjective } from "../objective/scored.ts";
import { type Recipe, standardRecipe } from "../training/recipe.ts";

/** A factorization, minimised to the tolerance. */
export interface FactorPlan {
  readonly kind: "factorization";
  readonly settings: FactorizationSettings;
}

/** A model of any other kind, trained by a recipe. */
export interface ScoredPlan {
  readonly kind: "scored";
  readonly settings: ScoredSettings;
  readonly recipe: Recipe;
  /** Rows of every user to hold out and to choose the epoch by; 0 chooses none. */
  readonly validation: number;
  /** Trains again on all rows, for as many epochs as were best. */
  readonly refit: boolean;
}

export type TrainPlan = FactorPlan | ScoredPlan;

/** What may be said of a model that is trained by a recipe; the rest follows from the kind of model. */
export interface ScoredWishes {
  readonly model: string;
  readonly settings?: ModelSettings | undefined;
  readonly loss?: string | undefined;
  readonly l2?: number | undefined;
  readonly l2Shared?: number | undefined;
  readonly regularizer?: Regularizer | undefined;
  /** Negatives an interaction; none for a squared loss on ratings. */
  readonly negatives?: number | undefined;
  readonly honest?: boolean | undefined;
  readonly extraWeight?: number | undefined;
  readonly seed?: number | undefined;
  readonly recipe?: Partial<Recipe> | undefined;
  readonly validation?: number | undefined;
  readonly refit?: boolean | undefined;
}

/** The loss that a model is usually trained with. */
const usualLoss: Readonly<Record<string, string>> = { mf: "bpr", "light-gcn": "bpr", "mult-vae": "multinomial" };

/** Fills in what was not said; throws `unsupported` on a name that is none, `bad-input` on settings that do not fit. */
export function scoredPlan(wishes: ScoredWishes): ScoredPlan {
  const kind = named(modelKinds, "model", wishes.model);
  const loss = named(losses, "loss", wishes.loss ?? usualLoss[wishes.model] ?? "logistic");
  const { l2 = 1, regularizer = "table", extraWeight = loss.form === "listwise" ? 0.2 : 0, seed = 1 } = wishes;
  const perRow = wishes.negatives ?? (loss.form === "listwise" || loss.name === "squared" ? 0 : 4);
  checkNegatives(loss, perRow, wishes.honest === true);
  const settings: ScoredSettings = {
    kind,
    model: kind.settings(wishes.settings ?? {}),
    loss,
    l2,
    l2Shared: wishes.l2Shared ?? l2,
    regularizer,
    extraWeight,
    sampling: perRow === 0 ? undefined : { perRow, seed, semantics: wishes.honest === true ? "honest" : "frozen" },
  };
  const usual: Partial<Recipe> = loss.form === "listwise" ? { batch: 256 } : {};
  return {
    kind: "scored",
    settings,
    recipe: { ...standardRecipe, ...usual, ...defined(wishes.recipe ?? {}) },
    validation: wishes.validation ?? 0,
    refit: wishes.refit ?? false,
  };
}

function checkNegatives({ name, form }: Loss, perRow: number, honest: boolean): void {
  const refused = (found: string, why: string, advice: string) =>
    new LetheError("bad-input", `${found}: ${why}`, advice);
  if (form === "pairwise" && perRow === 0)
    throw refused("negatives 0", `the loss ${name} compares liked items with drawn others`, "draw 1 or more");
  if (form === "listwise" && perRow > 0)
    throw refused(`negatives ${perRow}`, `the loss ${name} reads all items and draws none`, "leave negatives out");
  if (honest && perRow === 0)
    throw refused("honest", `the loss ${name} draws no negatives here`, "leave honest out, or draw 1 or more");
}

/** The objective of a plan on a data set. */
export function objectiveOf({ settings }: ScoredPlan, dataset: Dataset): ScoredObjective {
  return scoredObjective(settings, dataset.interactions, nameKeys(dataset.userIds.list, dataset.itemIds.list));
}

function named<Value>(catalogue: Readonly<Record<string, Value>>, what: string, name: string): Value {
  if (Object.hasOwn(catalogue, name)) return catalogue[name];
  throw new LetheError("unsupported", `no ${what} "${name}"`, `one of: ${Object.keys(catalogue).join(", ")}`);
}

function defined<Some extends object>(some: Some): Some {
  return Object.fromEntries(Object.entries(some).filter(([, value]) => value !== undefined)) as Some;
}

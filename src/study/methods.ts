/** Choosing a method by name for the family of a model; what does not exist for it is refused with what does. */

import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { EstimatorOptions, PreparedEstimator } from "../influence/estimator.ts";
import { estimators } from "../influence/index.ts";
import type { ObjectiveKind } from "../objective/objective.ts";
import { type AnyTrained, isFactorTrained } from "../training/trained.ts";
import {
  type ForgetOptions,
  type Forgotten,
  type Guarantee,
  type UnlearnerChoice,
  unlearners,
} from "../unlearning/index.ts";

/** What a catalogue entry knows: a maker for each family of models. */
type Entry = { readonly [Kind in ObjectiveKind]?: unknown };

/** The families, in words for people. */
export const familyNames: Readonly<Record<ObjectiveKind, string>> = {
  factorization: "factorizations (mf with squared loss, ials)",
  scored: "models trained by batches (any other)",
};

/** The names in a catalogue that a family has. */
export function namesFor(catalogue: Readonly<Record<string, Entry>>, kind: ObjectiveKind): string[] {
  return Object.keys(catalogue).filter((name) => catalogue[name][kind] !== undefined);
}

/** Throws `unsupported` unless the catalogue has the name for a family (any family, where none is given). */
export function checkName(
  catalogue: Readonly<Record<string, Entry>>,
  what: string,
  name: string,
  kind?: ObjectiveKind,
): void {
  if (!Object.hasOwn(catalogue, name))
    throw new LetheError("unsupported", `no ${what} "${name}"`, `one of: ${Object.keys(catalogue).join(", ")}`);
  if (kind !== undefined && catalogue[name][kind] === undefined)
    throw new LetheError(
      "unsupported",
      `the ${what} "${name}" does not know this kind of model: it is not for ${familyNames[kind]}`,
      `for these: ${namesFor(catalogue, kind).join(", ")}`,
    );
}

/** The estimator of a name, prepared for a trained model of any family. */
export function prepareEstimator(
  name: string,
  trained: AnyTrained,
  options: EstimatorOptions,
): Promise<PreparedEstimator> {
  checkName(estimators, "estimator", name, trained.objective.kind);
  const entry = estimators[name];
  const prepared = isFactorTrained(trained)
    ? entry.factorization?.().prepare(trained, options)
    : entry.scored?.().prepare(trained, options);
  if (prepared === undefined) throw new LetheError("internal", `the estimator ${name} was checked and is not there`);
  return prepared;
}

/** An unlearner for any family, as study uses it. */
export interface NamedUnlearner {
  readonly name: string;
  readonly guarantee: Guarantee;
  forget(trained: AnyTrained, forgetSet: Rows, options?: ForgetOptions): Promise<Forgotten<AnyTrained>>;
}

/**
 * What forgets where nobody chose: re-optimising, from an optimum; a model that batches left at none would first have to be trained to the end,
 * and is trained again by its recipe instead.
 */
export function usualUnlearner({ trained }: { readonly trained: AnyTrained }): string {
  return isFactorTrained(trained) || trained.status === "converged" ? "exact" : "retrain";
}

/** Makes the unlearner of a name for the family of a model; throws `unsupported`. */
export function unlearnerNamed(name: string, kind: ObjectiveKind, choice: UnlearnerChoice = {}): NamedUnlearner {
  checkName(unlearners, "unlearner", name, kind);
  if (choice.literal === true && (kind === "scored" || name === "exact" || name === "retrain"))
    throw new LetheError("unsupported", `"${name}" has no literal form`, "leave --literal out");
  const entry = unlearners[name];
  const factors = entry.factorization?.(choice);
  const scored = entry.scored?.();
  const made = kind === "factorization" ? factors : scored;
  if (made === undefined) throw new LetheError("internal", `the unlearner ${name} was checked and is not there`);
  return {
    name,
    guarantee: made.guarantee,
    async forget(trained, forgetSet, options) {
      if (isFactorTrained(trained) && factors) return factors.forget(trained, forgetSet, options);
      if (!isFactorTrained(trained) && scored) return scored.forget(trained, forgetSet, options);
      throw new LetheError("internal", `an unlearner for ${familyNames[kind]} was given another model`);
    },
  };
}

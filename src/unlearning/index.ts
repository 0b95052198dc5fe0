/** The catalogue of unlearners. */

import type { DenseMatrix, Solver } from "../linear/solver.ts";
import { exact } from "./exact.ts";
import { influenceStep } from "./influence-step.ts";
import { retrain } from "./retrain.ts";
import { scoredExact, scoredRetrain, scoredStep } from "./scored.ts";
import type { FactorUnlearner, ScoredUnlearner } from "./unlearner.ts";

export { exact } from "./exact.ts";
export { influenceStep, type StepSettings } from "./influence-step.ts";
export { retrain } from "./retrain.ts";
export { scoredExact, scoredRetrain, scoredStep } from "./scored.ts";
export type {
  FactorUnlearner,
  ForgetOptions,
  Forgotten,
  Guarantee,
  ScoredUnlearner,
  Unlearner,
} from "./unlearner.ts";

/** How a catalogue entry is made. */
export interface UnlearnerChoice {
  /** The form that the paper prints, with its mistakes, where that differs. */
  readonly literal?: boolean;
  /** For small problems: a dense solver instead of conjugate gradients. */
  readonly solver?: Solver<DenseMatrix>;
}

/** How an unlearner is made for each family that it knows. */
export interface UnlearnerEntry {
  readonly factorization?: (choice?: UnlearnerChoice) => FactorUnlearner;
  readonly scored?: () => ScoredUnlearner;
}

/** Every unlearner, by name. */
export const unlearners: Readonly<Record<string, UnlearnerEntry>> = {
  exact: { factorization: () => exact(), scored: () => scoredExact() },
  retrain: { factorization: () => retrain(), scored: () => scoredRetrain() },
  newton: {
    factorization: (choice) =>
      step("newton", "one Newton step of all parameters on the retained data", "all", false, choice),
    scored: () => scoredStep("newton", "one Newton step of all parameters on the retained data", "all"),
  },
  "influence-function": {
    factorization: (choice) =>
      step("influence-function", "θ + H⁻¹∇ℓ with the Hessian of all data", "all", false, { ...choice, literal: true }),
  },
  cif: {
    factorization: (choice) =>
      step("cif", "the influence function towards mean ratings instead of none", "all", true, choice),
  },
  sif: {
    factorization: (choice) => step("sif", "one Newton step of the affected users' rows", "users", false, choice),
    scored: () => scoredStep("sif", "one Newton step of the affected users' rows", "users"),
  },
  scif: {
    factorization: (choice) =>
      step("scif", "sif towards mean ratings instead of none (Li et al. 2024)", "users", true, choice),
  },
};

function step(
  name: string,
  summary: string,
  support: "all" | "users",
  collaborative: boolean,
  { literal = false, solver }: UnlearnerChoice = {},
): FactorUnlearner {
  return influenceStep({
    name,
    summary,
    support,
    collaborative,
    hessian: literal ? "original" : "remaining",
    compensation: literal ? (collaborative ? "plus" : "none") : "minus",
    ...(solver ? { solver } : {}),
  });
}

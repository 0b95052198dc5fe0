/** One question asked of an unlearned model, answered with one finding. */

import type { Dataset } from "../data/dataset.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import type { RunOptions } from "../run.ts";
import type { AnyTrained } from "../training/trained.ts";

/** A trained model with its outside names; models of one subject share names, not indices. */
export interface AuditedModel {
  readonly trained: AnyTrained;
  readonly dataset: Dataset;
}

/** Pairs of outside ids, with ratings where they are known. */
export interface NamedPairs {
  readonly users: readonly string[];
  readonly items: readonly string[];
  readonly ratings: Float64Array | undefined;
}

/** What an audit looks at. */
export interface AuditSubject {
  readonly original: AuditedModel;
  readonly unlearned: AuditedModel;
  /** The floor to compare with: trained again on what remains. */
  readonly retrained: AuditedModel | undefined;
  /** Interactions of the original that the unlearned model no longer has. */
  readonly forgotten: NamedPairs;
  /** Held-out interactions, where given. */
  readonly test: NamedPairs | undefined;
}

/** What an audit takes. */
export interface AuditOptions extends RunOptions {
  readonly kernels?: FactorKernels | undefined;
}

/** An audit. Its finding is plain data, numbers in rating units unless said otherwise. */
export interface Audit<Finding = unknown> {
  readonly name: string;
  readonly question: string;
  run(subject: AuditSubject, options?: AuditOptions): Promise<Finding>;
}

/** One question asked of an unlearned model, answered with one finding. */

import type { Dataset } from "../data/dataset.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { Part } from "../report/part.ts";
import type { TrainedModel } from "../training/trained-model.ts";

/** A trained model with its outside names; models of one subject share names, not indices. */
export interface AuditedModel {
  readonly trained: TrainedModel;
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

/** An audit. Its finding is plain data, numbers in rating units unless said otherwise; null where there is nothing to find. */
export interface Audit<Finding = unknown> {
  readonly question: string;
  /** What the audit cannot do without and the subject does not have, in words; undefined, or no such function, where all is there. */
  missing?(subject: AuditSubject): string | undefined;
  run(subject: AuditSubject, run: RunContext): Promise<Finding>;
  /** The finding as a report shows it; without it, names and numbers as they are. */
  parts?(finding: Finding): readonly Part[];
}

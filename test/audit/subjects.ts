/** Audited models for the laws of audits: small, with outside names, under other indices where asked. */

import type { AuditedModel, AuditSubject, NamedPairs } from "../../src/audit/audit.ts";
import { idsOf } from "../../src/data/dataset.ts";
import type { Factorization } from "../../src/objective/factorization.ts";
import { factorization } from "../../src/objective/factorization.ts";
import type { Trained } from "../../src/training/index.ts";
import { relabelled, relabelledParams, trainedAt } from "../small.ts";

/** A factorization with its outside names. */
export interface AuditedFactors extends AuditedModel {
  readonly trained: Trained;
}

/** A model whose user k is "u<k>" and item k "i<k>". */
export function named(trained: Trained): AuditedFactors {
  const { userCount, itemCount } = trained.objective.shape;
  const ids = (letter: string, count: number) => idsOf(Array.from({ length: count }, (_, k) => `${letter}${k}`));
  return {
    trained,
    dataset: {
      interactions: trained.objective.interactions,
      userIds: ids("u", userCount),
      itemIds: ids("i", itemCount),
      itemInfo: new Map(),
    },
  };
}

/** The same model with its users and items under other indices, and the same names. */
export function shuffled({ trained, dataset }: AuditedFactors, users: Uint32Array, items: Uint32Array): AuditedFactors {
  const { objective } = trained;
  const other: Factorization = factorization(objective.settings, relabelled(objective.interactions, users, items));
  const list = (names: readonly string[], places: Uint32Array) => {
    const out = new Array<string>(names.length);
    names.forEach((name, k) => {
      out[places[k]] = name;
    });
    return idsOf(out);
  };
  const params = relabelledParams(objective.shape, trained.params, users, items);
  return {
    trained: { ...trained, ...trainedAt(other, params, trained.tolerance) },
    dataset: {
      interactions: other.interactions,
      userIds: list(dataset.userIds.list, users),
      itemIds: list(dataset.itemIds.list, items),
      itemInfo: new Map(),
    },
  };
}

/** A subject from models, nothing forgotten and no test unless given. */
export function subjectOf(
  original: AuditedModel,
  unlearned: AuditedModel,
  rest: Partial<Pick<AuditSubject, "retrained" | "forgotten" | "test">> = {},
): AuditSubject {
  const nothing: NamedPairs = { users: [], items: [], ratings: undefined };
  return { original, unlearned, retrained: undefined, forgotten: nothing, test: undefined, ...rest };
}

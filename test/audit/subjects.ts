/** Audited models for the laws of audits: small, with outside names, under other indices where asked. */

import type { AuditedModel, AuditSubject, NamedPairs } from "../../src/audit/audit.ts";
import { idsOf } from "../../src/data/dataset.ts";
import type { GivenSettings, Method } from "../../src/method/index.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { smoothModel, type TrainedModel } from "../../src/training/index.ts";
import { relabelled } from "../support/small.ts";
import { movedRows } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";

/** A model whose user k is "u<k>" and item k "i<k>". */
export function named(trained: TrainedModel): AuditedModel {
  const { userCount, itemCount } = trained.interactions;
  const list = (letter: string, count: number) => Array.from({ length: count }, (_, k) => `${letter}${k}`);
  return auditedAs(trained, list("u", userCount), list("i", itemCount));
}

/** A model with these outside names. */
export function auditedAs(trained: TrainedModel, userIds: readonly string[], itemIds: readonly string[]): AuditedModel {
  return {
    trained,
    dataset: {
      interactions: trained.interactions,
      userIds: idsOf(userIds),
      itemIds: idsOf(itemIds),
      itemInfo: new Map(),
    },
  };
}

/** Names at other places: what was at k is at `places[k]`. */
export function namesMoved<Name>(names: ArrayLike<Name>, places: Uint32Array): Name[] {
  const out = new Array<Name>(names.length);
  for (let k = 0; k < names.length; k++) out[places[k]] = names[k];
  return out;
}

/** The same model with its users and items under other indices, and the same names; for models without drawn negatives. */
export function shuffled({ trained, dataset }: AuditedModel, users: Uint32Array, items: Uint32Array): AuditedModel {
  const smooth = smoothOf(trained);
  const { settings, interactions } = smooth.objective;
  const keys = {
    users: namesMoved(smooth.objective.keys.users, users),
    items: namesMoved(smooth.objective.keys.items, items),
  };
  const objective = differentiable(settings, relabelled(interactions, users, items), {
    users: Uint32Array.from(keys.users),
    items: Uint32Array.from(keys.items),
  });
  const params = movedRows(smooth.objective, smooth.params, users, items);
  const { trainer, seed } = trained;
  return auditedAs(
    smoothModel({ ...smooth, objective, params, trainer, seed }),
    namesMoved(dataset.userIds.list, users),
    namesMoved(dataset.itemIds.list, items),
  );
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

/** Settings with which an audit is quick enough to be asked again and again. */
const quickly: Readonly<Record<string, GivenSettings>> = {
  ...{ "loss-threshold": { resamples: 50 }, score: { resamples: 50 } },
  ...{ "membership-oracle": { epochs: 2, resamples: 50 }, "self-influence": { points: 10, resamples: 50 } },
  "influence-stability": { samples: 2000, trials: 60, targets: 2 },
  "shadow-models": { shadows: 2, points: 50, resamples: 50 },
};

/** Settings of an audit in tests. */
export function quick({ name }: Method<unknown>): GivenSettings {
  return quickly[name] ?? {};
}

/** What a model holds of a person, for a request of access: what they gave, what was learned of it, and what would go with them. */

import { indexOf } from "../../data/dataset.ts";
import { unlearnerNamed, usualUnlearner } from "../choosing/methods.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import {
  type Embedding,
  embeddingOf,
  type HeldNumbers,
  type HeldRow,
  heldNumbers,
  heldRows,
  type LookAlike,
  lookAlikes,
  type NotDetermined,
  rowsOfUser,
} from "./subject/held.ts";
import { type OthersLists, type OwnItem, othersLists, ownList } from "./subject/lists.ts";
import { type Remembered, remembered } from "./subject/remembered.ts";

/** What a model would be without a person, beside what it is. */
export interface Without {
  /** The unlearner that forgot them, in memory. */
  readonly method: string;
  readonly guarantee: string;
  readonly status: string;
  /** Items of a list. */
  readonly count: number;
  readonly own: { readonly items: readonly OwnItem[]; readonly going: number };
  readonly others: OthersLists;
}

/** What a model holds of a person. */
export interface SubjectReport {
  readonly user: string;
  readonly lookAlikes: readonly LookAlike[];
  readonly interactions: readonly HeldRow[];
  readonly numbers: readonly HeldNumbers[];
  readonly embedding: Embedding | NotDetermined;
  readonly memorisation: Remembered | NotDetermined;
  readonly without: Without | NotDetermined;
  readonly seconds: number;
}

/** How a person is asked about. */
export interface SubjectRequest {
  readonly user: string;
  /** Items of a list of recommendations. */
  readonly count: number;
  /** The unlearner that finds the model without them; default: `exact` where the model is at an optimum, or in shards. */
  readonly method?: string | undefined;
}

/** Looks the person up, and forgets them in memory to see what would go; nothing is written. Throws `unknown-id`. */
export async function subjectOf(
  named: NamedModel,
  { user: id, count, method }: SubjectRequest,
  options: UseOptions = {},
): Promise<SubjectReport> {
  const begun = performance.now();
  const run = runOf(options);
  const { trained, dataset } = named;
  const user = indexOf(dataset.userIds, id, "user");
  const report = {
    user: id,
    lookAlikes: lookAlikes(named, id),
    interactions: heldRows(named, user),
    numbers: heldNumbers(trained, user),
    embedding: await embeddingOf(trained, user, run),
    memorisation: await remembered(trained, user, run),
    without: await withoutUser(named, user, { count, method }, options),
  };
  return { ...report, seconds: (performance.now() - begun) / 1000 };
}

async function withoutUser(
  named: NamedModel,
  user: number,
  { count, method: wanted }: Omit<SubjectRequest, "user">,
  options: UseOptions,
): Promise<Without | NotDetermined> {
  const { trained } = named;
  const rows = rowsOfUser(trained, user).slice();
  if (rows.length === trained.interactions.size)
    return { notDetermined: "nobody else is in the model: nothing would be left" };
  const method = wanted ?? usualUnlearner(named);
  if (wanted === undefined && method === "retrain")
    return {
      notDetermined:
        "training ended at no optimum, as by batches, so that forgetting them means training it again: `method` retrain does that, and its lists differ from these by chance as well",
    };
  const run = runOf(options);
  // A training with the same seed differs by their absence alone, as far as a training can.
  const { model, guarantee } = await unlearnerNamed(method, trained).forget(trained, rows, run, { seed: trained.seed });
  const items = ownList(named, model, user, count);
  return {
    ...{ method, guarantee, status: model.smooth?.status ?? "converged", count },
    own: { items, going: items.filter(({ goes }) => goes).length },
    others: await othersLists(trained, model, user, count, run),
  };
}

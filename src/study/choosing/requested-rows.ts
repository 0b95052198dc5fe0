/** Who is who in an erasure request: which users, items and events of a model it means. */

import type { Index, Interactions, Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { NamedModel } from "../store/model.ts";
import { type ListDoubt, refuseDoubtful } from "./list-doubts.ts";
import { type Events, eventRows } from "./requested-events.ts";
import { type Matching, sideOf } from "./requested-side.ts";
import { rowsBefore } from "./rows-before.ts";
import { noFindings, refuse, type Unknown } from "./unknown.ts";

export type { Events } from "./requested-events.ts";

/** What to forget, by outside ids: all of a user, all of an item, or single interactions; or all that is older than a time. */
export interface ForgetRequest extends Matching {
  readonly users?: readonly string[] | undefined;
  readonly items?: readonly string[] | undefined;
  readonly interactions?: Events | undefined;
  /** Seconds since 1970: of what is named, or of all rows where nothing is, those with an earlier time. */
  readonly before?: number | undefined;
  /** What was doubtful when the lists of ids were read. */
  readonly lists?: { readonly users?: ListDoubt | undefined; readonly items?: ListDoubt | undefined } | undefined;
}

/** Rows, ascending; what the model does not have, where that is tolerated; and what is to be said of ids that look alike. */
export interface Requested {
  readonly rows: Rows;
  readonly unknown: Unknown;
  readonly warnings: readonly string[];
}

/**
 * The rows of a request. Throws `unknown-id` that names all users, items and events that the model does not have, unless that is tolerated, and
 * `bad-input` where an id could mean several, and where rows have no times to choose by.
 */
export function requestedRows({ dataset, trained }: NamedModel, request: ForgetRequest): Requested {
  if (request.exactly && request.allForms)
    throw new LetheError("bad-input", "`exactly` and `allForms` say the opposite", "give one of them");
  const { users, items, interactions: events, before, lists = {} } = request;
  const { interactions } = trained;
  const { byUser, byItem } = interactions;
  const findings = noFindings();
  const sides = [
    sideOf("user", dataset.userIds, byUser, request),
    sideOf("item", dataset.itemIds, byItem, request),
  ] as const;
  const chosen = new Set<number>();
  const take = (rows: Iterable<number>) => {
    for (const row of rows) chosen.add(row);
  };
  for (const user of sides[0].all(users ?? [], findings)) take(rowsOfIndex(byUser, user));
  for (const item of sides[1].all(items ?? [], findings)) take(rowsOfIndex(byItem, item));
  refuseDoubtful("user", lists.users, sides[0], findings.unknown.users);
  refuseDoubtful("item", lists.items, sides[1], findings.unknown.items);
  if (events) take(eventRows(interactions, events, sides, request, findings));
  refuse(findings, chosen.size, request);
  const { unknown, warnings } = findings;
  const named = (users ?? items ?? events) === undefined ? undefined : Uint32Array.from(chosen).sort();
  return { rows: chosenRows(interactions, named, before, warnings), unknown, warnings };
}

/** The rows of a request, ascending; throws as `requestedRows` does. */
export function rowsOf(named: NamedModel, request: ForgetRequest): Rows {
  return requestedRows(named, request).rows;
}

function rowsOfIndex({ start, rows }: Index, index: number): Uint32Array {
  return rows.subarray(start[index], start[index + 1]);
}

/** Of the named rows, or of all where nothing is named, those before the time where one is given. */
function chosenRows(
  interactions: Interactions,
  named: Rows | undefined,
  before: number | undefined,
  warnings: string[],
): Rows {
  if (before === undefined) return named ?? new Uint32Array(0);
  return rowsBefore(interactions, named, before, warnings);
}

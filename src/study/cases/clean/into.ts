/** The interactions after the advice was followed, as a file that training reads. */

import type { Interactions, Rows } from "../../../data/interactions.ts";
import { complement, interactionsOf } from "../../../data/interactions.ts";
import { writeEvents } from "../../../exchange/foreign/event-files.ts";
import { leftoversOf } from "../../store/leftovers.ts";
import type { NamedModel } from "../../store/model.ts";

/** What changes: rows that go, ascending, and others that get another rating. */
export interface Changes {
  readonly removed: Rows;
  readonly relabelled: ReadonlyMap<number, number>;
}

/** Interactions with other ratings in some rows. */
export function relabelledRows(interactions: Interactions, relabelled: ReadonlyMap<number, number>): Interactions {
  const { userCount, itemCount, users, items, ratings, times } = interactions;
  const changed = ratings.map((rating, row) => relabelled.get(row) ?? rating);
  return interactionsOf({ userCount, itemCount, users, items, ratings: changed, times });
}

/** Writes them as CSV, with times where there are any; throws `bad-input` where something is at the path. */
export async function cleanedInto(
  { trained: { interactions }, dataset: { userIds, itemIds } }: NamedModel,
  { changes: { removed, relabelled } }: { readonly changes: Changes },
  out: string,
  { signal }: { readonly signal?: AbortSignal | undefined },
) {
  const rows = complement(removed, interactions.size);
  const all = relabelledRows(interactions, relabelled);
  const left = await writeEvents(out, { interactions: all, rows, userIds, itemIds, times: true }, { signal });
  return {
    out: { file: out, interactions: rows.length, removed: removed.length, relabelled: relabelled.size },
    ...(await leftoversOf(out, left)),
  };
}

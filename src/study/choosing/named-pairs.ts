/** Interactions as pairs of outside ids with their ratings. */

import type { NamedPairs } from "../../audit/audit.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { Rows } from "../../data/interactions.ts";

/** The interactions of a data set, or those of some rows. */
export function namedPairs({ interactions, userIds, itemIds }: Dataset, rows?: Rows): NamedPairs {
  const { users, items, ratings } = rows === undefined ? interactions : interactions.select(rows);
  return {
    users: Array.from(users, (u) => userIds.list[u]),
    items: Array.from(items, (i) => itemIds.list[i]),
    ratings,
  };
}

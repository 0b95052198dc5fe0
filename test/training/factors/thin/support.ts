/** Thin sets for the laws of closed-form elimination: rows with no, one and few ratings, one row with many, pairs rated twice. */

import type { Interactions } from "../../../../src/data/interactions.ts";
import { randomOf } from "../../../../src/numeric/random.ts";
import { interactionsFrom, type Triple, triplesOf } from "../../../support/small.ts";

/** Many users of one to three ratings and a busy one, on few items; the last user and the last item have none. */
export function thinSet(seed = 7, users = 40, items = 9): Interactions {
  const random = randomOf(seed, "thin set");
  const triples: Triple[] = [];
  for (let user = 0; user < users - 1; user++)
    for (let k = random.integer(3); k >= 0; k--) triples.push([user, random.integer(items - 1), 1 + random.integer(5)]);
  for (let item = 0; item < items - 1; item++) triples.push([0, item, 1 + (item % 5)]);
  triples.push([1, 2, 5], [1, 2, 1], [2, 0, 3], [2, 0, 3]);
  return interactionsFrom(triples, users, items);
}

/** The same ratings, of items by users. */
export function exchanged(set: Interactions): Interactions {
  const triples = triplesOf(set).map(([user, item, rating]) => [item, user, rating] as const);
  return interactionsFrom(triples, set.itemCount, set.userCount);
}

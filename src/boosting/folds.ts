/** Features of what is learned from: each made of the rows of other folds, or the label would be among them. */

import type { Interactions } from "../data/interactions.ts";
import { keyedUniform } from "../numeric/random.ts";
import type { Steps } from "../run.ts";
import type { Booster, FeatureRows } from "./ensemble.ts";
import { type Columns, type FeatureKeys, type FeaturePairs, orderedByIds, pairFeatures } from "./features.ts";

/** Users, items, and the row that each of these pairs belongs to. */
export interface OwnedPairs extends FeaturePairs {
  readonly owners: Uint32Array;
}

/** Parts that rows are dealt to; features of a part are made of the other nine. */
const folds = 10;
// Keeps these draws apart from others that are keyed by a user and an item.
const purpose = 0x666f6c64;

/**
 * Features of pairs, each made of the interactions less the fold of its row. Leaving out the row alone would not do: the mean of an item's other
 * rows falls as the row's own rating rises, which tells it. The fold of a row belongs to its outside ids, whatever other rows there are.
 */
export function* foldedFeatures(
  interactions: Interactions,
  keys: FeatureKeys,
  loss: Booster["loss"],
  pairs: OwnedPairs,
  known: Columns = {},
): Steps<FeatureRows> {
  const rows = orderedByIds(interactions, keys);
  const foldOfRow = foldsOf(rows, keys);
  const foldOfOwner = foldsOf(interactions, keys);
  const { width } = pairFeatures(rows, loss, known).of({ users: [], items: [] });
  const values = new Float64Array(pairs.users.length * width);
  const places = Uint32Array.from(pairs.owners.keys());
  for (let fold = 0; fold < folds; fold++) {
    yield;
    const gone = Uint32Array.from(foldOfRow.keys()).filter((row) => foldOfRow[row] === fold);
    const { of } = pairFeatures(rows.without(gone), loss, known);
    const own = places.filter((place) => foldOfOwner[pairs.owners[place]] === fold);
    const found = of({ users: own.map((k) => pairs.users[k]), items: own.map((k) => pairs.items[k]) });
    own.forEach((place, k) => {
      values.set(found.values.subarray(k * width, (k + 1) * width), place * width);
    });
  }
  return { count: pairs.users.length, width, values };
}

function foldsOf({ users, items }: Interactions, keys: FeatureKeys): Uint8Array {
  return Uint8Array.from(users, (user, row) =>
    Math.floor(folds * keyedUniform(0, keys.users[user], keys.items[items[row]], purpose)),
  );
}

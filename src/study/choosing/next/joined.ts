/** Rows of a model and new ones in one set, under the model's ids and then the new ones. */

import { type Dataset, idsOf } from "../../../data/dataset.ts";
import { complement, type Interactions, interactionsOf } from "../../../data/interactions.ts";
import { firstRepeat, merged, repeatedRows } from "../../../data/reading/duplicates.ts";
import type { Duplicates } from "../../../data/reading.ts";
import { LetheError } from "../../../errors.ts";
import { newcomer } from "../../../training/moved.ts";

/** A data set some of whose rows were those of a model. */
export interface Joined {
  readonly dataset: Dataset;
  /** The model's row that each was; `newcomer` for a new one. */
  readonly rowWas: Int32Array;
}

/** What remains, and the new rows after it. Throws `bad-input` where the first has times and the second none. */
export function joinedWith({ dataset, rowWas }: Joined, add: Dataset, warnings: string[]): Joined {
  const [left, come] = [dataset.interactions, add.interactions];
  const users = idsWith(dataset.userIds.list, add.userIds.list, come.users);
  const items = idsWith(dataset.itemIds.list, add.itemIds.list, come.items);
  const interactions = interactionsOf({
    userCount: users.list.length,
    itemCount: items.list.length,
    users: end(left.users, users.keys),
    items: end(left.items, items.keys),
    ratings: end(left.ratings, come.ratings),
    times: timesOf(left, come, warnings),
  });
  return {
    dataset: {
      interactions,
      userIds: idsOf(users.list),
      itemIds: idsOf(items.list),
      itemInfo: new Map([...add.itemInfo, ...dataset.itemInfo]),
    },
    rowWas: end(rowWas, new Int32Array(come.size).fill(newcomer)),
  };
}

/** Known ids, then the new ones of some rows in order of first appearance; and the rows' places among them. */
function idsWith(known: readonly string[], theirs: readonly string[], keys: Uint32Array) {
  const list = [...known];
  const placeOf = new Map(known.map((id, k) => [id, k]));
  const places = new Int32Array(theirs.length).fill(-1);
  const placed = (key: number): number => {
    const id = theirs[key];
    const place = placeOf.get(id) ?? list.push(id) - 1;
    placeOf.set(id, place);
    places[key] = place;
    return place;
  };
  return { keys: keys.map((key) => (places[key] < 0 ? placed(key) : places[key])), list };
}

function end<Column extends Uint32Array | Int32Array | Float64Array>(first: Column, then: Column): Column {
  const out = new (first.constructor as new (length: number) => Column)(first.length + then.length);
  out.set(first);
  out.set(then, first.length);
  return out;
}

function timesOf(left: Interactions, come: Interactions, warnings: string[]): Float64Array | undefined {
  if (left.times === undefined) {
    if (come.times && come.size > 0)
      warnings.push("the model has no times: those of the new interactions were left out");
    return undefined;
  }
  if (come.times) return end(left.times, come.times);
  if (come.size === 0) return left.times;
  throw new LetheError(
    "bad-input",
    "the model has the time of every interaction, and the rows to `add` have none",
    "give them a column of times, in seconds since 1970",
    "add",
  );
}

const meanings = {
  keep: "each counts",
  last: "the last one counts",
  sum: "their numbers are added up",
  error: "they are refused",
} as const satisfies Record<Duplicates, string>;

/** What is to be said of new rows whose user and item came before; nothing where there are none. */
export function toldRepeats(left: Joined, joined: Joined, duplicates: Duplicates): string[] {
  if (left === joined) return [];
  const [before, after] = [left, joined].map(({ dataset }) => repeatedRows(dataset.interactions).length);
  const count = after - before;
  if (count === 0) return [];
  return [
    `${count} new interaction${count === 1 ? " has" : "s have"} a user and item that came before; ${meanings[duplicates]}`,
  ];
}

/** The set with one row a pair where repeats mean one: at the place of the last, as reading a file with all of them does. */
export function oneRowAPair({ dataset, rowWas }: Joined, duplicates: Duplicates): Joined {
  if (duplicates === "keep") return { dataset, rowWas };
  const { interactions } = dataset;
  const repeated = repeatedRows(interactions);
  if (repeated.length === 0) return { dataset, rowWas };
  if (duplicates === "error") throw knownPair(dataset);
  const kept = complement(repeated, interactions.size);
  return {
    dataset: { ...dataset, interactions: merged(interactions, repeated, duplicates) },
    rowWas: Int32Array.from(kept, (row) => rowWas[row]),
  };
}

function knownPair({ interactions, userIds, itemIds }: Dataset): LetheError {
  const { later = 0 } = firstRepeat(interactions) ?? {};
  const user = JSON.stringify(userIds.list[interactions.users[later]]);
  const item = JSON.stringify(itemIds.list[interactions.items[later]]);
  return new LetheError(
    "bad-input",
    `user ${user} and item ${item} would be there twice`,
    "`change` gives a pair that is there another rating; `duplicates` keep, last or sum says what a second row means",
    "add",
  );
}

/** Who is who in imported factors: the outside ids of their rows, and the interactions under these rows. */

import { type Dataset, type Ids, idsOf } from "../../data/dataset.ts";
import { type Interactions, interactionsOf } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import type { ForeignFactors } from "../../exchange/foreign/factors.ts";

type Side = "user" | "item";

/**
 * Where the outside ids of rows come from: the file's own, labels that its ids are indices of, a list in the order of the rows, or the positions
 * of the rows themselves.
 */
export type IdSource = "file" | "labels" | "order" | "positions";

/** The rows of imported factors with their names and interactions. */
export interface ImportedRows {
  readonly dataset: Dataset;
  readonly ids: { readonly users: IdSource; readonly items: IdSource };
}

/** What the importer says of ids. */
export interface GivenIds {
  readonly userIds?: readonly string[] | undefined;
  readonly itemIds?: readonly string[] | undefined;
}

/** The set of the interactions under the rows of the factors; throws `bad-input` where nobody can say who a row is, or an id has no row. */
export function importedRows(foreign: ForeignFactors, read: Dataset, given: GivenIds): ImportedRows {
  const { factors, userFactors, itemFactors } = foreign;
  const users = namesOf("user", given.userIds, foreign.userIds, userFactors.length / factors, read.userIds);
  const items = namesOf("item", given.itemIds, foreign.itemIds, itemFactors.length / factors, read.itemIds);
  const { interactions } = read;
  const userPlaces = placesOf("user", read.userIds, users.ids);
  const itemPlaces = placesOf("item", read.itemIds, items.ids);
  return {
    dataset: {
      interactions: renumbered(interactions, userPlaces, itemPlaces, users.ids.size, items.ids.size),
      userIds: users.ids,
      itemIds: items.ids,
      itemInfo: read.itemInfo,
    },
    ids: { users: users.source, items: items.source },
  };
}

/** A row position, or an index of a list, in decimal. */
const position = /^(0|[1-9]\d{0,9})$/;

/** Whether a text is the position of one of so many rows. */
export function isPosition(id: string, rows: number): boolean {
  return position.test(id) && Number(id) < rows;
}

function namesOf(
  side: Side,
  given: readonly string[] | undefined,
  own: readonly string[] | undefined,
  rows: number,
  read: Ids,
): { readonly ids: Ids; readonly source: IdSource } {
  if (given !== undefined) refuseTwice(side, given);
  if (own !== undefined) return given === undefined ? { ids: idsOf(own), source: "file" } : looked(side, own, given);
  if (given !== undefined) return { ids: inOrder(side, given, rows), source: "order" };
  return { ids: positionsOf(side, rows, read), source: "positions" };
}

/** The file's ids, or the labels that they are indices of: an indexer of Spark gives label k the id k, and its parts are in no order. */
function looked(side: Side, own: readonly string[], labels: readonly string[]): { ids: Ids; source: IdSource } {
  const wrong = own.find((id) => !isPosition(id, labels.length));
  if (wrong === undefined) return { ids: idsOf(own.map((id) => labels[Number(id)])), source: "labels" };
  const known = new Set(labels);
  if (own.every((id) => known.has(id))) return { ids: idsOf(own), source: "file" };
  throw new LetheError(
    "bad-input",
    `the file has ids of its own, of which label k of \`${side}Ids\` is id k: its ${side} ${JSON.stringify(wrong)} is no number below ${labels.length}, the number of labels`,
    `give all labels in the order of their indices, or leave \`${side}Ids\` out where the interactions have the ids of the file`,
    `${side}Ids`,
  );
}

function inOrder(side: Side, given: readonly string[], rows: number): Ids {
  if (given.length === rows) return idsOf(given);
  throw new LetheError(
    "bad-input",
    `${given.length} ${side} ids for ${rows} rows of ${side} factors`,
    "give one id for every row, each once",
    `${side}Ids`,
  );
}

/** The positions themselves, where the interactions speak in positions. */
function positionsOf(side: Side, rows: number, read: Ids): Ids {
  const wrong = read.list.find((id) => !isPosition(id, rows));
  if (wrong === undefined) return idsOf(Array.from({ length: rows }, (_, k) => String(k)));
  throw new LetheError(
    "bad-input",
    `the factors have ${rows} ${side} rows without ids, and the interactions have a ${side} ${JSON.stringify(wrong)}, which is no position`,
    `give the ids in the order of rows with \`${side}Ids\``,
  );
}

function refuseTwice(side: Side, given: readonly string[]): void {
  const places = new Map<string, number>();
  given.forEach((id, k) => {
    const earlier = places.get(id);
    if (earlier !== undefined)
      throw new LetheError(
        "bad-input",
        `\`${side}Ids\` has ${JSON.stringify(id)} twice, at ${earlier} and ${k} (counted from 0)`,
        "give each id once",
        `${side}Ids`,
      );
    places.set(id, k);
  });
}

function placesOf(side: Side, read: Ids, rows: Ids): Uint32Array {
  return Uint32Array.from(read.list, (id) => {
    const row = rows.find(id);
    if (row !== undefined) return row;
    throw new LetheError(
      "bad-input",
      `the interactions have a ${side} ${JSON.stringify(id)} of whom the factors have no row`,
      position.test(id) || !rows.list.every((known) => position.test(known))
        ? "give the interactions that the model was trained on"
        : `the factors are under whole numbers: where these are indices of other ids, give all labels in the order of their indices with \`${side}Ids\`; else give the interactions that the model was trained on`,
    );
  });
}

function renumbered(set: Interactions, users: Uint32Array, items: Uint32Array, userCount: number, itemCount: number) {
  return interactionsOf({
    userCount,
    itemCount,
    users: set.users.map((u) => users[u]),
    items: set.items.map((i) => items[i]),
    ratings: set.ratings,
    times: set.times,
  });
}

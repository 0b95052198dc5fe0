/** A data set as the columns of three files (interactions, users, items), and back from columns that cannot be trusted. */

import { type Dataset, type Ids, type ItemInfo, idsOf } from "../../data/dataset.ts";
import { interactionsOf } from "../../data/interactions.ts";
import { quoted } from "../../data/reading/defects.ts";
import { faultOfId, hasControl } from "../../data/reading/ids.ts";
import { type ErrorCode, LetheError } from "../../errors.ts";
import type { Column } from "../files/parquet-columns.ts";

/** The columns of one file by name, as they were read. */
export type Columns = ReadonlyMap<string, Column>;

/** Columns user, item, rating, and time where the set has times; throws `bad-input` on a number that is not finite. */
export function interactionColumns({ interactions }: Dataset): Column[] {
  const { users, items, ratings, times } = interactions;
  const columns: Column[] = [
    { name: "user", type: "UINTEGER", values: users },
    { name: "item", type: "UINTEGER", values: items },
    { name: "rating", type: "DOUBLE", values: ratings },
  ];
  if (times !== undefined) columns.push({ name: "time", type: "DOUBLE", values: times });
  for (const { name, values } of columns) {
    const at = firstNotFinite(values);
    if (at >= 0) throw new LetheError("bad-input", `the ${name} of row ${at} is ${values[at]}: it cannot be stored`);
  }
  return columns;
}

/** Column id: the outside ids of users, in the order of their indices; throws `bad-input` on an id that no table could have. */
export function userColumns({ userIds }: Dataset): Column[] {
  refuseIds(userIds.list, "the users", "bad-input");
  return [{ name: "id", type: "VARCHAR", values: [...userIds.list] }];
}

/** Columns id, title and genres, in the order of item indices; titles of items outside the set are left out. Throws `bad-input` on texts that no table could have. */
export function itemColumns({ itemIds, itemInfo }: Dataset): Column[] {
  refuseIds(itemIds.list, "the items", "bad-input");
  const known = itemIds.list.map((id) => itemInfo.get(id));
  refuseTitles(known, "the items", "bad-input");
  return [
    { name: "id", type: "VARCHAR", values: [...itemIds.list] },
    { name: "title", type: "VARCHAR", values: known.map((info) => info?.title ?? null) },
    { name: "genres", type: "VARCHAR[]", values: known.map((info) => info?.genres ?? null) },
  ];
}

/** A data set from the columns of its files; throws `bad-model` on a wrong column, index, number, or a repeated id. */
export function datasetOf(interactions: Columns, users: Columns, items: Columns): Dataset {
  onlyColumns(interactions, ["user", "item", "rating", "time"], "interactions.parquet");
  onlyColumns(users, ["id"], "users.parquet");
  onlyColumns(items, ["id", "title", "genres"], "items.parquet");
  const userIds = idTable(users, "users.parquet");
  const itemIds = idTable(items, "items.parquet");
  for (const [name, { values }] of interactions) {
    const at = firstNotFinite(values);
    if (at >= 0) throw new LetheError("bad-model", `interactions.parquet: the ${name} of row ${at} is ${values[at]}`);
  }
  const columns = {
    userCount: userIds.size,
    itemCount: itemIds.size,
    users: valuesOf(interactions, "user", "UINTEGER", "interactions.parquet"),
    items: valuesOf(interactions, "item", "UINTEGER", "interactions.parquet"),
    ratings: valuesOf(interactions, "rating", "DOUBLE", "interactions.parquet"),
    times: interactions.has("time") ? valuesOf(interactions, "time", "DOUBLE", "interactions.parquet") : undefined,
  };
  const set = asBadModel("interactions.parquet", () => interactionsOf(columns));
  return { interactions: set, userIds, itemIds, itemInfo: infoOf(itemIds, items) };
}

function infoOf(itemIds: Ids, items: Columns): Map<string, ItemInfo> {
  const titles = valuesOf(items, "title", "VARCHAR", "items.parquet");
  const genres = valuesOf(items, "genres", "VARCHAR[]", "items.parquet");
  const info = new Map<string, ItemInfo>();
  for (let k = 0; k < titles.length; k++) {
    const title = titles[k];
    if (title !== null) info.set(itemIds.list[k], { title, genres: genres[k] ?? [] });
  }
  refuseTitles(
    itemIds.list.map((id) => info.get(id)),
    "items.parquet",
    "bad-model",
  );
  return info;
}

function idTable(columns: Columns, file: string): Ids {
  const list = valuesOf(columns, "id", "VARCHAR", file);
  const at = list.indexOf(null);
  if (at >= 0) throw new LetheError("bad-model", `${file}: the id of row ${at} is null`);
  refuseIds(list as string[], file, "bad-model");
  return asBadModel(file, () => idsOf(list as string[]));
}

/** What a table refuses must not come in by another way: ids are shown, written into files, and typed. */
function refuseIds(list: readonly string[], place: string, code: ErrorCode): void {
  list.forEach((id, row) => {
    const fault = faultOfId(id);
    if (fault === undefined) return;
    const [found, expected] = fault;
    throw new LetheError(code, `${place}: row ${row} has ${found}, ${quoted(id)}; expected ${expected}`);
  });
}

function refuseTitles(infos: readonly (ItemInfo | undefined)[], place: string, code: ErrorCode): void {
  infos.forEach((info, row) => {
    const bad = info && [info.title, ...info.genres].find(hasControl);
    if (bad === undefined) return;
    const message = `${place}: the title or a genre of row ${row} has a control character, ${quoted(bad)}`;
    throw new LetheError(code, `${message}; expected printable text`);
  });
}

function onlyColumns(columns: Columns, names: readonly string[], file: string): void {
  for (const name of columns.keys())
    if (!names.includes(name))
      throw new LetheError("bad-model", `${file}: a column ${JSON.stringify(name)} that does not belong`);
}

function valuesOf<Type extends Column["type"]>(columns: Columns, name: string, type: Type, file: string) {
  const column = columns.get(name);
  if (column?.type !== type) throw new LetheError("bad-model", `${file}: no column ${name} of type ${type}`);
  return (column as Extract<Column, { type: Type }>).values as Extract<Column, { type: Type }>["values"];
}

function firstNotFinite(values: Column["values"]): number {
  if (!(values instanceof Float64Array)) return -1;
  return values.findIndex((value) => !Number.isFinite(value));
}

function asBadModel<Result>(file: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    throw new LetheError("bad-model", `${file}: ${error.message}`);
  }
}

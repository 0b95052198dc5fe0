/** What a model has learned of a user or an item, as an attacker reads it. */

import { type TensorPlace, valuesOf } from "../../model/tensors.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import type { AuditedModel, NamedPairs } from "../audit.ts";
import type { Inputs } from "./network.ts";

/** The two tables that an attacker reads, row-major. */
interface Tables {
  readonly user: Table;
  readonly item: Table;
}

interface Table {
  readonly width: number;
  readonly values: Float64Array;
}

/** Something that is asked of an attacker: a user with one item, or with all that they have. */
export interface Query {
  readonly user: string;
  readonly items: readonly string[];
}

/** Why a model has no embeddings of users and items; undefined where it has. */
export function missingEmbeddings(trained: TrainedModel): string | undefined {
  return tablesOf(trained) === undefined ? "needs embeddings of users and of items" : undefined;
}

/** Those whose dot products are the scores, else the first table of users and the first of items. */
function tablesOf({ factors, smooth }: TrainedModel): Tables | undefined {
  if (factors !== undefined)
    return {
      user: { width: factors.factors, values: factors.userFactors },
      item: { width: factors.factors, values: factors.itemFactors },
    };
  if (smooth === undefined) return undefined;
  const { objective, params } = smooth;
  const first = (side: "user" | "item") =>
    objective.tensors.find(({ rowsOf, penalised }) => rowsOf === side && penalised === "table");
  const table = (place: TensorPlace): Table => ({ width: place.width, values: valuesOf(place, params) });
  const [user, item] = [first("user"), first("item")];
  return user && item && { user: table(user), item: table(item) };
}

/** Every pair by itself, or every user with the items of their pairs; in the order in which they are met. */
export function queriesOf({ users, items }: NamedPairs, of: "interactions" | "users"): Query[] {
  if (of === "interactions") return users.map((user, k) => ({ user, items: [items[k]] }));
  const byUser = new Map<string, string[]>();
  users.forEach((user, k) => {
    const own = byUser.get(user);
    if (own === undefined) byUser.set(user, [items[k]]);
    else own.push(items[k]);
  });
  return Array.from(byUser, ([user, own]) => ({ user, items: own }));
}

/** For every query the user's embedding, then the mean of the items'; zeros for what a model does not have (Li et al. 2024, §5.2.1). */
export function inputsOf({ trained, dataset }: AuditedModel, queries: readonly Query[]): Inputs {
  const tables = tablesOf(trained);
  if (tables === undefined) return { width: 0, values: new Float64Array(0) };
  const { user, item } = tables;
  const width = user.width + item.width;
  const values = new Float64Array(queries.length * width);
  const add = ({ width: size, values: table }: Table, row: number | undefined, share: number, at: number) => {
    if (row === undefined) return;
    for (let f = 0; f < size; f++) values[at + f] += share * table[row * size + f];
  };
  queries.forEach((query, k) => {
    add(user, dataset.userIds.find(query.user), 1, k * width);
    for (const id of query.items) add(item, dataset.itemIds.find(id), 1 / query.items.length, k * width + user.width);
  });
  return { width, values };
}

/** Shifts and scales every column by mean and deviation of `by`, in place; a column that does not vary is shifted alone. */
export function standardise(by: Inputs, others: readonly Inputs[]): void {
  const { width } = by;
  const count = by.values.length / width;
  for (let c = 0; c < width; c++) {
    let [sum, squares] = [0, 0];
    for (let k = c; k < by.values.length; k += width) sum += by.values[k];
    const mean = sum / count;
    for (let k = c; k < by.values.length; k += width) squares += (by.values[k] - mean) ** 2;
    const deviation = Math.sqrt(squares / count) || 1;
    for (const { values } of [by, ...others])
      for (let k = c; k < values.length; k += width) values[k] = (values[k] - mean) / deviation;
  }
}

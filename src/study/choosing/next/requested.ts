/** Which rows of a model a request changes. */

import { unknownId } from "../../../data/dataset.ts";
import { nearIds } from "../../../data/likeness.ts";
import { LetheError } from "../../../errors.ts";
import type { NamedModel } from "../../store/model.ts";
import type { Events } from "../requested-rows.ts";
import type { ChangedRow } from "./changes.ts";

/** The row of every pair with its new rating; throws `unknown-id` for a pair that is not there, and `bad-input` where it has several rows. */
export function requestedChanges(named: NamedModel, { users, items, ratings, times }: Events): ChangedRow[] {
  if (ratings === undefined)
    throw new LetheError("bad-input", "`change` has no ratings", "give every line user,item,rating[,time]", "change");
  const changed = new Map<number, number>();
  return users.map((user, n) => {
    const row = rowOfPair(named, user, items[n], n + 1);
    const twice = changed.get(row);
    if (twice !== undefined)
      throw new LetheError(
        "bad-input",
        `pair ${n + 1} to change is pair ${twice} once more: user ${JSON.stringify(user)}, item ${JSON.stringify(items[n])}`,
        "leave one of the two out",
        "change",
      );
    changed.set(row, n + 1);
    return { row, rating: ratings[n], time: times?.[n] };
  });
}

function rowOfPair({ dataset, trained }: NamedModel, user: string, item: string, place: number): number {
  const { byUser, items, ratings, times } = trained.interactions;
  const [u, i] = [
    known(dataset.userIds.list, dataset.userIds.find(user), user, "user"),
    known(dataset.itemIds.list, dataset.itemIds.find(item), item, "item"),
  ];
  const rows = byUser.rows.subarray(byUser.start[u], byUser.start[u + 1]).filter((row) => items[row] === i);
  const told = `pair ${place} to change: user ${JSON.stringify(user)} and item ${JSON.stringify(item)}`;
  if (rows.length === 0)
    throw new LetheError("unknown-id", `${told} have no interaction in this model`, "`add` brings a new one", "change");
  if (rows.length === 1) return rows[0];
  const there = Array.from(rows, (row) => `${ratings[row]}${times ? ` at ${times[row]}` : ""}`).join(", ");
  throw new LetheError(
    "bad-input",
    `${told} have ${rows.length} interactions in this model: ${there}`,
    "`remove` the one that is meant, with its rating and time, and `add` the new one",
    "change",
  );
}

function known(ids: readonly string[], index: number | undefined, id: string, what: "user" | "item"): number {
  if (index !== undefined) return index;
  const near = nearIds(ids, id).map((one) => JSON.stringify(one));
  throw unknownId(id, what, near, "write the id as the model has it, or `add` the interaction as a new one");
}

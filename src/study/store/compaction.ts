/** Which users and items are left when a model is stored, and in which order: those that have data, and those that something else needs. */

import type { AuditedModel } from "../../audit/audit.ts";
import { type Dataset, type Ids, idsOf } from "../../data/dataset.ts";
import { complement, type Interactions, interactionsOf, type Rows } from "../../data/interactions.ts";
import type { Positions } from "../../exchange/model/manifest.ts";
import type { YieldToEventLoop } from "../../run.ts";
import { reindexed } from "../../training/reindexed.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { dataOf } from "../choosing/plan.ts";

/** Old indices of the rows that are left, and the new index of each old one. */
export interface Kept {
  readonly old: readonly number[];
  readonly next: Uint32Array;
}

type KeptSides = Readonly<Record<"user" | "item", Kept>>;

/**
 * The same model without the users that have no interaction, and without the items that nothing refers to any more: an item that others drew as a
 * negative, or that a softmax runs over, is part of their data.
 */
export function compacted<Named extends AuditedModel>(named: Named): Named {
  const { trained, dataset } = named;
  const { byUser, byItem } = trained.interactions;
  const kept = { user: keptRows(byUser.start, () => false), item: keptRows(byItem.start, neededItems(trained)) };
  if (isAll(kept.user) && isAll(kept.item))
    return { ...named, dataset: { ...dataset, interactions: trained.interactions } };
  const left = keptDataset(dataset, trained.interactions, kept);
  return { ...named, trained: reindexed(trained, dataOf(left), kept), dataset: left };
}

/**
 * The same model with its users and items in the order in which they come first when some rows are gone, then those that have none. An order
 * that the rows had a part in tells what they were: of a file sorted by user, most items that a user rated. A side whose rows are known by
 * their positions stays in their order, in which no row had a part.
 */
export async function inOrderWithout<Named extends PlacedModel>(
  named: Named,
  rows: Rows,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Named> {
  const { trained, dataset, positions = {} } = named;
  const { users, items, size } = trained.interactions;
  const left = complement(rows, size);
  const sideOf = (ids: Ids, keys: Uint32Array, known: number | undefined) =>
    known === undefined ? orderOf(ids.list, left, keys) : inPlace(ids.size);
  const moved = {
    user: sideOf(dataset.userIds, users, positions.users),
    item: sideOf(dataset.itemIds, items, positions.items),
  };
  if (isAll(moved.user) && isAll(moved.item)) return named;
  await yieldToEventLoop();
  const reordered = keptDataset(dataset, trained.interactions, moved);
  await yieldToEventLoop();
  return { ...named, trained: reindexed(trained, dataOf(reordered), moved), dataset: reordered };
}

/** A model whose rows may be known by position. */
interface PlacedModel extends AuditedModel {
  readonly positions?: Positions | undefined;
}

function inPlace(size: number): Kept {
  const old = Array.from({ length: size }, (_, k) => k);
  return { old, next: Uint32Array.from(old) };
}

/** Every index of one side by first appearance in the rows, and those that do not appear by their ids. */
export function orderOf(ids: readonly string[], rows: Rows, keys: Uint32Array): Kept {
  const next = new Uint32Array(ids.length);
  const seen = new Uint8Array(ids.length);
  const old: number[] = [];
  for (const row of rows) {
    const key = keys[row];
    if (seen[key] === 0) old.push(key);
    seen[key] = 1;
  }
  const absent = [...ids.keys()].filter((k) => seen[k] === 0);
  old.push(...absent.sort((a, b) => (ids[a] < ids[b] ? -1 : 1)));
  old.forEach((key, k) => {
    next[key] = k;
  });
  return { old, next };
}

/** Whether every index stays what it is. */
function isAll({ old, next }: Kept): boolean {
  return old.length === next.length && old.every((key, k) => key === k);
}

/** Items that others' data refer to. */
function neededItems({ smooth, shards }: TrainedModel): (item: number) => boolean {
  const parts = [smooth, ...(shards?.map(({ model }) => model.smooth) ?? [])];
  const drawn = new Set<number>();
  let all = false;
  for (const part of parts) {
    if (part === undefined) continue;
    const { loss } = part.objective.settings;
    all ||= loss.form === "listwise" && loss.confidence === undefined;
    for (const item of part.objective.negatives) drawn.add(item);
  }
  return (item) => all || drawn.has(item);
}

function keptRows(start: Uint32Array, needed: (row: number) => boolean): Kept {
  const old: number[] = [];
  const next = new Uint32Array(start.length - 1);
  for (let r = 0; r < next.length; r++)
    if (start[r + 1] > start[r] || needed(r)) {
      next[r] = old.length;
      old.push(r);
    }
  return { old, next };
}

/** Interactions, ids and titles of what is left, under the new indices. */
export function keptDataset(dataset: Dataset, interactions: Interactions, { user, item }: KeptSides): Dataset {
  const itemIds = item.old.map((i) => dataset.itemIds.list[i]);
  const stillThere = new Set(itemIds);
  return {
    interactions: renumbered(interactions, { user, item }),
    userIds: idsOf(user.old.map((u) => dataset.userIds.list[u])),
    itemIds: idsOf(itemIds),
    itemInfo: new Map([...dataset.itemInfo].filter(([id]) => stillThere.has(id))),
  };
}

function renumbered({ users, items, ratings, times }: Interactions, { user, item }: KeptSides): Interactions {
  return interactionsOf({
    userCount: user.old.length,
    itemCount: item.old.length,
    users: users.map((u) => user.next[u]),
    items: items.map((i) => item.next[i]),
    ratings,
    times,
  });
}

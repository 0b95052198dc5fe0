/** The next set of rows of a model: those that remain in their order, then the new ones. */

import type { Dataset } from "../../../data/dataset.ts";
import { complement, type Rows } from "../../../data/interactions.ts";
import type { Duplicates } from "../../../data/reading.ts";
import { LetheError } from "../../../errors.ts";
import type { Positions } from "../../../exchange/model/manifest.ts";
import type { YieldToEventLoop } from "../../../run.ts";
import { type Moved, newcomer } from "../../../training/moved.ts";
import { areSame } from "../../../training/next-rows.ts";
import type { NextRows } from "../../../training/trained-model.ts";
import { type Kept, keptDataset } from "../../store/compaction.ts";
import { type NamedModel, usualDuplicates } from "../../store/model.ts";
import { dataOf } from "../plan.ts";
import { withoutKnown } from "./already-there.ts";
import { type ChangedRow, isChange, type RowChanges, withChanges } from "./changes.ts";
import { joinedWith, oneRowAPair, toldRepeats } from "./joined.ts";
import { newLookAlikes } from "./new-look-alikes.ts";
import { nextOrder } from "./order.ts";
import { withoutReturns } from "./returns.ts";

/** How many rows, users and items came, went and changed. */
export interface ChangeCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Rows to add that were there, and were not added again. */
  readonly alreadyThere: number;
  readonly newUsers: number;
  readonly newItems: number;
  readonly goneUsers: number;
  readonly goneItems: number;
}

/** The next rows, and how they came about. */
export interface Composed {
  readonly dataset: Dataset;
  readonly next: NextRows;
  readonly positions: Positions | undefined;
  readonly counts: ChangeCounts;
  /** Whether the rows are those of the model, all of them as they were. */
  readonly same: boolean;
  readonly warnings: readonly string[];
}

/**
 * Puts the next rows together. A row that is removed and added again just as it was stays where it is. Throws `bad-input` where times are missing, where a
 * pair may not be there twice, and where nothing would be left.
 */
export async function composed(
  named: NamedModel,
  { add, remove = new Uint32Array(0), change = [], duplicates, idempotent = false }: RowChanges,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Composed> {
  refuseBoth(remove, change);
  const warnings: string[] = [];
  const had = { ...named.dataset, interactions: named.trained.interactions };
  const { comes, goes } = withoutReturns(had, add, remove);
  await yieldToEventLoop();
  const changing = change.filter((one) => isChange(had.interactions, one));
  const interactions = withChanges(had.interactions, changing).without(goes);
  const left = { dataset: { ...had, interactions }, rowWas: Int32Array.from(complement(goes, had.interactions.size)) };
  await yieldToEventLoop();
  const meaning = duplicates ?? meantBy(named);
  const coming = add && { ...add, interactions: add.interactions.select(comes) };
  const found = coming && idempotent && (await withoutKnown(left.dataset, coming, meaning, yieldToEventLoop));
  const { dataset: fresh = coming, alreadyThere = 0 } = found || {};
  const joined = fresh ? joinedWith(left, fresh, warnings) : left;
  warnings.push(...toldRepeats(left, joined, meaning));
  await yieldToEventLoop();
  const { dataset: whole, rowWas } = oneRowAPair(joined, meaning);
  if (whole.interactions.size === 0) throw nothingLeft();
  await yieldToEventLoop();
  const { sides, positions } = nextOrder(whole, named.positions);
  await yieldToEventLoop();
  const dataset = keptDataset(whole, whole.interactions, sides);
  await yieldToEventLoop();
  const moved = { user: movedOf(sides.user, had.userIds.size), item: movedOf(sides.item, had.itemIds.size) };
  const next: NextRows = { data: dataOf(dataset), rowWas, moved };
  warnings.push(...newLookAlikes("user", dataset.userIds, moved.user));
  warnings.push(...newLookAlikes("item", dataset.itemIds, moved.item));
  const returned = (add?.interactions.size ?? 0) - comes.length;
  const added = returned + (fresh?.interactions.size ?? 0);
  const counts = { added, removed: remove.length, changed: change.length, alreadyThere, ...comeAndGone(had, next) };
  const same = changing.length === 0 && areSame(named.trained, next);
  return { dataset, next, positions, counts, same, warnings };
}

function meantBy({ duplicates, trained }: NamedModel): Duplicates {
  return duplicates ?? usualDuplicates(trained);
}

function refuseBoth(remove: Rows, change: readonly ChangedRow[]): void {
  const gone = new Set(remove);
  const both = change.filter(({ row }) => gone.has(row)).length;
  if (both === 0) return;
  throw new LetheError(
    "bad-input",
    `${both} of the interactions to change are to be removed as well`,
    "leave them out of `change`, or `add` them anew",
    "change",
  );
}

function nothingLeft(): LetheError {
  return new LetheError(
    "bad-input",
    "this request takes every interaction away and brings none; no model would be left",
    "delete the model folder instead",
  );
}

/** The order of all ids as indices of the model's, of which the first `size` are its own. */
function movedOf({ old, next }: Kept, size: number): Moved {
  return { old: Int32Array.from(old, (key) => (key < size ? key : newcomer)), next: next.subarray(0, size) };
}

/** Users and items that had no rows and have some, and the other way round. */
function comeAndGone({ interactions: had }: Dataset, { data: { interactions: has }, moved }: NextRows) {
  const [users, items] = [
    changeOf(had.byUser.start, has.byUser.start, moved.user),
    changeOf(had.byItem.start, has.byItem.start, moved.item),
  ];
  return { newUsers: users.come, newItems: items.come, goneUsers: users.gone, goneItems: items.gone };
}

function changeOf(had: Uint32Array, has: Uint32Array, { old }: Moved): { come: number; gone: number } {
  let [come, gone] = [0, 0];
  for (let k = 0; k < old.length; k++) {
    const before = old[k] !== newcomer && had[old[k] + 1] > had[old[k]];
    const after = has[k + 1] > has[k];
    if (after && !before) come++;
    if (before && !after) gone++;
  }
  return { come, gone };
}

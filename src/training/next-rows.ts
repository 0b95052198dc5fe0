/** What other rows mean to a trained model: which are new to it, and which negatives go with them. */

import type { Interactions, Rows } from "../data/interactions.ts";
import { drawNegatives, noItem } from "../objective/negatives.ts";
import type { Objective } from "../objective/objective.ts";
import { newcomer } from "./moved.ts";
import { movedNegatives } from "./reindexed.ts";
import type { NextRows, TrainedModel } from "./trained-model.ts";

/** Rows that the model does not have, or has with another rating. */
export function newRowsOf({ interactions }: Pick<TrainedModel, "interactions">, { data, rowWas }: NextRows): Rows {
  const { ratings } = data.interactions;
  const isNew = (row: number) => rowWas[row] === newcomer || interactions.ratings[rowWas[row]] !== ratings[row];
  return Uint32Array.from(rowWas.keys()).filter(isNew);
}

/** Whether the next rows are the model's own, all of them as they were and in their order. */
export function areSame(model: Pick<TrainedModel, "interactions">, next: NextRows): boolean {
  const { rowWas } = next;
  if (rowWas.length !== model.interactions.size || rowWas.some((was, row) => was !== row)) return false;
  return newRowsOf(model, next).length === 0;
}

/** The part of the next rows that a member gets, beside the rows of the whole that it has. */
export function partOf(next: NextRows, rows: Rows, had: Rows): NextRows {
  const places = new Map(Array.from(had, (row, k) => [row, k]));
  return {
    data: { interactions: next.data.interactions.select(rows), keys: next.data.keys },
    rowWas: Int32Array.from(rows, (row) => places.get(next.rowWas[row]) ?? newcomer),
    moved: next.moved,
  };
}

/** Negatives of the next rows, row-major, and how many rows keep some that training anew would draw otherwise. */
export interface NextNegatives {
  /** Absent where they are to be drawn, or there are none. */
  readonly negatives?: Uint32Array | undefined;
  readonly rowsApart: number;
}

/**
 * Frozen negatives: rows that stay keep theirs, but for those that their user has chosen by now, which are drawn again as for new rows, by
 * outside ids. Honest ones are all drawn anew, by whoever trains.
 */
export function nextNegatives({ settings, negatives: before }: Objective, next: NextRows): NextNegatives {
  const { sampling } = settings;
  if (sampling?.semantics !== "frozen") return { rowsApart: 0 };
  const { interactions, keys } = next.data;
  const { perRow } = sampling;
  const negatives = drawNegatives(interactions, keys, sampling);
  const kept = movedNegatives(before, next.moved);
  let rowsApart = 0;
  forEachWithChosen(interactions, (row, isChosen) => {
    const was = next.rowWas[row];
    if (was === newcomer) return;
    let apart = false;
    for (let n = 0; n < perRow; n++) {
      const item = kept[was * perRow + n];
      if (item === noItem || isChosen(item)) continue;
      apart ||= negatives[row * perRow + n] !== item;
      negatives[row * perRow + n] = item;
    }
    if (apart) rowsApart++;
  });
  return { negatives, rowsApart };
}

/** Visits every row, with what its user has chosen. */
function forEachWithChosen(
  { byUser, items, userCount, itemCount }: Interactions,
  visit: (row: number, isChosen: (item: number) => boolean) => void,
): void {
  const chosenBy = new Int32Array(itemCount).fill(-1);
  for (let user = 0; user < userCount; user++) {
    const rows = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
    for (const row of rows) chosenBy[items[row]] = user;
    for (const row of rows) visit(row, (item) => chosenBy[item] === user);
  }
}

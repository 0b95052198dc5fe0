/** Whether the columns of a table without a header can hardly be user, item and rating, in the order in which they were taken. */

import type { Dataset } from "../../data/dataset.ts";
import { looksLikeTime } from "../../data/reading/times.ts";

/** Fewer rows say nothing about columns. */
const fewRows = 20;
/** Scales of ratings have fewer steps. */
const mostSteps = 21;
const highestStep = 10;

const advice = "if the columns stand in another order, name them by position with `columns`, such as 1,2,3,0";

/** What looks wrong with a guess; at most one thing, that of the first column before those of others. */
export function doubtfulGuess(dataset: Dataset): string[] {
  const { interactions, userIds, itemIds } = dataset;
  const { size, userCount, itemCount, ratings } = interactions;
  if (size < fewRows) return [];
  const values = new Set(ratings);
  const areIds = ratings.every(Number.isInteger);
  const isScale = (ids: readonly string[]) => areIds && ids.length < values.size && areSteps(ids);
  const found =
    timesIn("first", userIds.list) ??
    timesIn("second", itemIds.list) ??
    (userCount > 0.9 * size ? `in its first column are ${userCount} users in ${size} rows` : undefined) ??
    (isScale(userIds.list) ? scaleIn("first", userCount, values.size) : undefined) ??
    (isScale(itemIds.list) ? scaleIn("second", itemCount, values.size) : undefined) ??
    (areIds && values.size > 0.5 * size && values.size > 100
      ? `in its third column are ${values.size} different ratings, as ids or times are`
      : undefined);
  return found === undefined ? [] : [`the file has no header, and ${found}: ${advice}`];
}

function timesIn(column: string, ids: readonly string[]): string | undefined {
  return ids.every(looksLikeTime) ? `in its ${column} column are times` : undefined;
}

function scaleIn(column: string, steps: number, others: number): string {
  return `in its ${column} column are ${steps} small numbers, as ratings are, and in its third ${others} whole numbers, as ids are`;
}

/** Whether ids are the few small numbers of a scale of ratings. */
function areSteps(ids: readonly string[]): boolean {
  return (
    ids.length < mostSteps && ids.every((id) => /^\d+([.,]\d+)?$/.test(id) && Number.parseFloat(id) <= highestStep)
  );
}

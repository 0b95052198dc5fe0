/** Which interactions an attack is tried on: forgotten ones as members, held-out ones as others. */

import { LetheError } from "../../errors.ts";
import type { YieldToEventLoop } from "../../run.ts";
import type { AuditedModel, AuditSubject, NamedPairs } from "../audit.ts";
import { type DrawSettings, drawnPairs, pairsAt } from "./drawing.ts";

/** The points of an attack, in an order that follows from their outside ids and the seed. */
export interface MembershipPoints {
  /** Forgotten interactions. */
  readonly members: NamedPairs;
  /** Held-out interactions of users and items that the original knows, on pairs that it was not trained on. */
  readonly nonMembers: NamedPairs;
  /** Members whose user or item has no interaction left in the unlearned model, which scores it as an empty row. */
  readonly gone: number;
  /** Held-out interactions that are no use: their pair was trained on, or their user or item is unknown. */
  readonly leftOut: number;
}

/** What an attack cannot do without. */
export function missingPoints({ original, forgotten, test = nothing }: AuditSubject): string | undefined {
  if (forgotten.users.length === 0) return "needs forgotten interactions";
  if (test.users.length === 0) return "needs held-out ratings";
  return test.users.some((_, k) => isHeldOut(original, test, k))
    ? undefined
    : "needs held-out ratings of users and items that the original knows, on pairs that it was not trained on";
}

/** Draws the points. Throws `bad-input` where none of the held-out interactions is of use. */
export async function membershipPoints(
  subject: AuditSubject,
  settings: DrawSettings & {
    /** Held-out points at most, where these are more. */
    readonly heldOut?: number | undefined;
  },
  yieldToEventLoop: YieldToEventLoop,
): Promise<MembershipPoints> {
  const { original, unlearned, forgotten, test = nothing } = subject;
  const usable = await heldOut(original, test, yieldToEventLoop);
  if (usable.users.length === 0)
    throw new LetheError(
      "bad-input",
      `none of ${test.users.length} held-out interactions is of a user and an item of the original on a pair that it was not trained on`,
      "give interactions that were held out of its training",
    );
  const members = await drawnPairs(original, forgotten, settings, yieldToEventLoop);
  const { points, heldOut: most = points } = settings;
  const nonMembers = await drawnPairs(original, usable, { ...settings, points: most }, yieldToEventLoop);
  const has = (k: number) =>
    rowLeft(unlearned, "user", members.users[k]) !== undefined &&
    rowLeft(unlearned, "item", members.items[k]) !== undefined;
  const gone = members.users.filter((_, k) => !has(k)).length;
  return { members, nonMembers, gone, leftOut: test.users.length - usable.users.length };
}

const nothing: NamedPairs = { users: [], items: [], ratings: undefined };

async function heldOut(original: AuditedModel, test: NamedPairs, yieldToEventLoop: YieldToEventLoop) {
  const rows: number[] = [];
  for (let k = 0; k < test.users.length; k++) {
    if (k % 256 === 0) await yieldToEventLoop();
    if (isHeldOut(original, test, k)) rows.push(k);
  }
  return pairsAt(test, rows);
}

function isHeldOut(original: AuditedModel, { users, items }: NamedPairs, k: number): boolean {
  const user = original.dataset.userIds.find(users[k]);
  const item = original.dataset.itemIds.find(items[k]);
  return user !== undefined && item !== undefined && !hasPair(original, user, item);
}

/** Whether a model was trained on a pair of its indices. */
export function hasPair({ trained: { interactions } }: AuditedModel, user: number, item: number): boolean {
  const { byUser, items } = interactions;
  for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) if (items[byUser.rows[k]] === item) return true;
  return false;
}

/** The index of an outside id that has interactions in a model. */
export function rowLeft({ trained, dataset }: AuditedModel, side: "user" | "item", id: string): number | undefined {
  const { byUser, byItem } = trained.interactions;
  const { start } = side === "user" ? byUser : byItem;
  const row = (side === "user" ? dataset.userIds : dataset.itemIds).find(id);
  return row !== undefined && start[row + 1] > start[row] ? row : undefined;
}

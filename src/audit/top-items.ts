/** Do people still get the same recommendations? */

import { overlap, topItems } from "../evaluation/ranking.ts";
import { itemScoresOf } from "../training/trained.ts";
import type { Audit, AuditedModel } from "./audit.ts";

/** Mean share of common items in the top-K lists of the users that both models have. */
export interface TopItemsFinding {
  readonly k: number;
  readonly users: number;
  readonly withOriginal: number;
  readonly withRetrained?: number;
}

const k = 10;
const mostUsers = 1000;

/** Overlap of top-10 lists, items that the user has rated left out; over at most 1000 users, evenly chosen. */
export function topItemsOverlap(): Audit<TopItemsFinding> {
  return {
    name: "top-items",
    question: "do the remaining users still get the same top 10?",
    async run({ original, unlearned, retrained }) {
      const users = chosenUsers(unlearned);
      const after = users.map((id) => topOf(unlearned, id));
      const shared = (other: AuditedModel) =>
        users.reduce((sum, id, n) => sum + overlap(after[n], topOf(other, id)), 0) / Math.max(1, users.length);
      return {
        k,
        users: users.length,
        withOriginal: shared(original),
        ...(retrained ? { withRetrained: shared(retrained) } : {}),
      };
    },
  };
}

function chosenUsers({ dataset }: AuditedModel): string[] {
  const { list } = dataset.userIds;
  const stride = Math.max(1, Math.ceil(list.length / mostUsers));
  return list.filter((_, n) => n % stride === 0);
}

function topOf({ trained, dataset }: AuditedModel, userId: string): string[] {
  const user = dataset.userIds.find(userId);
  if (user === undefined) return [];
  const { byUser, items } = trained.objective.interactions;
  const rated = new Set<number>();
  for (let n = byUser.start[user]; n < byUser.start[user + 1]; n++) rated.add(items[byUser.rows[n]]);
  return topItems(itemScoresOf(trained, user), k, rated).map((item) => dataset.itemIds.list[item]);
}

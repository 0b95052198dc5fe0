/** Do people still get the same recommendations? */

import { overlap, topItems } from "../evaluation/ranking.ts";
import { method } from "../method/method.ts";
import type { Part } from "../report/part.ts";
import { itemScoresOf } from "../training/trained-model.ts";
import type { Audit, AuditedModel } from "./audit.ts";

/** Mean share of common items in the top-K lists of the users that both models have. */
export interface TopItemsFinding {
  readonly k: number;
  readonly users: number;
  readonly withOriginal: number;
  readonly withRetrained?: number;
}

/** Overlap of top-K lists, items that the user has rated left out; over some users, evenly chosen. */
export const topItemsOverlap = method({
  name: "top-items",
  summary: "overlap of the remaining users' top lists",
  source: "definition",
  needs: [],
  settings: {
    k: { summary: "length of the lists", standard: 10, least: 1 },
    users: { summary: "users at most, evenly chosen", standard: 1000, least: 1 },
  },
  cost: "closed form",
  make: ({ k, users: most }): Audit<TopItemsFinding> => ({
    question: "do the remaining users still get the same top items?",
    async run({ original, unlearned, retrained }, run) {
      const users = chosenUsers(unlearned, most);
      const tops = async (model: AuditedModel) => {
        const lists: string[][] = [];
        for (const id of users) {
          lists.push(topOf(model, id, k));
          await run.yieldToEventLoop();
        }
        return lists;
      };
      const after = await tops(unlearned);
      const shared = async (other: AuditedModel) => {
        const theirs = await tops(other);
        return users.reduce((sum, _, n) => sum + overlap(after[n], theirs[n]), 0) / Math.max(1, users.length);
      };
      return {
        k,
        users: users.length,
        withOriginal: await shared(original),
        ...(retrained ? { withRetrained: await shared(retrained) } : {}),
      };
    },
    parts: topItemsParts,
  }),
});

/** Shares of common items as bars. */
function topItemsParts({ k, users, withOriginal, withRetrained }: TopItemsFinding): Part[] {
  const bars = [
    { label: "with the original", value: withOriginal },
    ...(withRetrained === undefined ? [] : [{ label: "with the retrained model", value: withRetrained }]),
  ];
  return [
    {
      kind: "bars",
      title: `Common items in the top ${k}`,
      measure: `mean share of the ${k} items, over ${users} users (1: the same items)`,
      whole: 1,
      bars,
    },
  ];
}

function chosenUsers({ dataset }: AuditedModel, most: number): string[] {
  const { list } = dataset.userIds;
  const stride = Math.max(1, Math.ceil(list.length / most));
  return list.filter((_, n) => n % stride === 0);
}

function topOf({ trained, dataset }: AuditedModel, userId: string, k: number): string[] {
  const user = dataset.userIds.find(userId);
  if (user === undefined) return [];
  const { byUser, items } = trained.interactions;
  const rated = new Set<number>();
  for (let n = byUser.start[user]; n < byUser.start[user + 1]; n++) rated.add(items[byUser.rows[n]]);
  return topItems(itemScoresOf(trained, user), k, rated).map((item) => dataset.itemIds.list[item]);
}

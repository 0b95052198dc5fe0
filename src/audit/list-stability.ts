/** How much do lists change when one interaction is removed? */

import { overlap, topItems } from "../evaluation/ranking.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";
import { spearman } from "../numeric/statistics.ts";
import { nameKeys } from "../objective/negatives.ts";
import type { Part } from "../report/part.ts";
import { removalFrom } from "../training/removal.ts";
import { itemScoresOf, type TrainedModel } from "../training/trained-model.ts";
import type { Audit, AuditedModel } from "./audit.ts";

/** How much lists of one kind of users change, means over removed rows and users; null of no list. */
export interface ListChange {
  readonly lists: number;
  /** Share of the top-K items that stay. */
  readonly overlap: number | null;
  /** Spearman's correlation of the two models' scores of the items of both lists. */
  readonly rankCorrelation: number | null;
}

/** Stability of top-K lists. */
export interface ListStabilityFinding {
  readonly k: number;
  /** Rows that were removed, one at a time. */
  readonly rows: number;
  /** Removals that did not end where they should. */
  readonly failed: number;
  /** The row's user, and those who have its item. */
  readonly affected: ListChange;
  readonly unaffected: ListChange;
}

/**
 * Removes single interactions of the unlearned model, as leave-one-out does, and compares the top-K lists before and after; what is in a user's own
 * interactions is in no list. Cost: a minimisation or training a row, and two lists a user and row.
 */
export const listStability = method({
  name: "list-stability",
  summary: "how much top lists change when one interaction is removed",
  source: "definition; Oh et al. (2022)",
  needs: [],
  settings: {
    rows: { summary: "interactions that are removed, one at a time", standard: 20, least: 1 },
    k: { summary: "length of the lists", standard: 10, least: 1 },
    users: { summary: "users of either kind at most, for each row", standard: 50, least: 1 },
    seed: { summary: "seed of rows and users", standard: 1, least: 0 },
  },
  cost: "a training a player",
  make: ({ rows: count, k, users: most, seed }): Audit<ListStabilityFinding> => ({
    question: "how much do top lists change when one interaction is removed?",
    async run({ unlearned }, run) {
      await run.yieldToEventLoop();
      const { trained } = unlearned;
      const rows = await sampledRows(unlearned, count, seed, run);
      const removal = await removalFrom(trained, { ...run, onProgress: undefined });
      const found = { affected: [] as Change[], unaffected: [] as Change[] };
      let failed = 0;
      try {
        // Where a model is not at its optimum, training again changes lists without any removal.
        const settled = trained.smooth?.status === "converged";
        const before = settled ? trained : (await removal.without(new Uint32Array(0))).model;
        for (const [n, row] of rows.entries()) {
          run.onProgress?.({ phase: "removing interactions", step: n + 1, fraction: n / rows.length });
          const { model, status } = await removal.without(Uint32Array.of(row));
          if (status !== "converged") failed++;
          for (const [kind, users] of Object.entries(kindsOfUsers(trained, row)))
            for (const user of sampledUsers(unlearned, users, most, seed))
              found[kind as keyof typeof found].push(await changeOf(before, model, user, k, run));
        }
      } finally {
        removal.close();
      }
      return { k, rows: rows.length, failed, affected: meanOf(found.affected), unaffected: meanOf(found.unaffected) };
    },
    parts: partsOf,
  }),
});

const rowsBetweenTurns = 65536;

/** Rows with the smallest draws of their outside ids. */
async function sampledRows(
  { trained, dataset }: AuditedModel,
  count: number,
  seed: number,
  { yieldToEventLoop }: RunContext,
): Promise<number[]> {
  const { users, items, size } = trained.interactions;
  const keys = nameKeys(dataset.userIds.list, dataset.itemIds.list);
  const stream = randomOf(seed, "stability", "rows").integer(2 ** 53);
  const draws = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    if (row % rowsBetweenTurns === 0) await yieldToEventLoop();
    draws[row] = -keyedUniform(stream, keys.users[users[row]], keys.items[items[row]], 0);
  }
  return topItems(draws, count);
}

/** At most so many of some users: those with the smallest draws. */
function sampledUsers({ dataset }: AuditedModel, users: readonly number[], most: number, seed: number) {
  if (users.length <= most) return users;
  const drawn = users.map((user) => [randomOf(seed, "stability", dataset.userIds.list[user]).uniform(), user] as const);
  drawn.sort((a, b) => a[0] - b[0]);
  return drawn.slice(0, most).map(([, user]) => user);
}

/** Users with interactions, by whether they share the row's user or item. */
function kindsOfUsers({ interactions }: TrainedModel, row: number) {
  const { users, items, byUser, byItem, userCount } = interactions;
  const near = new Set([users[row]]);
  const item = items[row];
  for (let k = byItem.start[item]; k < byItem.start[item + 1]; k++) near.add(users[byItem.rows[k]]);
  const all = Array.from({ length: userCount }, (_, user) => user);
  const present = all.filter((user) => byUser.start[user + 1] > byUser.start[user]);
  return { affected: present.filter((user) => near.has(user)), unaffected: present.filter((user) => !near.has(user)) };
}

/** How one list changed; undefined without items to put into it. */
type Change = { readonly overlap: number; readonly rankCorrelation: number } | undefined;

async function changeOf(
  before: TrainedModel,
  after: TrainedModel,
  user: number,
  k: number,
  { yieldToEventLoop }: RunContext,
): Promise<Change> {
  await yieldToEventLoop();
  const { byUser, items } = before.interactions;
  const own = new Set(
    Array.from(byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]), (row) => items[row]),
  );
  const [x, y] = [before, after].map((model) => itemScoresOf(model, user));
  const [a, b] = [x, y].map((scores) => topItems(scores, k, own));
  if (a.length === 0) return undefined;
  const both = [...new Set([...a, ...b])];
  const of = (scores: Float64Array) => both.map((item) => scores[item]);
  return { overlap: overlap(a, b), rankCorrelation: spearman(of(x), of(y)) };
}

function meanOf(changes: readonly Change[]): ListChange {
  const found = changes.filter((change) => change !== undefined);
  const mean = (values: readonly number[]) =>
    values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  return {
    lists: found.length,
    overlap: mean(found.map((change) => change.overlap)),
    // Where all scores of a list are equal there is no order to compare.
    rankCorrelation: mean(found.map((change) => change.rankCorrelation).filter((value) => !Number.isNaN(value))),
  };
}

function partsOf({ k, rows, affected, unaffected }: ListStabilityFinding): Part[] {
  const kinds = { "the row's user and those who have its item": affected, "other users": unaffected };
  const bars = Object.entries(kinds).flatMap(([label, change]) =>
    (
      [
        ["overlap", change.overlap],
        ["rank correlation", change.rankCorrelation],
      ] as const
    ).flatMap(([series, value]) => (value === null ? [] : [{ label, series, value }])),
  );
  const measure = `of top-${k} lists before and after one of ${rows} interactions is removed; 1 is no change`;
  return [{ kind: "bars", title: "Stability of lists", measure, bars }];
}

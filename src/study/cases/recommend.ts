/** What a model says: scores of given pairs, and the best items for a user. */

import { indexOf } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { topItems } from "../../evaluation/ranking.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { itemScoresOf } from "../../training/trained-model.ts";
import type { NamedModel } from "../store/model.ts";

/** Scores in the order of the pairs, in rating units; null where the user or the item has no data in this model. */
export function predictPairs(
  { trained, dataset }: NamedModel,
  users: readonly string[],
  items: readonly string[],
): (number | null)[] {
  const pairs = users.map((id, k) => ({ user: dataset.userIds.find(id), item: dataset.itemIds.find(items[k]) }));
  const known = pairs.flatMap(({ user, item }) => (user === undefined || item === undefined ? [] : [{ user, item }]));
  const scores = trained.scores({
    users: Uint32Array.from(known, ({ user }) => user),
    items: Uint32Array.from(known, ({ item }) => item),
  });
  let next = 0;
  return pairs.map(({ user, item }) => (user === undefined || item === undefined ? null : scores[next++]));
}

// Some tens of milliseconds of a factor model.
const pairsPerPiece = 1 << 15;

/** `predictPairs` in pieces, between which the event loop gets a turn; throws `aborted`. */
export async function predictInPieces(
  named: NamedModel,
  users: readonly string[],
  items: readonly string[],
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
): Promise<(number | null)[]> {
  const scores: (number | null)[] = [];
  for (let from = 0; from < users.length; from += pairsPerPiece) {
    const to = from + pairsPerPiece;
    for (const score of predictPairs(named, users.slice(from, to), items.slice(from, to))) scores.push(score);
    await yieldToEventLoop();
  }
  return scores;
}

/** One recommended item. */
export interface Recommendation {
  readonly item: string;
  readonly score: number;
  readonly title: string | null;
  readonly genres: readonly string[];
}

/** The `count` items with the highest scores that the user has not rated; throws `unknown-id`. */
export function recommend(named: NamedModel, userId: string, count: number): Recommendation[] {
  return bestFor(named, indexOf(named.dataset.userIds, userId, "user"), count);
}

/** A user with their items. */
export interface RecommendationList {
  readonly user: string;
  readonly items: readonly Recommendation[];
}

/**
 * The same for many users, one after another: these ids, or everybody in the order of the model. Throws `unknown-id` before the first, and
 * `aborted`.
 */
export async function* recommendEach(
  named: NamedModel,
  userIds: "all" | readonly string[],
  count: number,
  { yieldToEventLoop, onProgress }: Pick<RunContext, "yieldToEventLoop" | "onProgress">,
): AsyncGenerator<RecommendationList> {
  const { list } = named.dataset.userIds;
  const users = userIds === "all" ? Uint32Array.from(list.keys()) : usersOf(named, userIds);
  for (const [k, user] of users.entries()) {
    yield { user: list[user], items: bestFor(named, user, count) };
    onProgress?.({ phase: "user", step: k + 1, fraction: (k + 1) / users.length });
    await yieldToEventLoop();
  }
}

const mostNamed = 5;

function usersOf({ dataset }: NamedModel, ids: readonly string[]): Uint32Array {
  const unknown = ids.filter((id) => dataset.userIds.find(id) === undefined);
  if (unknown.length > 1) {
    const more = unknown.length > mostNamed ? " …" : "";
    throw new LetheError(
      "unknown-id",
      `${unknown.length} of ${ids.length} users are not in this model: ${unknown.slice(0, mostNamed).map(quoted).join(", ")}${more}`,
      "they were never seen, or are already forgotten: leave them out",
    );
  }
  return Uint32Array.from(ids, (id) => indexOf(dataset.userIds, id, "user"));
}

const quoted = (id: string) => JSON.stringify(id);

function bestFor({ trained, dataset }: NamedModel, user: number, count: number): Recommendation[] {
  const { byUser, items } = trained.interactions;
  const rated = new Set<number>();
  for (let k = byUser.start[user]; k < byUser.start[user + 1]; k++) rated.add(items[byUser.rows[k]]);
  const scores = itemScoresOf(trained, user);
  return topItems(scores, count, rated).map((item) => {
    const id = dataset.itemIds.list[item];
    const info = dataset.itemInfo.get(id);
    return { item: id, score: scores[item], title: info?.title ?? null, genres: info?.genres ?? [] };
  });
}

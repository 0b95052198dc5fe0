/** Measures as they are asked for: a fit, a metric or a score, in words, and as plain data that another thread makes the same measure from. */

import { type Dataset, indexOf } from "../../data/dataset.ts";
import { type Interactions, interactionsOf } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import { type RankedList, rankedLists } from "../../evaluation/full-ranking.ts";
import { placesOf } from "../../evaluation/places.ts";
import { rmse } from "../../evaluation/rating.ts";
import { metricMeans, metricsOf, type RankingMetrics } from "../../evaluation/report.ts";
import { type Measure, measureOf, metric } from "../../method/measure.ts";
import { fitOfPairs } from "../../method/own-fit.ts";
import type { Pairs } from "../../model/model.ts";
import { scoreTarget } from "../../objective/target.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import type { NamedModel } from "../store/model.ts";

/** A measure as plain data, by the indices of the model that it is about. */
export type MeasureData =
  | { readonly kind: "score"; readonly user: number; readonly item: number }
  | { readonly kind: "top"; readonly k: number; readonly user: number; readonly item: number }
  | { readonly kind: "ranking"; readonly metric: keyof RankingMetrics; readonly k: number; readonly held: HeldRows }
  | { readonly kind: "fit" | "rmse"; readonly held: HeldRows };

/** Held-out interactions whose users and items the model has. */
export interface HeldRows extends Pairs {
  readonly ratings: Float64Array;
}

/** What a measure is about. */
type Measured = Pick<TrainedModel, "interactions" | "unit">;

/** The word for the fit of every player's own rows, which is another measure for each. */
export const ownFit = "own-fit";

/** How measures are written, for messages. */
const spellings = "fit, rmse, hr@10, ndcg@10, precision@10, recall@10, mrr@10, auc, score:USER:ITEM, top10:USER:ITEM";

/**
 * The measure of a word: `fit`, `rmse`, `hr@K` and the other metrics on held-out rows, `score:USER:ITEM`, `topK:USER:ITEM`. Throws
 * `bad-input` on another word, or without the rows that it needs, and `unknown-id`.
 */
export function measureData(text: string, { trained, dataset }: NamedModel, held: HeldRows | undefined): MeasureData {
  const [, k, pair] = /^(?:score|top([1-9]\d{0,5})):(.*)$/s.exec(text) ?? [];
  if (pair !== undefined) {
    const place = pairOf(text, pair, dataset);
    return k === undefined ? { kind: "score", ...place } : { kind: "top", k: Number(k), ...place };
  }
  const [, name, cutoff] = /^(hr|ndcg|precision|recall|mrr|auc)(?:@([1-9]\d{0,5}))?$/.exec(text) ?? [];
  const ranks = name !== undefined && (name === "auc") === (cutoff === undefined);
  if (!ranks && text !== "fit" && text !== "rmse") throw unknownMeasure(text);
  if (text === "rmse" && trained.unit !== "rating")
    throw new LetheError(
      "bad-input",
      `\`measure\`: rmse needs scores that are ratings, and those of ${trained.kind} only rank`,
      "fit is the log-likelihood then; hr@10 and ndcg@10 rank",
      "measure",
    );
  if (held === undefined)
    throw new LetheError("bad-input", `\`measure\`: ${text} is measured on held-out rows`, "give `test` FILE", "test");
  if (!ranks) return { kind: text as "fit" | "rmse", held };
  return { kind: "ranking", metric: name as keyof RankingMetrics, k: Number(cutoff ?? 1), held };
}

function unknownMeasure(text: string): LetheError {
  const found = JSON.stringify(text);
  return new LetheError(
    "bad-input",
    `\`measure\`: found ${found}, expected a measure`,
    `one of ${spellings}; or ${ownFit}, alone`,
    "measure",
  );
}

/** The pair of USER:ITEM; ids may have colons in them, where only one reading is in the model. */
function pairOf(text: string, pair: string, { userIds, itemIds }: Dataset): { user: number; item: number } {
  const cuts = Array.from(pair.matchAll(/:/g), ({ index }) => [pair.slice(0, index), pair.slice(index + 1)]);
  if (cuts.length === 0) throw unknownMeasure(text);
  const known = cuts.filter(([user, item]) => userIds.find(user) !== undefined && itemIds.find(item) !== undefined);
  if (known.length > 1)
    throw new LetheError(
      "bad-input",
      `\`measure\`: ${text} could mean ${known.map(([user, item]) => `user ${user} and item ${item}`).join(", or ")}`,
      "ask about a pair whose ids have no colons in common",
      "measure",
    );
  const [user, item] = known[0] ?? cuts[0];
  return { user: indexOf(userIds, user, "user"), item: indexOf(itemIds, item, "item") };
}

/** The rows of a held-out set whose user and item the model has, and how many others there are; throws `bad-input` where there is none. */
export function heldRows({ dataset }: NamedModel, { interactions, userIds, itemIds }: Dataset) {
  const { users, items, ratings, size } = interactions;
  const userAt = userIds.list.map((id) => dataset.userIds.find(id));
  const itemAt = itemIds.list.map((id) => dataset.itemIds.find(id));
  const known = [...users.keys()].filter((n) => userAt[users[n]] !== undefined && itemAt[items[n]] !== undefined);
  if (known.length === 0)
    throw new LetheError(
      "bad-input",
      `\`test\`: of ${size} held-out rows none has a user and an item that the model has`,
      "give rows of the users and items that it was trained on",
      "test",
    );
  const held: HeldRows = {
    users: Uint32Array.from(known, (n) => userAt[users[n]] as number),
    items: Uint32Array.from(known, (n) => itemAt[items[n]] as number),
    ratings: Float64Array.from(known, (n) => ratings[n]),
  };
  return { held, unknown: size - known.length };
}

/** The measure of plain data, about a model. Which items are ranked follows from the model's own interactions, also where it is another that scores them. */
export function measureFrom(data: MeasureData, model: Measured): Measure {
  switch (data.kind) {
    case "score":
      return measureOf(scoreTarget(data.user, data.item), model.unit);
    case "fit":
      return fitOfPairs(model.unit, data.held, data.held.ratings);
    case "rmse":
      return metric(`RMSE of ${data.held.ratings.length} ratings`, "rating", async (scores) =>
        rmse(await scores(data.held), data.held.ratings),
      );
    case "top":
      return topMeasure(data, model.interactions);
    case "ranking":
      return rankingMeasure(data, model.interactions);
  }
}

/** What a measure is, by outside ids. */
export function measureLabel(data: MeasureData, { label }: Measure, { userIds, itemIds }: Dataset): string {
  if (data.kind !== "score" && data.kind !== "top") return label;
  const [user, item] = [userIds.list[data.user], itemIds.list[data.item]];
  return data.kind === "score"
    ? `score of user ${user}, item ${item}`
    : `item ${item} in the top ${data.k} of user ${user}`;
}

/** Whether an item is among the first k of a user's, of those that the user does not have; a tie counts by chance. */
function topMeasure({ k, user, item }: MeasureData & { kind: "top" }, { byUser, items, itemCount }: Interactions) {
  const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
  const excluded = [...new Set(Array.from(own, (row) => items[row]))].filter((other) => other !== item);
  return metric(`item ${item} in the top ${k} of user ${user}`, "share", async (scores) => {
    const places = placesOf(await scores(allItems([user], itemCount)), [item], excluded, `user ${user}`);
    return metricsOf(places, k).hr;
  });
}

const pairsAtOnce = 1 << 15;

function rankingMeasure({ metric: name, k, held }: MeasureData & { kind: "ranking" }, train: Interactions): Measure {
  const { userCount, itemCount } = train;
  const test = interactionsOf({ userCount, itemCount, users: held.users, items: held.items, ratings: held.ratings });
  const { lists } = rankedLists({ test, train });
  const cutoff = name === "auc" ? "" : `@${k}`;
  return metric(`${name}${cutoff} of ${lists.length} users`, "share", async (scores, run) => {
    const means = metricMeans(k);
    const usersAtOnce = Math.max(1, Math.floor(pairsAtOnce / itemCount));
    for (let from = 0; from < lists.length; from += usersAtOnce) {
      const block = lists.slice(from, from + usersAtOnce);
      addBlock(
        means,
        block,
        await scores(
          allItems(
            block.map(({ user }) => user),
            itemCount,
          ),
        ),
        itemCount,
      );
      await run.yieldToEventLoop();
    }
    return means.means()[name];
  });
}

function addBlock(means: ReturnType<typeof metricMeans>, block: RankedList[], scores: Float64Array, itemCount: number) {
  block.forEach(({ user, relevant, excluded }, n) => {
    means.add(placesOf(scores.subarray(n * itemCount, (n + 1) * itemCount), relevant, excluded, `user ${user}`));
  });
}

/** Every item for each of some users. */
function allItems(users: readonly number[], itemCount: number): Pairs {
  const items = new Uint32Array(users.length * itemCount);
  return {
    users: items.map((_, n) => users[Math.floor(n / itemCount)]),
    items: items.map((_, n) => n % itemCount),
  };
}

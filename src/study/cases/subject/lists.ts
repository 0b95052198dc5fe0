/** What becomes of lists of recommendations when a person is forgotten: their own, and those of others. */

import { topItems } from "../../../evaluation/ranking.ts";
import type { Scorer } from "../../../evaluation/scorer.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { rankingScorer } from "../../choosing/ranking.ts";
import type { NamedModel } from "../../store/model.ts";

/** One item of the person's own list. */
export interface OwnItem {
  readonly item: string;
  readonly title: string | null;
  /** Whether it goes from the list of somebody of whom nothing is known. */
  readonly goes: boolean;
}

/** What becomes of the lists of others. */
export interface OthersLists {
  readonly users: number;
  /** Lists that have another item, or another order. */
  readonly changed: number;
  /** Lists with another first item. */
  readonly firstChanged: number;
  /** Places in all lists whose item goes. */
  readonly itemsGone: number;
}

/** The first items of the person now, and whether each would still be among those of somebody of whom nothing is known. */
export function ownList({ trained, dataset }: NamedModel, after: TrainedModel, user: number, count: number): OwnItem[] {
  const rated = new Set(ratedBy(trained, user));
  const now = listsOf(trained)(user, count);
  const scores = rankingScorer(after)(user, undefined);
  // Who is nobody has no order.
  const blank = scores.every((score) => score === scores[0]);
  const then = blank ? [] : topItems(scores, count, new Set([...rated, ...gone(after)]));
  const stays = new Set(then);
  return now.map((index) => {
    const item = dataset.itemIds.list[index];
    return { item, title: dataset.itemInfo.get(item)?.title ?? null, goes: !stays.has(index) };
  });
}

/** The first items of everybody else, before and after. */
export async function othersLists(
  before: TrainedModel,
  after: TrainedModel,
  user: number,
  count: number,
  run: RunContext,
): Promise<OthersLists> {
  const { start } = before.interactions.byUser;
  const [now, then] = [listsOf(before), listsOf(after)];
  let [users, changed, firstChanged, itemsGone] = [0, 0, 0, 0];
  for (let other = 0; other + 1 < start.length; other++) {
    if (other === user || start[other + 1] === start[other]) continue;
    users++;
    const [a, b] = [now(other, count), then(other, count)];
    const left = new Set(b);
    if (a.length !== b.length || a.some((item, k) => item !== b[k])) changed++;
    if (a[0] !== b[0]) firstChanged++;
    itemsGone += a.filter((item) => !left.has(item)).length;
    if (users % usersATurn === 0) await run.yieldToEventLoop();
    run.onProgress?.({ phase: "lists", step: users, fraction: (other + 1) / (start.length - 1) });
  }
  return { users, changed, firstChanged, itemsGone };
}

const usersATurn = 4;

function listsOf(model: TrainedModel): (user: number, count: number) => number[] {
  const scorer: Scorer = rankingScorer(model);
  const absent = gone(model);
  return (user, count) => {
    const scores = scorer(user, undefined);
    // Cheaper than asking of every item whether it is left out.
    for (const item of absent) scores[item] = Number.NEGATIVE_INFINITY;
    for (const item of ratedBy(model, user)) scores[item] = Number.NEGATIVE_INFINITY;
    return topItems(scores, count).filter((item) => scores[item] > Number.NEGATIVE_INFINITY);
  };
}

function* ratedBy({ interactions }: TrainedModel, user: number): Generator<number> {
  const { start, rows } = interactions.byUser;
  for (let k = start[user]; k < start[user + 1]; k++) yield interactions.items[rows[k]];
}

/** Items without interactions: nobody can be recommended what the model does not have. */
function gone({ interactions }: TrainedModel): number[] {
  const { start } = interactions.byItem;
  return Array.from({ length: start.length - 1 }, (_, item) => item).filter((item) => start[item + 1] === start[item]);
}

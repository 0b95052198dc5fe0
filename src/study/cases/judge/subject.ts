/** What methods are judged on: the measures that are asked about, and the players. */

import type { Dataset } from "../../../data/dataset.ts";
import { drawnOrder } from "../../../judging/draws.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import { type Measure, measureOf } from "../../../method/measure.ts";
import { interactionPlayers, type Players, userPlayers } from "../../../method/players.ts";
import { scoreTarget } from "../../../objective/target.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import type { NamedModel } from "../../store/model.ts";

/** A measure under the name that it is asked for by. */
export interface NamedMeasure {
  readonly name: string;
  readonly measure: Measure;
}

/** Scores of some pairs: of held-out interactions where there are any, else of the model's own, drawn by seed and outside ids. */
export async function drawnScores(
  { trained, dataset }: NamedModel,
  test: Dataset | undefined,
  { pairs: count, seed }: { readonly pairs: number; readonly seed: number },
  run: RunContext,
): Promise<NamedMeasure[]> {
  const { interactions } = trained;
  const pairs = test === undefined ? pairsOf(interactions.users, interactions.items) : knownPairs(test, dataset);
  const model = { ...trained, interactions: { ...interactions, ...pairs } };
  const players = interactionPlayers(Uint32Array.from(pairs.users.keys()));
  const order = await drawnOrder({ model, players }, seed, ["measures"], run);
  return Array.from(order.subarray(0, count), (k) => scoreOf(trained, dataset, pairs.users[k], pairs.items[k]));
}

interface IndexPairs {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
}

const pairsOf = (users: Uint32Array, items: Uint32Array): IndexPairs => ({ users, items });

/** Pairs of another data set whose ids are both known. */
function knownPairs({ interactions, userIds, itemIds }: Dataset, { userIds: users, itemIds: items }: Dataset) {
  const found = Array.from(interactions.users, (user, row) => [
    users.find(userIds.list[user]),
    items.find(itemIds.list[interactions.items[row]]),
  ]).filter((pair): pair is [number, number] => !pair.includes(undefined));
  return pairsOf(
    Uint32Array.from(found, ([user]) => user),
    Uint32Array.from(found, ([, item]) => item),
  );
}

function scoreOf({ unit }: TrainedModel, { userIds, itemIds }: Dataset, user: number, item: number): NamedMeasure {
  const name = `score:${userIds.list[user]}:${itemIds.list[item]}`;
  return { name, measure: { ...measureOf(scoreTarget(user, item), unit), label: name } };
}

/** Which players are asked about. */
export interface PlayerChoice {
  readonly players: "interactions" | "users";
  readonly count: number;
  readonly seed: number;
}

/**
 * At most `count` players, drawn by seed and outside ids: users with interactions, or interactions that share a user or an item with a measured pair
 * (any, where no measure has pairs).
 */
export async function drawnPlayers(
  model: TrainedModel,
  measures: readonly Measure[],
  { players, count, seed }: PlayerChoice,
  run: RunContext,
): Promise<Players> {
  const { interactions } = model;
  const all = players === "interactions" ? nearRows(model, measures) : usersWithRows(model);
  const playersOf = (chosen: Uint32Array) =>
    players === "interactions" ? interactionPlayers(chosen) : userPlayers(interactions, chosen);
  const order = await drawnOrder({ model, players: playersOf(all) }, seed, ["players"], run);
  return playersOf(
    order
      .slice(0, count)
      .map((k) => all[k])
      .sort(),
  );
}

function usersWithRows({ interactions: { byUser, userCount } }: TrainedModel): Uint32Array {
  const all = Uint32Array.from({ length: userCount }, (_, user) => user);
  return all.filter((user) => byUser.start[user + 1] > byUser.start[user]);
}

function nearRows({ interactions }: TrainedModel, measures: readonly Measure[]): Uint32Array {
  const all = Uint32Array.from({ length: interactions.size }, (_, row) => row);
  const users = new Set<number>();
  const items = new Set<number>();
  for (const { target } of measures) {
    if (target === undefined) return all;
    for (const user of target.pairs.users) users.add(user);
    for (const item of target.pairs.items) items.add(item);
  }
  return all.filter((row) => users.has(interactions.users[row]) || items.has(interactions.items[row]));
}

/** What methods are judged on: the measures that are asked about, and the players. */

import type { Dataset } from "../../../data/dataset.ts";
import { drawnOrder } from "../../../judging/draws.ts";
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
export function drawnScores(
  { trained, dataset }: NamedModel,
  test: Dataset | undefined,
  count: number,
  seed: number,
): NamedMeasure[] {
  const { interactions } = trained;
  const pairs = test === undefined ? pairsOf(interactions.users, interactions.items) : knownPairs(test, dataset);
  const model = { ...trained, interactions: { ...interactions, ...pairs } };
  const players = interactionPlayers(Uint32Array.from(pairs.users.keys()));
  const order = drawnOrder({ model, players }, seed, "measures");
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

/**
 * At most `count` players, drawn by seed and outside ids: users with interactions, or interactions that share a user or an item with a measured pair
 * (any, where no measure has pairs).
 */
export function drawnPlayers(
  model: TrainedModel,
  kind: "interactions" | "users",
  measures: readonly Measure[],
  count: number,
  seed: number,
): Players {
  const { interactions } = model;
  if (kind === "interactions") {
    const rows = nearRows(model, measures);
    const drawn = drawnOrder({ model, players: interactionPlayers(rows) }, seed, "players").slice(0, count);
    return interactionPlayers(drawn.map((k) => rows[k]).sort());
  }
  const { start } = interactions.byUser;
  const present = Uint32Array.from({ length: interactions.userCount }, (_, user) => user).filter(
    (user) => start[user + 1] > start[user],
  );
  const drawn = drawnOrder({ model, players: userPlayers(interactions, present) }, seed, "players").slice(0, count);
  return userPlayers(interactions, drawn.map((k) => present[k]).sort());
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

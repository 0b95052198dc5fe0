/** What methods are judged on: the measures that are asked about, and the players. */

import { drawnOrder } from "../../../judging/draws.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { Measure } from "../../../method/measure.ts";
import { interactionPlayers, type Players, userPlayers } from "../../../method/players.ts";
import type { Pairs } from "../../../model/model.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { type HeldRows, type MeasureData, measureData, measureFrom } from "../../choosing/measures.ts";
import type { NamedModel } from "../../store/model.ts";

/** A measure under the word that it is asked for by, and as plain data. */
export interface NamedMeasure {
  readonly name: string;
  readonly measure: Measure;
  readonly data: MeasureData;
}

/** The measures of words (`measureData` has them); throws `bad-input` on one that is none. */
export function namedMeasures(named: NamedModel, words: readonly string[], held: HeldRows | undefined): NamedMeasure[] {
  return [...new Set(words)].map((name) => {
    const data = measureData(name, named, held);
    return { name, data, measure: measureFrom(data, named.trained) };
  });
}

/** Scores of some pairs: of held-out interactions where there are any, else of the model's own, drawn by seed and outside ids. */
export async function drawnScores(
  named: NamedModel,
  test: Pairs | undefined,
  { pairs: count, seed }: { readonly pairs: number; readonly seed: number },
  run: RunContext,
): Promise<NamedMeasure[]> {
  const { trained } = named;
  const { interactions } = trained;
  const { users, items } = test ?? interactions;
  const pairs = { users, items };
  const model = { ...trained, interactions: { ...interactions, ...pairs } };
  const players = interactionPlayers(Uint32Array.from(pairs.users.keys()));
  const order = await drawnOrder({ model, players }, seed, ["measures"], run);
  return Array.from(order.subarray(0, count), (k) => scoreOf(named, users[k], items[k]));
}

/** The score of a pair. */
export function scoreOf({ trained, dataset }: NamedModel, user: number, item: number): NamedMeasure {
  const data = { kind: "score", user, item } as const;
  const name = `score:${dataset.userIds.list[user]}:${dataset.itemIds.list[item]}`;
  return { name, data, measure: measureFrom(data, trained) };
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

/** Small models of every kind with a few players each, and the same under other inner indices. */

import type { Interactions, Rows } from "../../src/data/interactions.ts";
import { groupPlayers, type Players } from "../../src/method/index.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { alsNewton, sharded, type TrainedModel, usualSharding } from "../../src/training/index.ts";
import { run } from "../support/run.ts";
import { interactionsFrom, relabelled, reordered, shuffle, triplesOf } from "../support/small.ts";
import { movedRows, optimum, type SubjectName, subjects, trainedAt } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { threeKinds, twinModel, twinRatings, twinSettings } from "../support/twin-booster.ts";

/** A model and who is asked about. */
export interface Small {
  readonly model: TrainedModel;
  /** Two rows that say the same, another, two together, and nobody's. */
  readonly players: Players;
  /** A user of one of them, and two items. */
  readonly asked: readonly [user: number, item: number, other: number];
  /** Whether the first two say the same to the model: not where their rows may be in different shards. */
  readonly twins: boolean;
  /** Under other indices: where the value of each player, or set of players, of the model itself is. */
  placesOf(sets: Sets, players: Players): number[];
}

type Sets = readonly (readonly number[])[] | undefined;

/** Models by name. */
export const smallNames = ["mf", "gmf", "mult-vae", "shards", "trees"];

/** The same with the addition ", moved": every index is another, and outside ids are as they were. */
export const smalls: Readonly<Record<string, () => Promise<Small>>> = Object.fromEntries(
  smallNames.flatMap((name) => [
    [name, () => smallOf(name)],
    [`${name}, moved`, () => movedSmall(name)],
  ]),
);

async function modelNamed(name: string): Promise<TrainedModel> {
  if (name === "trees") return twinModel(ratingsWithTwins());
  if (name !== "shards") return optimum(name as SubjectName);
  return inShards(await optimum("mf"));
}

function inShards(model: TrainedModel): Promise<TrainedModel> {
  const { settings, interactions, keys } = smoothOf(model).objective;
  return sharded(alsNewton(settings), usualSharding).train({ interactions, keys }, 1, run);
}

async function smallOf(name: string): Promise<Small> {
  const model = await modelNamed(name);
  const [first, last] = twinsOf(name);
  const groups = [[first], [last], [7], [11, 12], []].map((rows) => Uint32Array.from(rows));
  const user = model.interactions.users[first];
  return {
    ...{ model, players: groupPlayers(groups), twins: name !== "shards" },
    asked: [user, 3, 6],
    placesOf: (sets, { count }) => Array.from({ length: sets?.length ?? count }, (_, k) => k),
  };
}

/** Ratings of which the last says what the first says. */
function ratingsWithTwins(): Interactions {
  const triples = triplesOf(twinRatings());
  return interactionsFrom([...triples, triples[0]], 9, 8);
}

/** Two rows that say the same. */
function twinsOf(name: string): readonly number[] {
  if (name === "trees") return [0, ratingsWithTwins().size - 1];
  return subjects[name === "shards" ? "mf" : (name as SubjectName)].twins[0];
}

async function movedSmall(name: string): Promise<Small> {
  const small = await smallOf(name);
  const { interactions } = small.model;
  const [users, items] = [shuffle(interactions.userCount, 1), shuffle(interactions.itemCount, 2)];
  const rows = shuffle(interactions.size, 3);
  const order = [2, 4, 0, 3, 1];
  const [user, item, other] = small.asked;
  const rowOf = (row: number) => rows.indexOf(row);
  const groups = order.map((k): Rows => Uint32Array.from(small.players.rows(k), rowOf).sort());
  return {
    model: await movedModel(name, users, items, rows),
    ...{ players: groupPlayers(groups), twins: small.twins },
    asked: [users[user], items[item], items[other]],
    placesOf: (sets, players) => placesIn(order, sets, players),
  };
}

async function movedModel(
  name: string,
  users: Uint32Array,
  items: Uint32Array,
  rows: Uint32Array,
): Promise<TrainedModel> {
  const model = name === "shards" ? await optimum("mf") : await modelNamed(name);
  const keys = {
    users: model.keys.users.map((_, u) => model.keys.users[users.indexOf(u)]),
    items: model.keys.items.map((_, i) => model.keys.items[items.indexOf(i)]),
  };
  const set = reordered(relabelled(model.interactions, users, items), rows);
  if (name === "trees")
    return twinModel(set, twinSettings, (u, i) => threeKinds(users.indexOf(u), items.indexOf(i)), keys);
  const { objective, params } = smoothOf(model);
  const there = differentiable(objective.settings, set, keys, { matrices: objective.matrices });
  const moved = trainedAt(there, movedRows(objective, params, users, items), model);
  return name === "shards" ? inShards(moved) : moved;
}

function placesIn(order: readonly number[], sets: Sets, { kind, count }: Players): number[] {
  if (kind === "units") return Array.from({ length: count }, (_, k) => k);
  if (sets === undefined) return Array.from({ length: count }, (_, k) => order.indexOf(k));
  const places = new Map(sets.map((set, place) => [set.join(), place]));
  const named = sets.map((set) => set.map((k) => order.indexOf(k)).sort((a, b) => a - b));
  return named.map((set) => places.get(set.join()) as number);
}

/** Named models for the laws of requests and attacks, and the events that rows are. */

import { idsOf } from "../../src/data/dataset.ts";
import { type Interactions, interactionsOf, type Rows } from "../../src/data/interactions.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { nameKeys } from "../../src/objective/negatives.ts";
import type { NamedTrained } from "../../src/requests/index.ts";
import { alsNewton, type TrainedModel, type Trainer } from "../../src/training/index.ts";
import { run } from "../support/run.ts";
import { interactionsFrom, settingsOf, type Triple, tastes, triplesOf } from "../support/small.ts";

/** What is trained in these laws. */
export const settings = settingsOf({ factors: 2 });

/** Forty users with two tastes (some of whom have twins of ratings, the last one none), a planted profile among them, and twenty-one items, the last one without ratings. */
export function crowd(): Interactions {
  const base = triplesOf(tastes());
  const more = Array.from({ length: 40 }, (_, k): Triple => [30 + (k % 9), (3 * k + (k % 7)) % 20, 1 + (k % 5)]);
  return interactionsFrom([...base, ...more, base[4], base[100], [base[7][0], base[7][1], 1.5]], 40, 21);
}

/** User k is "u<k>", but for the planted ones 31 and 32, and item k "i<k>". */
export function namesOf({ userCount, itemCount }: Interactions): { users: string[]; items: string[] } {
  return {
    users: Array.from({ length: userCount }, (_, k) => (k === 31 || k === 32 ? `planted-${k - 30}` : `u${k}`)),
    items: Array.from({ length: itemCount }, (_, k) => `i${k}`),
  };
}

/** A model that was never trained: rules look at its data alone. */
export function untrained(interactions: Interactions, names = namesOf(interactions)): NamedTrained {
  const trained: TrainedModel = {
    ...{ kind: "mf", unit: "rating", origin: "trained", seed: 1, interactions },
    keys: nameKeys(names.users, names.items),
    trainer: alsNewton(objectiveSettings(settings)),
    scores: ({ users }) => new Float64Array(users.length),
  };
  return { trained, dataset: datasetOf(interactions, names) };
}

/** A model that was trained. */
export async function trainedBy(
  trainer: Trainer,
  interactions: Interactions,
  names = namesOf(interactions),
): Promise<NamedTrained> {
  const keys = nameKeys(names.users, names.items);
  return {
    trained: await trainer.train({ interactions, keys }, 1, { ...run, tolerance: 1e-9 }),
    dataset: datasetOf(interactions, names),
  };
}

function datasetOf(interactions: Interactions, { users, items }: ReturnType<typeof namesOf>) {
  return { interactions, userIds: idsOf(users), itemIds: idsOf(items), itemInfo: new Map() };
}

/** The same data under other indices, with the names that belong to them, and with their rows in another order. */
export function moved(interactions: Interactions, users: Uint32Array, items: Uint32Array, order: Uint32Array) {
  const names = namesOf(interactions);
  const under = <Name>(list: readonly Name[], places: Uint32Array): Name[] => {
    const out = new Array<Name>(list.length);
    list.forEach((name, k) => {
      out[places[k]] = name;
    });
    return out;
  };
  const set = interactionsOf({
    userCount: interactions.userCount,
    itemCount: interactions.itemCount,
    users: Uint32Array.from(order, (row) => users[interactions.users[row]]),
    items: Uint32Array.from(order, (row) => items[interactions.items[row]]),
    ratings: Float64Array.from(order, (row) => interactions.ratings[row]),
  });
  return untrained(set, { users: under(names.users, users), items: under(names.items, items) });
}

/** What rows say, by outside ids, in order. */
export function eventsOf({ trained: { interactions }, dataset }: NamedTrained, rows: Rows): string[] {
  const { users, items, ratings } = interactions;
  return Array.from(
    rows,
    (row) => `${dataset.userIds.list[users[row]]} ${dataset.itemIds.list[items[row]]} ${ratings[row]}`,
  ).sort();
}

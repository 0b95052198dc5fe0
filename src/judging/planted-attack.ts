/** Are made-up profiles that push an item found by their values? */

import type { RunContext } from "../kernel/run-context.ts";
import { measureOf } from "../method/measure.ts";
import { method } from "../method/method.ts";
import { dotProducts, ratings, smoothParameters } from "../method/needs.ts";
import { userPlayers } from "../method/players.ts";
import { nameKeys } from "../objective/negatives.ts";
import { meanScoreTarget } from "../objective/target.ts";
import { influencePush } from "../requests/attacks/influence-push.ts";
import { drawnOrder } from "./draws.ts";
import type { Judge, JudgingSubject } from "./judge.ts";
import { judgeByFaults, type Spoilt } from "./planted-faults.ts";

/** How many profiles are planted, in whom, and how many others are asked about. */
export interface PlantSettings {
  readonly profiles: number;
  readonly item: string;
  readonly users: number;
}

/**
 * Profiles that the influence function makes up to push an item are added, and a model trained with them. The area under the curve by each user's
 * influence on the item's mean score over all users, and by that on the fit of their own rows (Hammoudeh and Lowd 2024, §6). Cost: a training, and whatever the
 * method costs for so many users.
 */
export const plantedAttack = method({
  name: "planted",
  summary: "plants profiles that push an item, trains, and looks for them by value: area under the curve",
  source: "Hammoudeh and Lowd (2024), §6",
  needs: [smoothParameters, ratings, dotProducts],
  settings: {
    profiles: { summary: "made-up profiles, as a share of the users, rounded up", standard: 0.02, above: 0 },
    item: { summary: "outside id of the item that is pushed; default one of median popularity", standard: "" },
    users: { summary: "other users asked about", standard: 100, least: 1, fewest: 10 },
  },
  cost: "a training",
  make: (settings): Judge =>
    judgeByFaults({
      question: "are made-up users who push an item told from others by their influence on its mean score?",
      players: (users) => Math.min(settings.users, users) + Math.ceil(settings.profiles * users),
      counted: { players: "users", planted: "planted" },
      ...{ onMeasure: "onItem", first: "onMeasure" },
      plant: (subject, run) => planted(subject, settings, run),
    }),
});

/** A model trained with made-up profiles among its users; all of them are asked about, and some others. Throws as the attack does. */
export async function planted(
  { model, dataset, seed }: JudgingSubject,
  { profiles, item, users }: PlantSettings,
  run: RunContext,
): Promise<Spoilt> {
  const poisoned = await influencePush.make({ profiles, item }).plant({ trained: model, dataset }, run);
  const { interactions, userIds, itemIds } = poisoned.dataset;
  const keys = nameKeys(userIds.list, itemIds.list);
  const trained = await model.trainer.train({ interactions, keys }, model.seed, { ...run, onProgress: undefined });
  const real = model.interactions.userCount;
  const { start } = interactions.byUser;
  const all = Uint32Array.from({ length: interactions.userCount }, (_, user) => user).filter(
    (user) => start[user + 1] > start[user],
  );
  const others = all.filter((user) => user < real);
  const order = await drawnOrder(
    { model: trained, players: userPlayers(interactions, others) },
    seed,
    ["attacked"],
    run,
  );
  const chosen = Array.from(order.subarray(0, users), (k) => others[k]).sort((a, b) => a - b);
  const made = Array.from(all.filter((user) => user >= real));
  return {
    model: trained,
    players: userPlayers(interactions, [...chosen, ...made]),
    planted: Uint8Array.from([...chosen, ...made], (user) => (user >= real ? 1 : 0)),
    measure: measureOf(meanScoreTarget(all, poisoned.item), trained.unit),
    sign: 1,
  };
}

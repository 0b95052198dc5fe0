/** How members answer together. */

import type { NameKeys, Pairs } from "../../model/model.ts";
import type { Learned, Shard, TrainedModel } from "../trained-model.ts";
import { shardKeyed } from "./deal.ts";
import { mixtureOf } from "./mixture-of.ts";
import type { Sharding } from "./sharding.ts";

type Scores = TrainedModel["scores"];

/** The scores of members together. */
export function aggregated(shards: readonly Shard[], keys: NameKeys, sharding: Sharding, learned: Learned): Scores {
  if (sharding.aggregate === "own") return ownScores(shards, memberOf(keys, sharding, learned));
  if (sharding.aggregate === "mean" || learned.attention === undefined) return meanScores(shards);
  const { params } = learned.attention;
  let scorer: Scores | undefined;
  return (pairs) => {
    scorer ??= mixtureOf(shards.map(({ model }) => model)).scorer(params);
    return scorer(pairs);
  };
}

/** The member that a user is with: as was learned, else as outside ids say. */
function memberOf(keys: NameKeys, sharding: Sharding, { shardOfUser }: Learned): (user: number) => number {
  if (shardOfUser) return (user) => shardOfUser[user];
  const byKey = shardKeyed(keys, sharding);
  return (user) => byKey(user, 0);
}

/** Each pair is scored by the member that would hold its user. */
function ownScores(shards: readonly Shard[], shardOf: (user: number) => number): Scores {
  return ({ users, items }: Pairs) => {
    const out = new Float64Array(users.length);
    const places: number[][] = shards.map(() => []);
    for (let n = 0; n < users.length; n++) places[shardOf(users[n])].push(n);
    places.forEach((list, k) => {
      if (list.length === 0) return;
      const some = { users: Uint32Array.from(list, (n) => users[n]), items: Uint32Array.from(list, (n) => items[n]) };
      shards[k].model.scores(some).forEach((score, at) => {
        out[list[at]] = score;
      });
    });
    return out;
  };
}

function meanScores(shards: readonly Shard[]): Scores {
  return (pairs) => {
    const out = new Float64Array(pairs.users.length);
    for (const { model } of shards)
      model.scores(pairs).forEach((score, n) => {
        out[n] += score / shards.length;
      });
    return out;
  };
}

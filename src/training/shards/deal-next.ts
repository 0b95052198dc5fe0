/** Which rows go to which member when a model in shards gets other rows: those that stay remain where they are. */

import type { NextRows, TrainedModel } from "../trained-model.ts";
import { type Dealt, rowsByShard, shardKeyed } from "./deal.ts";
import { isLearned, type Sharding } from "./sharding.ts";

/**
 * Deals the next rows by outside ids where the partition goes by them. Where it was learned, rows of users, of items or of pairs that were dealt stay
 * with their kind, and those of others go where their ids say.
 */
export function dealNext(model: TrainedModel, sharding: Sharding, next: NextRows): Dealt {
  const { users, items, size } = next.data.interactions;
  const { of, ...learned } = ruleOf(model, sharding, next);
  const shardOfRow = Uint32Array.from({ length: size }, (_, row) => of(row, users[row], items[row]));
  return { rows: rowsByShard(shardOfRow, sharding.shards), ...learned };
}

interface Rule extends Omit<Dealt, "rows"> {
  of(row: number, user: number, item: number): number;
}

function ruleOf(model: TrainedModel, sharding: Sharding, next: NextRows): Rule {
  const { keys } = next.data;
  const { shards, seed, partition } = sharding;
  if (!isLearned(sharding)) {
    const byKey = shardKeyed(keys, sharding);
    return { of: (_, user, item) => byKey(user, item) };
  }
  const had = shardOfRows(model);
  if (partition === "interaction-similarity") {
    const byKey = shardKeyed(keys, { shards, seed, partition: "interactions" });
    return { of: (row, user, item) => had[next.rowWas[row]] ?? byKey(user, item) };
  }
  const side = partition === "user-similarity" ? "user" : "item";
  const own = keys[`${side}s`];
  const byKey = shardKeyed({ users: own, items: own }, { shards, seed, partition: "users" });
  const before = side === "user" ? model.learned?.shardOfUser : shardOfItems(model, had);
  const shardOf = own.map((_, k) => before?.[next.moved[side].old[k]] ?? byKey(k, 0));
  if (side === "user") return { of: (_, user) => shardOf[user], shardOfUser: shardOf };
  return { of: (_row, _user, item) => shardOf[item] };
}

function shardOfRows({ interactions, shards = [] }: TrainedModel): Uint32Array {
  const out = new Uint32Array(interactions.size);
  shards.forEach(({ rows }, k) => {
    for (const row of rows) out[row] = k;
  });
  return out;
}

/** Nothing for items that have no rows. */
function shardOfItems({ interactions }: TrainedModel, ofRow: Uint32Array): (number | undefined)[] {
  const out: (number | undefined)[] = new Array(interactions.itemCount).fill(undefined);
  interactions.items.forEach((item, row) => {
    out[item] = ofRow[row];
  });
  return out;
}

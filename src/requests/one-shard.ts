/** Users or interactions that are all in one shard. */

import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import { randomOf } from "../numeric/random.ts";
import { shardKeyed } from "../training/shards/deal.ts";
import { usualSharding } from "../training/shards/sharding.ts";
import { drawnOf, drawnRows } from "./random.ts";
import type { NamedTrained, RequestRule } from "./request.ts";
import { presentIn, rowsOfAll, sideOf } from "./rows.ts";
import { refuseAll, type Size, sizeAsked, sizeSettings } from "./size.ts";

/**
 * As much as `random` draws, from one shard: the case in which a model in shards has least to train again. Of a model without shards, from the
 * shard that training in shards with this seed would make. Throws `bad-input` for a shard that is not there, and where it has less.
 */
export const oneShardRequest = method({
  name: "one-shard",
  summary: "users (or interactions) at random that are all in one shard",
  source: "Bourtoule et al. (2021), §IV",
  needs: [],
  settings: {
    of: { summary: "what is drawn", standard: "users", choices: ["users", "interactions"] },
    ...sizeSettings,
    shard: { summary: "the shard, from 0", standard: 0, least: 0 },
    shards: { summary: "of a model without shards: how many there would be", standard: usualSharding.shards, least: 2 },
    seed: { summary: "seed of the draw, and of the shards of a model that has none", standard: 1, least: 0 },
  },
  cost: "closed form",
  make: (settings): RequestRule => {
    const of = settings.of as "users" | "interactions";
    return { of, choose: async (model, run) => [await chosenRows(model, { ...settings, of }, run)] };
  },
});

interface Settings extends Size {
  readonly of: "users" | "interactions";
  readonly shard: number;
  readonly shards: number;
  readonly seed: number;
}

async function chosenRows(model: NamedTrained, settings: Settings, run: RunContext): Promise<Rows> {
  const { of, shard, seed } = settings;
  const { interactions } = model.trained;
  const random = randomOf(seed, "one-shard request");
  const held = await heldRows(model, settings, run);
  if (of === "interactions") {
    const wanted = sizeInShard(settings, interactions.size, held.length);
    const rows = await drawnRows(model, held, wanted, random, run);
    refuseAll(rows, interactions, `shard ${shard} holds every interaction`);
    return rows;
  }
  const side = sideOf(model, "users");
  const inside = presentIn(side.index);
  const users = wholeUsers(held, inside, model);
  const chosen = await drawnOf(side, users, sizeInShard(settings, inside.length, users.length), random, run);
  const rows = rowsOfAll(side.index, chosen);
  refuseAll(rows, interactions, `shard ${shard} holds every interaction`);
  return rows;
}

/** The rows of the shard, ascending. */
async function heldRows({ trained }: NamedTrained, { shard, shards, seed }: Settings, run: RunContext): Promise<Rows> {
  const { interactions, keys } = trained;
  const count = trained.shards?.length ?? shards;
  if (!Number.isInteger(shard) || shard >= count)
    throw new LetheError("bad-input", `\`shard\` is ${shard}; there are ${count}, from 0`, `0 to ${count - 1}`);
  if (trained.shards) return trained.shards[shard].rows;
  const { users, items, size } = interactions;
  const shardOf = shardKeyed(keys, { ...usualSharding, shards, seed });
  const held: number[] = [];
  for (let row = 0; row < size; row++) {
    if (shardOf(users[row], items[row]) === shard) held.push(row);
    if (row % 16384 === 0) await run.yieldToEventLoop();
  }
  return Uint32Array.from(held);
}

/** The users all of whose rows are among some. */
function wholeUsers(held: Rows, among: Uint32Array, { trained: { interactions } }: NamedTrained): Uint32Array {
  const { byUser, users, userCount } = interactions;
  const counts = new Uint32Array(userCount);
  for (const row of held) counts[users[row]]++;
  return among.filter((user) => counts[user] === byUser.start[user + 1] - byUser.start[user]);
}

/** How much is drawn, where the shard has so much. */
function sizeInShard({ of, shard, ...size }: Settings, total: number, there: number): number {
  const wanted = sizeAsked(size, total);
  if (wanted <= there) return wanted;
  throw new LetheError(
    "bad-input",
    `shard ${shard} has ${there} ${of}${of === "users" ? " with all of their interactions" : ""}; this request asks for ${wanted}`,
    `lower \`${size.count > 0 ? "count" : "share"}\`, or choose another shard${of === "users" ? ", or `of` interactions" : ""}`,
  );
}

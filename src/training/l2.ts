/** λ from the data: of closed forms, for the whole set or for one of the members that it is cut into. */

import type { RunContext } from "../kernel/run-context.ts";
import { keyedUniform } from "../numeric/random.ts";
import { factorizationSettings } from "../objective/closed-forms.ts";
import type { ObjectiveSettings } from "../objective/objective.ts";
import { l2OfFactors } from "./factors/chosen-l2.ts";
import { keepsUsers, type Sharding } from "./shards/sharding.ts";
import type { TrainingData } from "./trained-model.ts";

/** The λ that fits the data, in place of that of the settings; undefined where there are no closed forms. */
export async function l2FromData(
  settings: ObjectiveSettings,
  data: TrainingData,
  sharding: Sharding | undefined,
  run: RunContext,
): Promise<number | undefined> {
  const closed = factorizationSettings(settings);
  if (closed === undefined) return undefined;
  const interactions = sharding ? memberLike(data, sharding) : data.interactions;
  return (await l2OfFactors(closed, interactions, data.keys, run)).l2;
}

// Keeps these draws apart from others that are keyed by ids.
const purpose = 0x6d656d62;

/** About as many rows as a member has, all of some users, items or pairs. */
function memberLike({ interactions, keys }: TrainingData, { partition, shards, seed }: Sharding) {
  const { users, items, size } = interactions;
  const ofItems = partition === "item-similarity";
  const isDrawn = (row: number) => {
    const user = ofItems ? 0 : keys.users[users[row]];
    const item = keepsUsers({ partition }) ? 0 : keys.items[items[row]];
    return keyedUniform(seed, user, item, purpose) < 1 / shards;
  };
  const drawn = Uint32Array.from({ length: size }, (_, row) => row).filter(isDrawn);
  return drawn.length === 0 ? interactions : interactions.select(drawn);
}

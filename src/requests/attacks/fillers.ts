/** Fillers that are drawn: which items a made-up profile rates beside the one that is attacked, and how. */

import { keyedUniform, randomOf } from "../../numeric/random.ts";
import type { YieldToEventLoop } from "../../run.ts";
import { drawn } from "../draw.ts";
import { byId } from "../rows.ts";
import type { Plan } from "./plan.ts";
import type { Spread } from "./scale.ts";

/** The setting of attacks that draw. */
export const seedSetting = { seed: { summary: "seed of the draws", standard: 1, least: 0 } } as const;

/** `count` of some items for profile p, ascending: drawn by their outside ids, the same for every attack with the same seed. */
export async function drawnItems(
  { items }: Plan,
  among: Uint32Array,
  count: number,
  seed: number,
  profile: number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Uint32Array> {
  const stream = randomOf(seed, "fillers of planted profiles").integer(2 ** 53);
  const order = byId(items);
  const places = await drawn(
    among.length,
    count,
    (k) => keyedUniform(stream, profile, items.keys[among[k]], 0),
    (a, b) => order(among[a], among[b]),
    yieldToEventLoop,
  );
  return places.map((k) => among[k]);
}

/** What profile p rates an item: a normal number, as the nearest rating that the data have. */
export function drawnRating(
  { items, scale }: Plan,
  item: number,
  { mean, deviation }: Spread,
  seed: number,
  profile: number,
): number {
  return scale.nearest(
    mean + deviation * randomOf(seed, "ratings of planted profiles", profile, items.ids[item]).normal(),
  );
}

/** Profiles of random items, each rated as it usually is. */

import { method } from "../../method/method.ts";
import type { Attack } from "./attack.ts";
import { drawnItems, drawnRating, seedSetting } from "./fillers.ts";
import { attackSettings, type Plan, planOf, poisonedBy } from "./plan.ts";
import { type Spread, spreadOf } from "./scale.ts";

/** Fillers at random, each rated N(mean of its ratings, their standard deviation), as the nearest rating that the data have. */
export const averageAttack = method({
  name: "average-attack",
  summary: "profiles of random items, each rated around its own mean",
  source: "Lam and Riedl (2004), AverageBot",
  needs: [],
  settings: { ...attackSettings, ...seedSetting },
  cost: "closed form",
  make: ({ seed, ...settings }): Attack => ({
    async plant(victim, run) {
      const plan = await planOf(victim, settings, run);
      const spread = spreadOfItems(plan);
      const fillersOf = async (profile: number) => {
        const items = await drawnItems(plan, plan.others, plan.fillers, seed, profile, run.yieldToEventLoop);
        return { items, ratings: Array.from(items, (item) => drawnRating(plan, item, spread(item), seed, profile)) };
      };
      return poisonedBy(plan, fillersOf, run);
    },
  }),
});

/** Mean and deviation of an item's ratings, found once. */
function spreadOfItems({ interactions }: Plan): (item: number) => Spread {
  const { start, rows } = interactions.byItem;
  const known = new Map<number, Spread>();
  return (item) => {
    const spread = known.get(item) ?? spreadOf(interactions, rows.subarray(start[item], start[item + 1]));
    known.set(item, spread);
    return spread;
  };
}

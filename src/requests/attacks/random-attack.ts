/** Profiles of random items, with ratings drawn around the mean of all ratings. */

import { method } from "../../method/method.ts";
import type { Attack } from "./attack.ts";
import { drawnItems, drawnRating, seedSetting } from "./fillers.ts";
import { attackSettings, planOf, poisonedBy } from "./plan.ts";
import { spreadOf } from "./scale.ts";

/** Fillers at random, rated N(mean of all ratings, their standard deviation), as the nearest rating that the data have. */
export const randomAttack = method({
  name: "random-attack",
  summary: "profiles of random items, rated around the mean of all ratings",
  source: "Lam and Riedl (2004), RandomBot",
  needs: [],
  settings: { ...attackSettings, ...seedSetting },
  cost: "closed form",
  make: ({ seed, ...settings }): Attack => ({
    async plant(victim, run) {
      const plan = await planOf(victim, settings, run);
      const spread = spreadOf(plan.interactions);
      const fillersOf = async (profile: number) => {
        const items = await drawnItems(plan, plan.others, plan.fillers, seed, profile, run.yieldToEventLoop);
        return { items, ratings: Array.from(items, (item) => drawnRating(plan, item, spread, seed, profile)) };
      };
      return poisonedBy(plan, fillersOf, run);
    },
  }),
});

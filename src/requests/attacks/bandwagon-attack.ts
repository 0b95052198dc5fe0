/** Profiles that like what everybody has, so that they resemble many. */

import { LetheError } from "../../errors.ts";
import { method } from "../../method/method.ts";
import { byId } from "../rows.ts";
import type { Attack } from "./attack.ts";
import { drawnItems, drawnRating, seedSetting } from "./fillers.ts";
import { attackSettings, type Plan, planOf, poisonedBy } from "./plan.ts";
import { spreadOf } from "./scale.ts";

/**
 * The items with the most interactions, rated highest: the share `popular` of the fillers, at least one. The other fillers are those of
 * `random-attack`, drawn from the items that are left.
 */
export const bandwagonAttack = method({
  name: "bandwagon-attack",
  summary: "profiles of the most popular items, rated highest, and of random ones",
  source: "Burke, Mobasher, Zabicki and Bhaumik (2005)",
  needs: [],
  settings: {
    ...attackSettings,
    popular: { summary: "share of the fillers that are the most popular items, at most 1", standard: 0.1, above: 0 },
    ...seedSetting,
  },
  cost: "closed form",
  make: ({ seed, popular: share, ...settings }): Attack => ({
    async plant(victim, run) {
      if (share > 1) throw new LetheError("bad-input", `\`popular\` is ${share}; expected at most 1`, "lower it");
      const plan = await planOf(victim, settings, run);
      const popular = mostPopular(plan, Math.max(1, Math.round(share * plan.fillers)));
      const known = new Set(popular);
      const rest = plan.others.filter((item) => !known.has(item));
      const spread = spreadOf(plan.interactions);
      const fillersOf = async (profile: number) => {
        const left = plan.fillers - popular.length;
        const drawn = await drawnItems(plan, rest, left, seed, profile, run.yieldToEventLoop);
        const ratings = Array.from(drawn, (item) => drawnRating(plan, item, spread, seed, profile));
        return {
          items: [...popular, ...drawn],
          ratings: [...new Array<number>(popular.length).fill(plan.scale.most), ...ratings],
        };
      };
      return poisonedBy(plan, fillersOf, run);
    },
  }),
});

/** The `count` fillers with the most interactions; of equals by the keys of outside ids. */
function mostPopular({ items, others }: Plan, count: number): number[] {
  const { start } = items.index;
  const order = byId(items);
  const most = others.toSorted((a, b) => start[b + 1] - start[b] - (start[a + 1] - start[a]) || order(a, b));
  return Array.from(most.subarray(0, count));
}

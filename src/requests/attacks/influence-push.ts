/** Profiles that the influence function makes up, to move an item's mean score by as much as it tells. */

import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { method } from "../../method/method.ts";
import { dotProducts, ratings, smoothParameters } from "../../method/needs.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { byId } from "../rows.ts";
import type { Attack, Victim } from "./attack.ts";
import { type AllTerms, itemTerms } from "./item-terms.ts";
import { attackSettings, type Fillers, type Plan, planOf, poisonedBy } from "./plan.ts";
import { emptyProfile, type ItemTerms } from "./profile.ts";

/**
 * All profiles alike. A profile begins with its rating of the item and takes one filler after the other: the item and the rating, highest or
 * lowest of the data, with which the influence function foretells the largest change of the item's mean score over all users.
 */
export const influencePush = method({
  name: "influence-push",
  summary:
    "profiles of the ratings with which the influence function foretells the largest change of the item's mean score",
  source: "definition, after Koh and Liang (2017)",
  needs: [smoothParameters, ratings, dotProducts],
  settings: attackSettings,
  cost: "a solve",
  make: (settings): Attack => ({
    async plant(victim, run) {
      const trained = trainedOf(victim);
      const plan = await planOf(victim, settings, run);
      const terms = await itemTerms(trained, plan.item, plan.fillers + 1, run);
      const fillers = await strongest(plan, terms, settings.aim === "push" ? 1 : -1, run);
      return poisonedBy(plan, async () => fillers, run, terms.status);
    },
  }),
});

function trainedOf({ trained }: Victim): TrainedModel {
  if (trained !== undefined) return trained;
  throw new LetheError(
    "bad-input",
    "influence-push asks a trained model, and there is none",
    "train one, or choose another attack",
  );
}

const itemsPerPiece = 512;

/** The fillers, one after the other; of equals the item of the smaller key, and the higher rating. */
async function strongest(plan: Plan, terms: AllTerms, sign: 1 | -1, run: RunContext): Promise<Fillers> {
  const { others, scale } = plan;
  const profile = emptyProfile(terms.l2);
  profile.add(terms.of(plan.item), plan.rating);
  const left = new Map<number, ItemTerms>();
  for (const item of inOrder(plan)) {
    left.set(item, terms.of(item));
    await run.yieldToEventLoop();
  }
  const extremes = [scale.most, scale.least];
  const chosen = { items: [] as number[], ratings: [] as number[] };
  while (chosen.items.length < Math.min(plan.fillers, others.length)) {
    let best = { lift: Number.NEGATIVE_INFINITY, item: -1, rating: 0 };
    let seen = 0;
    for (const [item, one] of left) {
      profile.liftsWith(one, extremes).forEach((lift, k) => {
        if (best.item < 0 || sign * lift > best.lift) best = { lift: sign * lift, item, rating: extremes[k] };
      });
      if (++seen % itemsPerPiece === 0) await run.yieldToEventLoop();
    }
    profile.add(left.get(best.item) as ItemTerms, best.rating);
    left.delete(best.item);
    chosen.items.push(best.item);
    chosen.ratings.push(best.rating);
    await run.yieldToEventLoop();
  }
  return chosen;
}

/** The items that may be fillers, in the order of their outside ids' keys. */
function inOrder({ others, items }: Plan): Uint32Array {
  return others.toSorted(byId(items));
}

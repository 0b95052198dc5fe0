/** What collaborative steps aim at: what remains, with a mean rating in the place of every forgotten one. */

import type { Rows } from "../data/interactions.ts";
import type { Objective } from "../objective/objective.ts";

/** What CIF and SCIF aim at: what remains, with z̄ = (u, i, mean of what u has left, else of what i has left) for every forgotten (u, i). */
export function aimOf(original: Objective, retain: Objective, forgetSet: Rows): Objective {
  const all = retain.interactions;
  const userMean = means(all.users, all.ratings, all.userCount);
  const itemMean = means(all.items, all.ratings, all.itemCount);
  const users: number[] = [];
  const items: number[] = [];
  const added: number[] = [];
  for (const row of forgetSet) {
    const user = original.interactions.users[row];
    const item = original.interactions.items[row];
    const rating = Number.isNaN(userMean[user]) ? itemMean[item] : userMean[user];
    if (Number.isNaN(rating)) continue;
    users.push(user);
    items.push(item);
    added.push(rating);
  }
  return retain.with({ users, items, ratings: added });
}

/** Mean rating per key; NaN where there is none. */
function means(keys: Uint32Array, ratings: Float64Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  const counts = new Float64Array(count);
  for (let k = 0; k < keys.length; k++) {
    sums[keys[k]] += ratings[k];
    counts[keys[k]]++;
  }
  return sums.map((sum, k) => sum / counts[k]);
}
